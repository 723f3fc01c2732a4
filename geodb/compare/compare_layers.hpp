// SPDX-License-Identifier: Apache-2.0
//
// Compares two layers feature by feature, by GlobalID: how it is proved that a service and its
// replicas agree.
//
// Both sides are read in the order of their GlobalIDs and merged, so nothing is held in memory.
// The filter is asked of each row and not of an index, because the proof must not rest on one.
// Object ids are no part of the comparison: each file has its own.

#pragma once

#include "geodb/geometry/predicates.hpp"
#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/query/where_sql.hpp"
#include "geodb/sqlite/database.hpp"
#include "geodb/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::geodb {

/// One of the two. What it points at outlives the comparison.
struct CompareSide {
    sqlite::Database& database;
    const Layer& layer;
    /// GlobalIDs are all in the canonical form, so an index on them gives their order.
    bool canonical_ids = false;
    std::optional<WhereSql> where = std::nullopt;
    /// In the layer's spatial reference. A table without geometry is not filtered by it.
    const SpatialFilter* area = nullptr;
};

/// Columns that hold the same, as counted in each layer.
struct ColumnPair {
    std::size_t a;
    std::size_t b;
};

struct Difference {
    enum class Kind : std::uint8_t { OnlyInA, OnlyInB, Changed };
    Kind kind;
    GlobalId feature;
    std::optional<ColumnPair> column;  ///< of a changed feature; one Difference for each column
    Value a, b;
};

struct LayerComparison {
    std::int64_t same = 0;  ///< features
    std::int64_t only_in_a = 0;
    std::int64_t only_in_b = 0;
    std::int64_t different = 0;
    std::vector<std::string> columns_only_in_a;
    std::vector<std::string> columns_only_in_b;
    std::vector<Difference> differences;  ///< the first ones, in the order of GlobalIDs
    std::int64_t unnamed = 0;             ///< further differences

    bool equal() const {
        return only_in_a == 0 && only_in_b == 0 && different == 0 && columns_only_in_a.empty() &&
               columns_only_in_b.empty();
    }
};

/// Columns are matched by name in any letter case, GlobalIDs and geometries by their role.
/// Throws CorruptData naming layer, file and row where a row has no GlobalID, InvalidArgument when
/// the spatial references differ.
LayerComparison compare_layers(const CompareSide& a, const CompareSide& b,
                               std::size_t name_at_most = 100);

}  // namespace rhumb::geodb
