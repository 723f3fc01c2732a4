// SPDX-License-Identifier: Apache-2.0
//
// Whether a row that is not in the table (any more) meets a where-clause: how a replica's filter
// is asked of a feature as it was.

#pragma once

#include "geodb/layer.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/value.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace rhumb::geodb {

/// The clause runs on a temporary table with the layer's columns, so it means the same as there.
class FilterProbe {
public:
    FilterProbe(sqlite::Database& database, const Layer& layer, std::string_view where,
                std::int64_t now_ms);
    FilterProbe(const FilterProbe&) = delete;
    FilterProbe& operator=(const FilterProbe&) = delete;
    ~FilterProbe();

    /// `row` has all columns of the layer.
    bool matches(ObjectId oid, const std::vector<Value>& row);

private:
    sqlite::Database& database_;
    std::string table_;
    std::optional<sqlite::Statement> put_, ask_;
    std::vector<Value> clause_values_;
};

}  // namespace rhumb::geodb
