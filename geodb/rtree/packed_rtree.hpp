// SPDX-License-Identifier: Apache-2.0
//
// Builds the R-tree of a layer at once, written as packed nodes straight into the shadow tables
// of SQLite's rtree module.
//
// Inserting a million boxes one by one costs ten times as much as the rows themselves; sorted
// along a space-filling curve and written as full nodes they cost a fraction of it.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "geodb/sqlite/database.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace rhumb::geodb {

/// Collects boxes, then writes the tree. Some 40 bytes of memory for each box.
class PackedRtree {
public:
    /// Fastest when the features come by ascending fid.
    void add(std::int64_t fid, const Envelope& box);

    /// Replaces the content of the (empty or filled) virtual table `rtree_table`.
    void write(sqlite::Database& database, const std::string& rtree_table);

private:
    /// A cell of a node, already rounded outwards to the 32-bit floats that the rtree keeps.
    struct Cell {
        std::int64_t id;
        float min_x, max_x, min_y, max_y;
    };
    using Order = std::vector<std::uint32_t>;  ///< indices of cells

    Order order_along_curve() const;
    Cell write_node(sqlite::Database& database, std::int64_t number, const std::uint32_t* begin,
                    const std::uint32_t* end);
    std::vector<std::int64_t> write_level(sqlite::Database& database, const Order& order);
    void write_children(sqlite::Database& database, const char* suffix, const char* column,
                        const std::vector<std::int64_t>& nodes) const;
    void write_depth(sqlite::Database& database, std::int64_t depth) const;

    std::string table_;
    std::vector<Cell> cells_;    ///< of the level that is written
    std::vector<Cell> parents_;  ///< of the level above it
    std::size_t node_bytes_ = 0;
    std::int64_t next_node_ = 0;
};

}  // namespace rhumb::geodb
