// SPDX-License-Identifier: Apache-2.0
//
// The head of a packed delta: what the delta says about itself, and where its blocks stand.
//
// The head stands behind the blocks, since only then all is known. Blocks lie without gaps between
// the magic and the head, each told once, so there is nothing in the file that nobody reads.

#pragma once

#include "sync/delta/delta_columns.hpp"
#include "sync/delta/delta_header.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::delta {

inline constexpr std::string_view kPackedMagic{"RhDlPk1\n"};

/// A block has at most so many rows, and so many values.
inline constexpr std::size_t kMostBlockRows = 8192;
inline constexpr std::size_t kMostBlockValues = std::size_t{1} << 20;
/// Nor so many bytes, packed or not: the largest row on top of a block that is nearly full.
inline constexpr std::uint64_t kMostBlockBytes = 72ULL * 1024 * 1024;
inline std::size_t most_rows(std::size_t columns) {
    const std::size_t most = kMostBlockValues / (columns + 1);
    return most < 1 ? 1 : most < kMostBlockRows ? most : kMostBlockRows;
}

/// Rows of one kind of one layer.
struct Block {
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t rows = 0;
    std::uint32_t crc = 0;
};

struct PackedLayer {
    LayerTerms terms;
    Columns columns;
    std::array<std::vector<Block>, 3> blocks;  ///< by Kind
    Counts counts() const;
};

struct PackedHead {
    Header header;  ///< its layers are told by those below
    std::vector<PackedLayer> layers;
};

/// Head and trailer, as they follow the last block.
std::string head_bytes(const PackedHead& head, std::uint64_t offset);

/// Throws CorruptData, or Unsupported for another version, unless the file is one whole packed
/// delta as far as its head tells.
PackedHead read_packed_head(const std::filesystem::path& path);

}  // namespace rhumb::delta
