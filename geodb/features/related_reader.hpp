// SPDX-License-Identifier: Apache-2.0
//
// Reads the features that belong to given features of another layer by equal keys.

#pragma once

#include "geodb/features/feature_reader.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rhumb::geodb {

/// Features of `layer` whose `key` equals the `from_key` of one of the features `from` of
/// `from_layer`. Both layers outlive the query.
struct RelatedQuery {
    const Layer* from_layer;
    std::string from_key;
    std::vector<ObjectId> from;
    const Layer* layer;
    std::string key;
    /// Which of them, their columns, order and page; the page counts over all of `from`.
    FeatureQuery rows;
};

/// Walks them by whom they belong to, in the order of object ids, and then as asked.
class RelatedCursor {
public:
    RelatedCursor(sqlite::Database& database, const RelatedQuery& query);

    bool next() { return statement_.step(); }
    ObjectId from() const { return {statement_.column_int64(0)}; }
    ObjectId oid() const { return {statement_.column_int64(1)}; }
    /// The i-th of the columns asked for is column i + 2 of this row.
    const sqlite::Statement& row() const { return statement_; }

private:
    sqlite::Statement statement_;
};

/// Walks how many belong to each that has any; the page counts those.
class RelatedCounts {
public:
    RelatedCounts(sqlite::Database& database, const RelatedQuery& query);

    bool next() { return statement_.step(); }
    ObjectId from() const { return {statement_.column_int64(0)}; }
    std::int64_t count() const { return statement_.column_int64(1); }

private:
    sqlite::Statement statement_;
};

}  // namespace rhumb::geodb
