// SPDX-License-Identifier: Apache-2.0
//
// Reads features of a layer: a where-clause, an area, an order, a page.

#pragma once

#include "geodb/geometry/predicates.hpp"
#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/query/where_sql.hpp"
#include "geodb/sqlite/statement.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::geodb {

struct OrderColumn {
    std::optional<std::size_t> column;  ///< none: the object id
    bool descending = false;
};

struct RelatedTo;

struct FeatureQuery {
    std::optional<WhereSql> where;
    /// Features that are children of one of these parents at least; an empty list: none.
    std::optional<std::vector<RelatedTo>> related;
    /// Features with this value in a column, found by its index.
    struct Key {
        std::size_t column;
        Value value;
    };
    std::optional<Key> key;
    std::optional<std::vector<ObjectId>> object_ids;
    /// Features that intersect it, in the layer's spatial reference. Outlives the cursor.
    const SpatialFilter* area = nullptr;
    /// Columns to read, as counted in Layer.
    std::vector<std::size_t> columns;
    /// The object id is always the last criterion, so that pages are stable.
    std::vector<OrderColumn> order;
    std::int64_t offset = 0;
    std::int64_t limit = -1;  ///< -1: all
};

/// Features whose `key` is the `parent_key` of a feature that `parents` selects. The layer outlives
/// the query.
struct RelatedTo {
    std::string key;
    const Layer* parent_layer;
    std::string parent_key;
    FeatureQuery parents;
};

/// The where-clause of a feature service for this layer, ready for a FeatureQuery.
/// `user` is who CURRENT_USER means. Throws InvalidArgument naming the position or the unknown
/// field.
WhereSql where_for(const Layer& layer, std::string_view text, std::int64_t now_ms,
                   const std::string& user = {});

/// Walks the features one by one; nothing is held but the current one.
class FeatureCursor {
public:
    FeatureCursor(sqlite::Database& database, const Layer& layer, const FeatureQuery& query);

    bool next() { return statement_.step(); }
    ObjectId oid() const { return {statement_.column_int64(0)}; }
    /// The i-th of the columns asked for is column i + 1 of this row.
    const sqlite::Statement& row() const { return statement_; }

private:
    sqlite::Statement statement_;
};

std::int64_t count_features(sqlite::Database& database, const Layer& layer,
                            const FeatureQuery& query);

}  // namespace rhumb::geodb
