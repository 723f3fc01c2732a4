// SPDX-License-Identifier: Apache-2.0
#include "geodb/rtree/rtree_extent.hpp"

#include "geodb/geometry/envelope.hpp"
#include "geodb/rtree/rtree_node.hpp"
#include "geodb/sqlite/statement.hpp"

namespace rhumb::geodb {

std::optional<Envelope> rtree_extent(sqlite::Database& database, const RtreeColumn& column) {
    sqlite::Statement root(database, "SELECT data FROM " +
                                         sqlite::quoted_name(rtree_table(column) + "_node") +
                                         " WHERE nodeno = 1");
    if (!root.step()) return std::nullopt;
    const auto node = root.column_blob(0);
    if (node.size() < kNodeHeaderBytes) return std::nullopt;
    const std::size_t room = (node.size() - kNodeHeaderBytes) / kNodeCellBytes;
    const std::size_t cells = std::min<std::size_t>(load_big_u16(&node[2]), room);
    std::optional<Envelope> extent;
    for (std::size_t i = 0; i < cells; ++i) {
        const NodeCell cell = load_cell(&node[kNodeHeaderBytes + i * kNodeCellBytes]);
        expand(extent, Envelope{cell.min_x, cell.min_y, cell.max_x, cell.max_y});
    }
    return extent;
}

}  // namespace rhumb::geodb
