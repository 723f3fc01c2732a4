// SPDX-License-Identifier: Apache-2.0
//
// A served survey for the tests of quantized and binary answers: a layer of each kind of geometry
// and a table, with every type of field, and NULLs in all of them.

#pragma once

#include "geodb/geometry/gpb.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/date_time.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/geometry_generator.hpp"
#include "tests/support/office.hpp"

#include <string>
#include <vector>

namespace rhumb::test {

/// Layers 0 and 1 are the office's own; these follow in the order of `kinds`, the table last.
class Survey {
public:
    struct Kind {
        const char* name;
        geodb::GeometryType type;
        bool z;
        bool m;
    };
    static const std::vector<Kind>& kinds() {
        using Type = geodb::GeometryType;
        static const std::vector<Kind> all{{"springs", Type::Point, false, false},
                                           {"summits", Type::Point, true, true},
                                           {"stakes", Type::MultiPoint, false, true},
                                           {"paths", Type::LineString, false, false},
                                           {"rivers", Type::MultiLineString, true, false},
                                           {"fields", Type::Polygon, false, false},
                                           {"lakes", Type::MultiPolygon, true, true}};
        return all;
    }

    explicit Survey(int features = 40) {
        {
            geodb::Geodatabase file = office.open_file();
            for (const Kind& kind : kinds()) fill(file, make_layer(file, plan_of(&kind)), features);
            fill(file, make_layer(file, plan_of(nullptr)), features);
        }
        office.restart();
    }

    static std::string layer(std::size_t kind) { return "/" + std::to_string(2 + kind); }
    static std::string table() { return layer(kinds().size()); }

    http::Response ask(const std::string& layer, http::NameValues parameters) {
        return office.send("GET", Office::kService + layer + "/query", parameters);
    }
    wire::Json json(const std::string& layer, http::NameValues parameters) {
        parameters.emplace_back("f", "json");
        return wire::parse_json(body_of(ask(layer, std::move(parameters))), "answer");
    }

    Office office;

private:
    static geodb::LayerPlan plan_of(const Kind* kind) {
        using geodb::FieldType;
        geodb::LayerPlan plan;
        plan.name = kind != nullptr ? kind->name : "notes";
        if (kind != nullptr) {
            plan.geometry = geodb::GeometryColumn{};
            plan.geometry->type = kind->type;
            plan.geometry->has_z = kind->z;
            plan.geometry->has_m = kind->m;
        }
        plan.fields = {
            field("word", FieldType::String, 40), field("small", FieldType::SmallInteger),
            field("whole", FieldType::Integer),   field("big", FieldType::BigInteger),
            field("single", FieldType::Single),   field("twofold", FieldType::Double),
            field("moment", FieldType::Date),     field("day", FieldType::DateOnly),
            field("hour", FieldType::TimeOnly),   field("zoned", FieldType::TimestampOffset),
            field("other", FieldType::Guid, 38)};
        return plan;
    }

    /// In one of five features each value is NULL.
    geodb::Value any_value(geodb::FieldType type) {
        using geodb::FieldType;
        if (generator_.one_in(5)) return geodb::Null{};
        const auto number = static_cast<std::int64_t>(generator_.below(60'000)) - 30'000;
        switch (type) {
            case FieldType::String:
                return generator_.one_in(5) ? std::string() : "Wört " + std::to_string(number);
            case FieldType::SmallInteger:
                return number;
            case FieldType::Integer:
                return number * 50'000;
            case FieldType::BigInteger:
                return number * 100'000'000'000;
            case FieldType::Single:
                return static_cast<double>(number) / 8;
            case FieldType::Double:
                return generator_.number();
            case FieldType::Date:
                return format_date_time(number * 86'400'123);
            case FieldType::DateOnly:
                return std::string("1956-02-29");
            case FieldType::TimeOnly:
                return std::string("23:59:58");
            case FieldType::TimestampOffset:
                return std::string("2026-03-09T10:20:30+05:30");
            case FieldType::Guid:
                return std::string("{6F3A21C0-0B3C-4C7E-9D0B-5D2B8A1C0F77}");
            default:
                return geodb::Null{};
        }
    }

    void fill(geodb::Geodatabase& file, const geodb::Layer& layer, int features) {
        geodb::sqlite::Transaction transaction(file.database());
        geodb::FeatureWriter writer(file, layer, geodb::FeatureWriter::Tracking::Logged);
        for (int i = 0; i < features; ++i) {
            std::vector<geodb::Value> row(layer.column_count());
            for (std::size_t f = 0; f < layer.fields.size(); ++f) {
                if (f == layer.global_id_index()) continue;
                row[f] = any_value(layer.fields[f].type);
            }
            if (layer.geometry && !generator_.one_in(8)) {
                const geodb::GeometryColumn& column = *layer.geometry;
                row[layer.geometry_index()] = geodb::write_gpb(
                    generator_.of(column.type, column.has_z, column.has_m), column.srs_id);
            }
            writer.insert(row);
        }
        transaction.commit();
    }

    GeometryGenerator generator_{17};
};

}  // namespace rhumb::test
