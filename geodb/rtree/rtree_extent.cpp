// SPDX-License-Identifier: Apache-2.0
#include "geodb/rtree/rtree_extent.hpp"

#include "geodb/geometry/envelope.hpp"
#include "geodb/sqlite/statement.hpp"

#include <bit>
#include <cstdint>
#include <span>

namespace rhumb::geodb {
namespace {

constexpr std::size_t kHeaderBytes = 4;  // depth and number of cells, 16 bits each
constexpr std::size_t kCellBytes = 24;   // id, then min x, max x, min y, max y
constexpr std::size_t kIdBytes = 8;

std::uint32_t big_endian(std::span<const std::uint8_t> bytes) {
    std::uint32_t value = 0;
    for (const std::uint8_t byte : bytes) value = value << 8 | byte;
    return value;
}

double side(std::span<const std::uint8_t> cell, std::size_t index) {
    return static_cast<double>(
        std::bit_cast<float>(big_endian(cell.subspan(kIdBytes + index * 4, 4))));
}

}  // namespace

std::optional<Envelope> rtree_extent(sqlite::Database& database, const RtreeColumn& column) {
    sqlite::Statement root(database, "SELECT data FROM " +
                                         sqlite::quoted_name(rtree_table(column) + "_node") +
                                         " WHERE nodeno = 1");
    if (!root.step()) return std::nullopt;
    const auto node = root.column_blob(0);
    if (node.size() < kHeaderBytes) return std::nullopt;
    const std::size_t cells = big_endian(node.subspan(2, 2));
    std::optional<Envelope> extent;
    for (std::size_t i = 0; i < cells && kHeaderBytes + (i + 1) * kCellBytes <= node.size(); ++i) {
        const auto cell = node.subspan(kHeaderBytes + i * kCellBytes, kCellBytes);
        expand(extent, Envelope{side(cell, 0), side(cell, 2), side(cell, 1), side(cell, 3)});
    }
    return extent;
}

}  // namespace rhumb::geodb
