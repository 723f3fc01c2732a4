// SPDX-License-Identifier: Apache-2.0
//
// A served park for the tests of queries: trees, visits to them, and beds with random shapes.

#pragma once

#include "geodb/geometry/gpb.hpp"
#include "geodb/relationships/relationship.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/date_time.hpp"
#include "platform/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace rhumb::test {

/// One row of the layer "beds", as it was made.
struct Bed {
    std::int64_t oid = 0;
    std::string kind;          ///< one of three
    std::int64_t plants = -1;  ///< -1: NULL
    double weight = 0;
    std::int64_t opened_ms = 0;
    geodb::Value shape;
};

/// Layers 0 trees and 1 visits, which belong to trees by relationship 0; layer 2 beds, polygons.
class Park {
public:
    Park() {
        {
            geodb::Geodatabase file = office.open_file();
            make_layer(file, beds_plan());
            relate(file);
        }
        office.restart();
    }

    static geodb::LayerPlan beds_plan() {
        geodb::LayerPlan plan;
        plan.name = "beds";
        plan.geometry = geodb::GeometryColumn{};
        plan.geometry->type = geodb::GeometryType::Polygon;
        plan.fields = {
            field("kind", geodb::FieldType::String, 20), field("plants", geodb::FieldType::Integer),
            field("weight", geodb::FieldType::Double), field("opened", geodb::FieldType::Date),
            field("code", geodb::FieldType::Guid, 38)};
        return plan;
    }

    /// So many beds on a grid of whole numbers, on which edges and corners often meet.
    const std::vector<Bed>& plant(int count) {
        geodb::Geodatabase file = office.open_file();
        const geodb::Layer& layer = file.layer("beds");
        geodb::sqlite::Transaction transaction(file.database());
        geodb::FeatureWriter writer(file, layer, geodb::FeatureWriter::Tracking::Logged);
        for (int i = 0; i < count; ++i) {
            Bed bed = any_bed();
            std::vector<geodb::Value> row(layer.column_count());
            row[layer.find_field("kind").value()] = bed.kind;
            if (bed.plants >= 0) row[layer.find_field("plants").value()] = bed.plants;
            row[layer.find_field("weight").value()] = bed.weight;
            row[layer.find_field("opened").value()] = format_opened(bed);
            row[layer.geometry_index()] = bed.shape;
            bed.oid = writer.insert(row).value;
            beds.push_back(std::move(bed));
        }
        transaction.commit();
        return beds;
    }

    wire::Json query(http::NameValues parameters, const std::string& resource = "/2/query") {
        return office.get(resource, std::move(parameters));
    }

    /// Object ids of the features of an answer, in its order.
    static std::vector<std::int64_t> oids(const wire::Json& answer) {
        std::vector<std::int64_t> ids;
        for (const wire::Json& feature : at(answer, "features").as_array("features")) {
            ids.push_back(at(feature, "attributes", "OBJECTID").as_int64("OBJECTID"));
        }
        return ids;
    }

    Office office;
    std::vector<Bed> beds;

private:
    static std::string format_opened(const Bed& bed) { return format_date_time(bed.opened_ms); }
    static void relate(geodb::Geodatabase& file) {
        geodb::sqlite::Transaction transaction(file.database());
        geodb::add_relationship(file, {.origin = {0},
                                       .destination = {1},
                                       .origin_key = "global_id",
                                       .destination_key = "tree",
                                       .name = "visits of trees",
                                       .id = 0});
        transaction.commit();
    }

    Bed any_bed() {
        static const char* const kKinds[] = {"rose", "herb", "stone"};
        Bed bed;
        bed.kind = kKinds[random_.below(3)];
        bed.plants = static_cast<std::int64_t>(random_.below(12)) - 1;
        bed.weight = static_cast<double>(random_.below(1000)) / 8;
        bed.opened_ms =
            1'600'000'000'000 + static_cast<std::int64_t>(random_.below(50)) * 86'400'000;
        bed.shape = geodb::write_gpb(any_shape(), 4326);
        return bed;
    }

    geodb::Geometry any_shape() {
        const double x = grid(10);
        const double y = grid(10);
        const double to_x = x + 1 + grid(3);
        const double to_y = y + 1 + grid(3);
        geodb::Geometry box;
        box.type = geodb::GeometryType::Polygon;
        box.coordinates = {x, y, to_x, y, to_x, to_y, x, to_y, x, y};
        box.part_ends = {5};
        return box;
    }

    double grid(std::uint64_t size) { return static_cast<double>(random_.below(size)); }

    SeededRandom random_{41};
};

}  // namespace rhumb::test
