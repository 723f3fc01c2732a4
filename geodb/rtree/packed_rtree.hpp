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

/// Collects boxes, then writes the tree. 24 bytes of memory for each box.
class PackedRtree {
public:
    void add(std::int64_t fid, const Envelope& box);

    /// Replaces the content of the (empty or filled) virtual table `rtree_table`.
    void write(sqlite::Database& database, const std::string& rtree_table);

private:
    /// A cell of a node, already rounded outwards to the 32-bit floats that the rtree keeps.
    struct Cell {
        std::int64_t id;
        float min_x, max_x, min_y, max_y;
    };
    void sort_along_curve();
    std::vector<Cell> write_level(sqlite::Database& database, const std::string& rtree_table,
                                  const std::vector<Cell>& cells, bool leaves,
                                  std::int64_t& next_node);

    std::vector<Cell> cells_;
    std::size_t node_bytes_ = 0;
};

}  // namespace rhumb::geodb
