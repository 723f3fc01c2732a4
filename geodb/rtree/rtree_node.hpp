// SPDX-License-Identifier: Apache-2.0
//
// A node of SQLite's rtree module as its bytes: a 16-bit depth (that of the tree, in the root
// only), a 16-bit count, then cells of a 64-bit id and four 32-bit floats, all big-endian. Nodes
// of a tree have one size.

#pragma once

#include "geodb/geometry/byte_order.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace rhumb::geodb {

inline constexpr std::size_t kNodeHeaderBytes = 4;
inline constexpr std::size_t kNodeCellBytes = 24;
inline constexpr std::int64_t kRootNode = 1;

/// The id is a row's in a leaf, a node's above. The box is rounded outwards.
struct NodeCell {
    std::int64_t id;
    float min_x, max_x, min_y, max_y;
};

inline std::uint16_t load_big_u16(const std::uint8_t* bytes) {
    return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]);
}

inline void store_big_u16(std::uint8_t* bytes, std::size_t value) {
    bytes[0] = static_cast<std::uint8_t>(value >> 8);
    bytes[1] = static_cast<std::uint8_t>(value);
}

inline NodeCell load_cell(const std::uint8_t* bytes) {
    const auto side = [bytes](std::size_t at) {
        return std::bit_cast<float>(load_u32(bytes + at, ByteOrder::Big));
    };
    return {static_cast<std::int64_t>(load_unsigned<std::uint64_t>(bytes, ByteOrder::Big)), side(8),
            side(12), side(16), side(20)};
}

inline void store_cell(std::uint8_t* bytes, const NodeCell& cell) {
    const auto store = [bytes](std::size_t at, auto value) {
        if constexpr (kNativeOrder != ByteOrder::Big) value = swapped(value);
        std::memcpy(bytes + at, &value, sizeof value);
    };
    store(0, static_cast<std::uint64_t>(cell.id));
    store(8, std::bit_cast<std::uint32_t>(cell.min_x));
    store(12, std::bit_cast<std::uint32_t>(cell.max_x));
    store(16, std::bit_cast<std::uint32_t>(cell.min_y));
    store(20, std::bit_cast<std::uint32_t>(cell.max_y));
}

}  // namespace rhumb::geodb
