// SPDX-License-Identifier: Apache-2.0
#include "geodb/features/related_reader.hpp"

#include "geodb/features/feature_condition.hpp"

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;
using sqlite::Statement;

// Names of ours beside those of the layer, which a where-clause may use bare.
constexpr const char* kFrom = "rhumb_from";
constexpr const char* kKey = "rhumb_from_key";

/// The inner SELECT gives the keys; the index of the other layer is asked for each.
std::string joined_sql(const RelatedQuery& query) {
    const Layer& from = *query.from_layer;
    const std::string selected =
        "(SELECT " + quoted_name(from.fid_column) + " AS " + kFrom + ", " +
        quoted_name(query.from_key) + " AS " + kKey + " FROM " + quoted_name(from.table) +
        " WHERE " + quoted_name(from.fid_column) + " IN (SELECT value FROM json_each(?)))";
    return " FROM " + selected + " JOIN " + quoted_name(query.layer->table) + " ON " +
           quoted_name(query.key) + " = " + kKey + condition_sql(*query.layer, query.rows);
}

std::string rows_sql(const RelatedQuery& query) {
    std::string sql = std::string("SELECT ") + kFrom + ", " + quoted_name(query.layer->fid_column);
    for (const std::size_t column : query.rows.columns) {
        sql += ", " + quoted_name(query.layer->column_name(column));
    }
    return sql + joined_sql(query) + " ORDER BY " + kFrom + ", " +
           order_list_sql(*query.layer, query.rows) + " LIMIT ? OFFSET ?";
}

void bind_joined(Statement& statement, const RelatedQuery& query) {
    statement.bind(1, object_id_list(query.from));
    const int next = bind_condition(statement, *query.layer, query.rows, 2);
    statement.bind(next, query.rows.limit).bind(next + 1, query.rows.offset);
}

}  // namespace

RelatedCursor::RelatedCursor(sqlite::Database& database, const RelatedQuery& query)
    : statement_(database, rows_sql(query)) {
    bind_joined(statement_, query);
}

RelatedCounts::RelatedCounts(sqlite::Database& database, const RelatedQuery& query)
    : statement_(database, std::string("SELECT ") + kFrom + ", count(*)" + joined_sql(query) +
                               " GROUP BY " + kFrom + " ORDER BY " + kFrom + " LIMIT ? OFFSET ?") {
    bind_joined(statement_, query);
}

}  // namespace rhumb::geodb
