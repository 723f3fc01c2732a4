// SPDX-License-Identifier: Apache-2.0
#include "geodb/features/feature_reader.hpp"

#include "geodb/features/feature_condition.hpp"
#include "geodb/query/where_parser.hpp"
#include "platform/text.hpp"

#include <string>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;
using sqlite::Statement;

std::string select_sql(const Layer& layer, const FeatureQuery& query) {
    std::string sql = "SELECT " + quoted_name(layer.fid_column);
    for (const std::size_t column : query.columns)
        sql += ", " + quoted_name(layer.column_name(column));
    return sql + " FROM " + quoted_name(layer.table) + condition_sql(layer, query) + " ORDER BY " +
           order_list_sql(layer, query) + " LIMIT ? OFFSET ?";
}

}  // namespace

WhereSql where_for(const Layer& layer, std::string_view text, std::int64_t now_ms,
                   const std::string& user) {
    WhereContext context;
    context.now_ms = now_ms;
    context.current_user = user;
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
