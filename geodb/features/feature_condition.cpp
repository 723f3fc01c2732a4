// SPDX-License-Identifier: Apache-2.0
#include "geodb/features/feature_condition.hpp"

#include "geodb/rtree/rtree_index.hpp"
#include "platform/number.hpp"

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;

/// Features whose box, as the R-tree has it, meets a box.
std::string box_sql(const Layer& layer, const std::string& schema) {
    const std::string tree = rtree_table({layer.table, layer.fid_column, layer.geometry->name});
    return quoted_name(layer.fid_column) + " IN (SELECT id FROM " + schema + quoted_name(tree) +
           " WHERE maxx >= ? AND minx <= ? AND maxy >= ? AND miny <= ?)";
}

/// Each list of keys is made once for a query, and the children's index is asked for it.
std::string related_sql(const std::vector<RelatedTo>& related, const std::string& schema) {
    std::string sql;
    for (const RelatedTo& to : related) {
        sql += (sql.empty() ? "(" : " OR ") + quoted_name(to.key) + " IN (SELECT " +
               quoted_name(to.parent_key) + " FROM " + schema +
               quoted_name(to.parent_layer->table) +
               condition_sql(*to.parent_layer, to.parents, schema) + ")";
    }
    return sql.empty() ? "0" : sql + ")";
}

}  // namespace

std::string condition_sql(const Layer& layer, const FeatureQuery& query,
                          const std::string& schema) {
    std::string sql;
    const auto also = [&sql](const std::string& condition) {
        sql += (sql.empty() ? " WHERE " : " AND ") + condition;
    };
    const std::string fid = quoted_name(layer.fid_column);
    if (query.object_ids) {
        also(fid + " IN (SELECT value FROM json_each(?))");  // of any length
    }
    if (query.area != nullptr && layer.geometry) {
        if (query.area->is_bounded()) also(box_sql(layer, schema));
        also("rhumb_matches(" + quoted_name(layer.geometry->name) + ", ?)");
    }
    if (query.where) also("(" + query.where->sql + ")");
    if (query.key) also(quoted_name(layer.column_name(query.key->column)) + " = ?");
    if (query.related) also(related_sql(*query.related, schema));
    return sql;
}

int bind_condition(sqlite::Statement& statement, const Layer& layer, const FeatureQuery& query,
                   int next) {
    if (query.object_ids) statement.bind(next++, object_id_list(*query.object_ids));
    if (query.area != nullptr && layer.geometry) {
        const Envelope box = query.area->envelope();
        for (const double side : {box.min_x, box.max_x, box.min_y, box.max_y}) {
            if (query.area->is_bounded()) statement.bind(next++, side);
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

std::string order_list_sql(const Layer& layer, const FeatureQuery& query) {
    const std::string fid = quoted_name(layer.fid_column);
    std::string sql;
    for (const OrderColumn& order : query.order) {
        sql += (order.column ? quoted_name(layer.column_name(*order.column)) : fid) +
               (order.descending ? " DESC, " : ", ");
    }
    return sql + fid;
}

std::string object_id_list(const std::vector<ObjectId>& ids) {
    std::string json = "[";
    for (const ObjectId id : ids) {
        if (json.size() > 1) json += ',';
        append_integer(json, id.value);
    }
    return json + ']';
}

}  // namespace rhumb::geodb
