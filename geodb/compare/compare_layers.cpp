// SPDX-License-Identifier: Apache-2.0
#include "geodb/compare/compare_layers.hpp"

#include "geodb/compare/same_meaning.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/global_id_sql.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"

#include <utility>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;
using sqlite::Statement;

constexpr int kFirstColumn = 2;  // behind fid and GlobalID

std::string select_sql(const CompareSide& side) {
    const Layer& layer = side.layer;
    const std::string id = quoted_name(layer.global_id_column);
    std::string sql = "SELECT " + quoted_name(layer.fid_column) + ", " + id;
    for (std::size_t i = 0; i < layer.column_count(); ++i) {
        sql += ", " + quoted_name(layer.column_name(i));
    }
    sql += " FROM " + quoted_name(layer.table) + " WHERE 1";
    if (side.area != nullptr && layer.geometry) {
        sql += " AND rhumb_matches(" + quoted_name(layer.geometry->name) + ", ?)";
    }
    if (side.where) sql += " AND (" + side.where->sql + ")";
    return sql + " ORDER BY " + (side.canonical_ids ? id : canonical_guid(id));
}

/// The features of one side, by GlobalID.
class Side {
public:
    explicit Side(const CompareSide& side) : side_(side), rows_(side.database, select_sql(side)) {
        int parameter = 1;
        if (side.area != nullptr && side.layer.geometry) {
            rows_.bind_filter(parameter++, *side.area);
        }
        if (side.where) {
            for (const Value& value : side.where->values) rows_.bind(parameter++, value);
        }
    }

    bool next() {
        if (!rows_.step()) return false;
        const auto id = Uuid::parse(rows_.column_text(1));
        if (!id) throw Error(Status::CorruptData, place() + " has no GlobalID");
        if (seen_any_ && *id < id_.value) {
            throw Error(Status::CorruptData,
                        place() + " has the GlobalID '" + excerpt(rows_.column_text(1), 50) +
                            "', which is not in the form {8-4-4-4-12} in upper case");
        }
        id_ = {*id};
        seen_any_ = true;
        return true;
    }
    const GlobalId& id() const { return id_; }
    Value value(std::size_t column) const {
        return rows_.column_value(static_cast<int>(column) + kFirstColumn);
    }

private:
    std::string place() const {
        return "'" + side_.database.path().string() + "', layer '" + side_.layer.name + "': row " +
               std::to_string(rows_.column_int64(0));
    }

    const CompareSide& side_;
    Statement rows_;
    GlobalId id_;
    bool seen_any_ = false;
};

/// What is compared of a feature.
struct Columns {
    std::vector<ColumnPair> fields;
    std::optional<ColumnPair> geometry;
};

std::vector<std::string> columns_missing_in(const Layer& layer, const Layer& other) {
    std::vector<std::string> missing;
    for (const Field& field : layer.fields) {
        if (field.type == FieldType::GlobalId) continue;
        const auto found = other.find_field(field.name);
        if (!found || other.fields[*found].type == FieldType::GlobalId) {
            missing.push_back(field.name);
        }
    }
    if (layer.geometry && !other.geometry) missing.push_back(layer.geometry->name);
    return missing;
}

Columns matched_columns(const Layer& a, const Layer& b) {
    Columns columns;
    for (std::size_t i = 0; i < a.fields.size(); ++i) {
        const auto found = b.find_field(a.fields[i].name);
        if (!found || a.fields[i].type == FieldType::GlobalId) continue;
        if (b.fields[*found].type != FieldType::GlobalId) columns.fields.push_back({i, *found});
    }
    if (a.geometry && b.geometry) {
        columns.geometry = ColumnPair{a.geometry_index(), b.geometry_index()};
    }
    return columns;
}

/// The same numbers mean other places in another reference.
void check_references(const Layer& a, const Layer& b) {
    if (!a.geometry || !b.geometry || a.geometry->srs_id == b.geometry->srs_id) return;
    throw Error(Status::InvalidArgument,
                "layer '" + a.name + "' cannot be compared: its spatial reference is " +
                    std::to_string(a.geometry->srs_id) + " in one file and " +
                    std::to_string(b.geometry->srs_id) + " in the other");
}

class Comparison {
public:
    Comparison(const CompareSide& a, const CompareSide& b, std::size_t name_at_most)
        : layer_a_(a.layer),
          layer_b_(b.layer),
          columns_(matched_columns(a.layer, b.layer)),
          name_at_most_(name_at_most),
          a_(a),
          b_(b) {
        out_.columns_only_in_a = columns_missing_in(a.layer, b.layer);
        out_.columns_only_in_b = columns_missing_in(b.layer, a.layer);
    }

    LayerComparison run() {
        bool has_a = a_.next();
        bool has_b = b_.next();
        while (has_a || has_b) {
            if (has_a && has_b && a_.id() == b_.id()) {
                compare_feature();
                has_a = a_.next();
                has_b = b_.next();
            } else if (has_a && (!has_b || a_.id() < b_.id())) {
                ++out_.only_in_a;
                name({Difference::Kind::OnlyInA, a_.id(), std::nullopt, {}, {}});
                has_a = a_.next();
            } else {
                ++out_.only_in_b;
                name({Difference::Kind::OnlyInB, b_.id(), std::nullopt, {}, {}});
                has_b = b_.next();
            }
        }
        return std::move(out_);
    }

private:
    void compare_feature() {
        bool same = true;
        for (const ColumnPair& pair : columns_.fields) {
            Value a = a_.value(pair.a);
            Value b = b_.value(pair.b);
            if (same_meaning(layer_a_.fields[pair.a].type, a, layer_b_.fields[pair.b].type, b)) {
                continue;
            }
            same = false;
            name({Difference::Kind::Changed, a_.id(), pair, std::move(a), std::move(b)});
        }
        if (columns_.geometry) same = compare_shape(*columns_.geometry) && same;
        ++(same ? out_.same : out_.different);
    }

    bool compare_shape(const ColumnPair& pair) {
        Value a = a_.value(pair.a);
        Value b = b_.value(pair.b);
        if (same_shape(a, b)) return true;
        name({Difference::Kind::Changed, a_.id(), pair, std::move(a), std::move(b)});
        return false;
    }

    void name(Difference&& difference) {
        if (out_.differences.size() < name_at_most_) {
            out_.differences.push_back(std::move(difference));
        } else {
            ++out_.unnamed;
        }
    }

    const Layer& layer_a_;
    const Layer& layer_b_;
    Columns columns_;
    std::size_t name_at_most_;
    Side a_, b_;
    LayerComparison out_;
};

}  // namespace

LayerComparison compare_layers(const CompareSide& a, const CompareSide& b,
                               std::size_t name_at_most) {
    check_references(a.layer, b.layer);
    return Comparison(a, b, name_at_most).run();
}

}  // namespace rhumb::geodb
