// SPDX-License-Identifier: Apache-2.0
//
// The node format is documented with SQLite's rtree module: a 16-bit depth (root only), a 16-bit
// count, then cells of a 64-bit id and four 32-bit floats, all big-endian; nodes have a fixed size.
#include "geodb/rtree/packed_rtree.hpp"

#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

namespace rhumb::geodb {
namespace {

constexpr std::size_t kCellBytes = 24;
constexpr std::size_t kLeastNodeBytes = 4 + 3 * kCellBytes;
/// Room for a few later inserts, so that the first edits do not split every node.
constexpr std::size_t kFilledCells = 48;
constexpr std::int64_t kRootNode = 1;

float rounded_down(double value) {
    const auto rounded = static_cast<float>(value);
    if (static_cast<double>(rounded) <= value) return rounded;
    return std::nextafter(rounded, -std::numeric_limits<float>::infinity());
}

float rounded_up(double value) {
    const auto rounded = static_cast<float>(value);
    if (static_cast<double>(rounded) >= value) return rounded;
    return std::nextafter(rounded, std::numeric_limits<float>::infinity());
}

void put_big_endian(std::uint8_t* out, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) {
        out[i] = static_cast<std::uint8_t>(value >> (8 * (bytes - 1 - i)));
    }
}

/// Position along a Hilbert curve of order 16.
std::uint32_t hilbert(std::uint32_t x, std::uint32_t y) {
    std::uint32_t position = 0;
    for (std::uint32_t side = 1u << 15; side > 0; side >>= 1) {
        const std::uint32_t right = (x & side) != 0 ? 1u : 0u;
        const std::uint32_t upper = (y & side) != 0 ? 1u : 0u;
        position += side * side * ((3u * right) ^ upper);
        if (upper == 0) {
            if (right == 1) {
                x = 0xFFFF - x;
                y = 0xFFFF - y;
            }
            std::swap(x, y);
        }
    }
    return position;
}

std::uint32_t grid(float low, float high, float min, float scale) {
    const float middle = (low + high) / 2;
    const float cell = (middle - min) * scale;
    return cell >= 0 && cell < 65535.0F ? static_cast<std::uint32_t>(cell) : 65535u;
}

/// The size that SQLite gave the tree when it was made: all nodes have that of the root. It
/// follows from the page size of that time.
std::size_t node_bytes(sqlite::Database& database, const std::string& rtree_table) {
    const auto root =
        database.int64_of("SELECT length(data) FROM " + sqlite::quoted_name(rtree_table + "_node") +
                          " WHERE nodeno = 1");
    if (root && *root >= static_cast<std::int64_t>(kLeastNodeBytes)) {
        return static_cast<std::size_t>(*root);
    }
    throw Error(Status::CorruptData, "the R-tree '" + rtree_table + "' has no root");
}

}  // namespace

void PackedRtree::add(std::int64_t fid, const Envelope& box) {
    if (std::isnan(box.min_x) || std::isnan(box.min_y)) return;
    cells_.push_back({fid, rounded_down(box.min_x), rounded_up(box.max_x), rounded_down(box.min_y),
                      rounded_up(box.max_y)});
}

void PackedRtree::sort_along_curve() {
    constexpr float kHuge = std::numeric_limits<float>::max();
    float min_x = kHuge, min_y = kHuge, max_x = -kHuge, max_y = -kHuge;
    for (const Cell& cell : cells_) {
        min_x = std::min(min_x, cell.min_x);
        min_y = std::min(min_y, cell.min_y);
        max_x = std::max(max_x, cell.max_x);
        max_y = std::max(max_y, cell.max_y);
    }
    const float scale_x = max_x > min_x ? 65535.0F / (max_x - min_x) : 0.0F;
    const float scale_y = max_y > min_y ? 65535.0F / (max_y - min_y) : 0.0F;
    std::vector<std::uint64_t> order(cells_.size());  // curve position, then index
    for (std::size_t i = 0; i < cells_.size(); ++i) {
        const Cell& cell = cells_[i];
        const std::uint32_t position = hilbert(grid(cell.min_x, cell.max_x, min_x, scale_x),
                                               grid(cell.min_y, cell.max_y, min_y, scale_y));
        order[i] = (std::uint64_t{position} << 32) | i;
    }
    std::sort(order.begin(), order.end());
    std::vector<Cell> sorted;
    sorted.reserve(cells_.size());
    for (const std::uint64_t key : order) sorted.push_back(cells_[key & 0xFFFFFFFFu]);
    cells_.swap(sorted);
}

std::vector<PackedRtree::Cell> PackedRtree::write_level(sqlite::Database& database,
                                                        const std::string& rtree_table,
                                                        const std::vector<Cell>& cells, bool leaves,
                                                        std::int64_t& next_node) {
    const std::size_t filled = std::min(kFilledCells, (node_bytes_ - 4) / kCellBytes);
    sqlite::Statement put_node(
        database, "INSERT INTO " + sqlite::quoted_name(rtree_table + "_node") + " VALUES (?1, ?2)");
    sqlite::Statement put_child(
        database, "INSERT INTO " +
                      sqlite::quoted_name(rtree_table + (leaves ? "_rowid" : "_parent")) +
                      " VALUES (?1, ?2)");
    std::vector<Cell> parents;
    std::vector<std::uint8_t> node(node_bytes_);
    // Cells spread evenly: a last node with two cells would be against the rtree's own rule.
    const std::size_t nodes = std::max<std::size_t>(1, (cells.size() + filled - 1) / filled);
    const bool root = nodes == 1;
    for (std::size_t n = 0; n < nodes; ++n) {
        const std::size_t begin = cells.size() * n / nodes;
        const std::size_t end = cells.size() * (n + 1) / nodes;
        const std::int64_t number = root ? kRootNode : next_node++;
        std::fill(node.begin(), node.end(), std::uint8_t{0});
        put_big_endian(&node[2], end - begin, 2);
        Cell box{number, 0, 0, 0, 0};
        for (std::size_t i = begin; i < end; ++i) {
            const Cell& cell = cells[i];
            std::uint8_t* out = &node[4 + (i - begin) * kCellBytes];
            put_big_endian(out, static_cast<std::uint64_t>(cell.id), 8);
            put_big_endian(out + 8, std::bit_cast<std::uint32_t>(cell.min_x), 4);
            put_big_endian(out + 12, std::bit_cast<std::uint32_t>(cell.max_x), 4);
            put_big_endian(out + 16, std::bit_cast<std::uint32_t>(cell.min_y), 4);
            put_big_endian(out + 20, std::bit_cast<std::uint32_t>(cell.max_y), 4);
            const bool first = i == begin;
            box.min_x = first ? cell.min_x : std::min(box.min_x, cell.min_x);
            box.max_x = first ? cell.max_x : std::max(box.max_x, cell.max_x);
            box.min_y = first ? cell.min_y : std::min(box.min_y, cell.min_y);
            box.max_y = first ? cell.max_y : std::max(box.max_y, cell.max_y);
            put_child.bind(1, cell.id).bind(2, number).run();
        }
        put_node.bind(1, number).bind(2, std::span<const std::uint8_t>(node)).run();
        parents.push_back(box);
    }
    return parents;
}

void PackedRtree::write(sqlite::Database& database, const std::string& rtree_table) {
    node_bytes_ = node_bytes(database, rtree_table);
    for (const char* suffix : {"_node", "_rowid", "_parent"}) {
        database.execute("DELETE FROM " + sqlite::quoted_name(rtree_table + suffix));
    }
    sort_along_curve();
    std::int64_t next_node = kRootNode + 1;
    std::int64_t depth = 0;
    std::vector<Cell> level = write_level(database, rtree_table, cells_, true, next_node);
    while (level.size() > 1) {
        level = write_level(database, rtree_table, level, false, next_node);
        ++depth;
    }
    // Only the root says how deep the tree is.
    sqlite::Statement root(
        database,
        "SELECT data FROM " + sqlite::quoted_name(rtree_table + "_node") + " WHERE nodeno = 1");
    root.step();
    const auto blob = root.column_blob(0);
    std::vector<std::uint8_t> data(blob.begin(), blob.end());
    root.reset();
    put_big_endian(data.data(), static_cast<std::uint64_t>(depth), 2);
    sqlite::Statement put_root(database, "UPDATE " + sqlite::quoted_name(rtree_table + "_node") +
                                             " SET data = ?1 WHERE nodeno = 1");
    put_root.bind(1, std::span<const std::uint8_t>(data)).run();
    cells_.clear();
}

}  // namespace rhumb::geodb
