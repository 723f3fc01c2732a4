// SPDX-License-Identifier: Apache-2.0
//
// The node format is documented with SQLite's rtree module: a 16-bit depth (root only), a 16-bit
// count, then cells of a 64-bit id and four 32-bit floats, all big-endian; nodes have a fixed size.
#include "geodb/rtree/packed_rtree.hpp"

#include "geodb/rtree/curve_order.hpp"
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

using sqlite::quoted_name;
using sqlite::Statement;

constexpr std::size_t kCellBytes = 24;
constexpr std::size_t kLeastNodeBytes = 4 + 3 * kCellBytes;
/// Room for a few later inserts, so that the first edits do not split every node.
constexpr std::size_t kFilledCells = 48;
constexpr std::int64_t kRootNode = 1;

/// SQLite rounds outwards by one part in 2^23, sometimes two steps of a float. We do the same, so
/// that a tree gives the same answers whoever wrote it.
constexpr double kRoundingStep = 1.0 / 8388608.0;

float rounded_down(double value) {
    const auto rounded = static_cast<float>(value);
    if (!(static_cast<double>(rounded) > value)) return rounded;
    return static_cast<float>(value - std::fabs(value) * kRoundingStep);
}

float rounded_up(double value) {
    const auto rounded = static_cast<float>(value);
    if (!(static_cast<double>(rounded) < value)) return rounded;
    return static_cast<float>(value + std::fabs(value) * kRoundingStep);
}

void put_big_endian(std::uint8_t* out, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) {
        out[i] = static_cast<std::uint8_t>(value >> (8 * (bytes - 1 - i)));
    }
}

std::uint16_t grid(float low, float high, float min, float scale) {
    const float middle = (low + high) / 2;
    const float cell = (middle - min) * scale;
    return cell >= 0 && cell < 65535.0F ? static_cast<std::uint16_t>(cell) : std::uint16_t{65535};
}

/// The size that SQLite gave the tree when it was made: all nodes have that of the root. It
/// follows from the page size of that time.
std::size_t node_bytes(sqlite::Database& database, const std::string& rtree_table) {
    const auto root = database.int64_of("SELECT length(data) FROM " +
                                        quoted_name(rtree_table + "_node") + " WHERE nodeno = 1");
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

PackedRtree::Order PackedRtree::order_along_curve() const {
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
    std::vector<std::uint32_t> positions;
    positions.reserve(cells_.size());
    for (const Cell& cell : cells_) {
        positions.push_back(hilbert_position({grid(cell.min_x, cell.max_x, min_x, scale_x),
                                              grid(cell.min_y, cell.max_y, min_y, scale_y)}));
    }
    return sorted_indices(positions);
}

PackedRtree::Cell PackedRtree::write_node(sqlite::Database& database, std::int64_t number,
                                          const std::uint32_t* begin, const std::uint32_t* end) {
    std::vector<std::uint8_t> node(node_bytes_);
    put_big_endian(&node[2], static_cast<std::uint64_t>(end - begin), 2);
    Cell around{number, 0, 0, 0, 0};
    std::uint8_t* out = &node[4];
    for (const std::uint32_t* at = begin; at != end; ++at, out += kCellBytes) {
        const Cell& cell = cells_[*at];
        put_big_endian(out, static_cast<std::uint64_t>(cell.id), 8);
        put_big_endian(out + 8, std::bit_cast<std::uint32_t>(cell.min_x), 4);
        put_big_endian(out + 12, std::bit_cast<std::uint32_t>(cell.max_x), 4);
        put_big_endian(out + 16, std::bit_cast<std::uint32_t>(cell.min_y), 4);
        put_big_endian(out + 20, std::bit_cast<std::uint32_t>(cell.max_y), 4);
        const bool first = at == begin;
        around.min_x = first ? cell.min_x : std::min(around.min_x, cell.min_x);
        around.max_x = first ? cell.max_x : std::max(around.max_x, cell.max_x);
        around.min_y = first ? cell.min_y : std::min(around.min_y, cell.min_y);
        around.max_y = first ? cell.max_y : std::max(around.max_y, cell.max_y);
    }
    database.cached("INSERT INTO " + quoted_name(table_ + "_node") + " VALUES (?1, ?2)")
        .bind(1, number)
        .bind(2, std::span<const std::uint8_t>(node))
        .run();
    return around;
}

/// The node of each cell, and in `parents_` the cells of the level above.
std::vector<std::int64_t> PackedRtree::write_level(sqlite::Database& database, const Order& order) {
    const std::size_t filled = std::min(kFilledCells, (node_bytes_ - 4) / kCellBytes);
    // Cells spread evenly: a last node with two cells would be against the rtree's own rule.
    const std::size_t nodes = std::max<std::size_t>(1, (order.size() + filled - 1) / filled);
    std::vector<std::int64_t> node_of(order.size());
    parents_.clear();
    for (std::size_t n = 0; n < nodes; ++n) {
        const std::size_t begin = order.size() * n / nodes;
        const std::size_t end = order.size() * (n + 1) / nodes;
        const std::int64_t number = nodes == 1 ? kRootNode : next_node_++;
        parents_.push_back(write_node(database, number, order.data() + begin, order.data() + end));
        for (std::size_t i = begin; i < end; ++i) node_of[order[i]] = number;
    }
    return node_of;
}

/// In the order of ids, not of nodes: appending is many times cheaper than inserting anywhere. An
/// id that is the next one anyway is left to SQLite, which then need not look for its place.
void PackedRtree::write_children(sqlite::Database& database, const char* suffix, const char* column,
                                 const std::vector<std::int64_t>& nodes) const {
    const std::string table = quoted_name(table_ + suffix);
    // Several rows a statement, since starting one costs as much as a row.
    constexpr std::size_t kRowsAtOnce = 32;
    std::string many = "(?)";
    for (std::size_t i = 1; i < kRowsAtOnce; ++i) many += ", (?)";
    Statement put(database, "INSERT INTO " + table + " VALUES (?, ?)");
    Statement append(database,
                     "INSERT INTO " + table + " (" + std::string(column) + ") VALUES " + many);
    // From which cell on ids go up by one, seen from the end.
    std::vector<std::uint32_t> run(cells_.size(), 1);
    for (std::size_t i = cells_.size(); i-- > 1;) {
        if (cells_[i].id == cells_[i - 1].id + 1) run[i - 1] = run[i] + 1;
    }
    std::int64_t last = 0;  // the greatest id written; 0 before the first
    for (std::size_t i = 0; i < cells_.size();) {
        if (cells_[i].id == last + 1 && run[i] >= kRowsAtOnce) {
            for (std::size_t row = 0; row < kRowsAtOnce; ++row) {
                append.bind(static_cast<int>(row) + 1, nodes[i + row]);
            }
            append.run();
            i += kRowsAtOnce;
            last = cells_[i - 1].id;
        } else {
            put.bind(1, cells_[i].id).bind(2, nodes[i]).run();
            last = i == 0 ? cells_[i].id : std::max(last, cells_[i].id);
            ++i;
        }
    }
}

/// Only the root says how deep the tree is.
void PackedRtree::write_depth(sqlite::Database& database, std::int64_t depth) const {
    const std::string nodes = quoted_name(table_ + "_node");
    Statement root(database, "SELECT data FROM " + nodes + " WHERE nodeno = 1");
    root.step();
    const auto blob = root.column_blob(0);
    std::vector<std::uint8_t> data(blob.begin(), blob.end());
    root.reset();
    put_big_endian(data.data(), static_cast<std::uint64_t>(depth), 2);
    Statement put_root(database, "UPDATE " + nodes + " SET data = ?1 WHERE nodeno = 1");
    put_root.bind(1, std::span<const std::uint8_t>(data)).run();
}

void PackedRtree::write(sqlite::Database& database, const std::string& rtree_table) {
    table_ = rtree_table;
    node_bytes_ = node_bytes(database, rtree_table);
    for (const char* suffix : {"_node", "_rowid", "_parent"}) {
        database.execute("DELETE FROM " + quoted_name(rtree_table + suffix));
    }
    next_node_ = kRootNode + 1;
    write_children(database, "_rowid", "nodeno", write_level(database, order_along_curve()));
    std::int64_t depth = 0;
    for (; parents_.size() > 1; ++depth) {
        cells_.swap(parents_);
        Order as_they_are(cells_.size());
        std::iota(as_they_are.begin(), as_they_are.end(), 0u);
        write_children(database, "_parent", "parentnode", write_level(database, as_they_are));
    }
    write_depth(database, depth);
    cells_.clear();
}

}  // namespace rhumb::geodb
