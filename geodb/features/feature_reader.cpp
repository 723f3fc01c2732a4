// SPDX-License-Identifier: Apache-2.0
#include "geodb/features/feature_reader.hpp"

#include "geodb/query/where_parser.hpp"
#include "geodb/rtree/rtree_index.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"

#include <string>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;
using sqlite::Statement;

std::string condition_sql(const Layer& layer, const FeatureQuery& query);

/// Each list of keys is made once for a query, and the children's index is asked for it.
std::string related_sql(const std::vector<RelatedTo>& related) {
    std::string sql;
    for (const RelatedTo& to : related) {
        sql += (sql.empty() ? "(" : " OR ") + quoted_name(to.key) + " IN (SELECT " +
               quoted_name(to.parent_key) + " FROM " + quoted_name(to.parent_layer->table) +
               condition_sql(*to.parent_layer, to.parents) + ")";
    }
    return sql.empty() ? "0" : sql + ")";
}

/// The condition of a query, with "?" in the order that bind_condition fills.
std::string condition_sql(const Layer& layer, const FeatureQuery& query) {
    std::string sql;
    const auto also = [&sql](const std::string& condition) {
        sql += (sql.empty() ? " WHERE " : " AND ") + condition;
    };
    const std::string fid = quoted_name(layer.fid_column);
    if (query.object_ids) {
        also(fid + " IN (SELECT value FROM json_each(?))");  // of any length
    }
    if (query.area != nullptr && layer.geometry) {
        const std::string tree = rtree_table({layer.table, layer.fid_column, layer.geometry->name});
        also(fid + " IN (SELECT id FROM " + quoted_name(tree) +
             " WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?)");
        also("rhumb_intersects(" + quoted_name(layer.geometry->name) + ", ?)");
    }
    if (query.where) also("(" + query.where->sql + ")");
    if (query.key) also(quoted_name(layer.column_name(query.key->column)) + " = ?");
    if (query.related) also(related_sql(*query.related));
    return sql;
}

std::string json_list(const std::vector<ObjectId>& ids) {
    std::string json = "[";
    for (const ObjectId id : ids) {
        if (json.size() > 1) json += ',';
        append_integer(json, id.value);
    }
    return json + ']';
}

int bind_condition(Statement& statement, const Layer& layer, const FeatureQuery& query,
                   int next = 1) {
    if (query.object_ids) statement.bind(next++, json_list(*query.object_ids));
    if (query.area != nullptr && layer.geometry) {
        const Envelope box = query.area->envelope();
        for (const double side : {box.min_x, box.max_x, box.min_y, box.max_y}) {
            statement.bind(next++, side);
        }
        statement.bind_filter(next++, *query.area);
    }
    if (query.where) {
        for (const Value& value : query.where->values) statement.bind(next++, value);
    }
    if (query.key) statement.bind(next++, query.key->value);
    if (query.related) {
        for (const RelatedTo& to : *query.related) {
            next = bind_condition(statement, *to.parent_layer, to.parents, next);
        }
    }
    return next;
}

std::string order_sql(const Layer& layer, const FeatureQuery& query) {
    const std::string fid = quoted_name(layer.fid_column);
    std::string sql = " ORDER BY ";
    for (const OrderColumn& order : query.order) {
        sql += (order.column ? quoted_name(layer.column_name(*order.column)) : fid) +
               (order.descending ? " DESC, " : ", ");
    }
    return sql + fid;
}

std::string select_sql(const Layer& layer, const FeatureQuery& query) {
    std::string sql = "SELECT " + quoted_name(layer.fid_column);
    for (const std::size_t column : query.columns)
        sql += ", " + quoted_name(layer.column_name(column));
    return sql + " FROM " + quoted_name(layer.table) + condition_sql(layer, query) +
           order_sql(layer, query) + " LIMIT ? OFFSET ?";
}

}  // namespace

WhereSql where_for(const Layer& layer, std::string_view text, std::int64_t now_ms) {
    WhereContext context;
    context.now_ms = now_ms;
    if (layer.geometry) context.geometry_column = layer.geometry->name;
    context.field = [&layer](std::string_view name) -> std::optional<WhereField> {
        if (const auto field = layer.find_field(name)) {
            return WhereField{layer.fields[*field].name, layer.fields[*field].type};
        }
        const bool is_oid =
            equal_ignoring_case(name, layer.fid_column) || equal_ignoring_case(name, "OBJECTID");
        if (is_oid) return WhereField{layer.fid_column, FieldType::ObjectId};
        return std::nullopt;
    };
    return where_to_sql(parse_where(text), context);
}

FeatureCursor::FeatureCursor(sqlite::Database& database, const Layer& layer,
                             const FeatureQuery& query)
    : statement_(database, select_sql(layer, query)) {
    const int next = bind_condition(statement_, layer, query);
    statement_.bind(next, query.limit).bind(next + 1, query.offset);
}

std::int64_t count_features(sqlite::Database& database, const Layer& layer,
                            const FeatureQuery& query) {
    Statement statement(
        database, "SELECT count(*) FROM " + quoted_name(layer.table) + condition_sql(layer, query));
    bind_condition(statement, layer, query);
    statement.step();
    return statement.column_int64(0);
}

}  // namespace rhumb::geodb
