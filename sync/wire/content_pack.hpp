// SPDX-License-Identifier: Apache-2.0
//
// Pieces of content of many attachments in one body, so that a thousand photos do not cost a
// thousand round trips. Our extension, between two Rhumbs.
//
// "RPK1", then for each piece: SHA-256 of the whole content (32 bytes), its size, the offset of
// the piece, the length of the piece (8 bytes each, most significant first), and the bytes. Half
// of a pack is of use: what came of a piece is taken, and the next request goes on behind it.

#pragma once

#include "platform/hash.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace rhumb::wire {

inline constexpr std::string_view kPackMagic = "RPK1";
inline constexpr const char* kPackType = "application/x-rhumb-pack";
inline constexpr std::size_t kPackHeadBytes = 32 + 3 * 8;

struct PackPiece {
    Sha256 content;
    std::int64_t size = 0;    ///< of the whole content
    std::int64_t offset = 0;  ///< of the piece within it
    std::int64_t length = 0;
};

std::string pack_head(const PackPiece& piece);

/// Reads a pack that arrives in pieces of any length.
class PackReader {
public:
    /// Bytes of `piece.content` from `offset` on; `piece` says what they are part of.
    using OnBytes =
        std::function<void(const PackPiece& piece, std::int64_t offset, std::string_view bytes)>;
    explicit PackReader(OnBytes on_bytes) : on_bytes_(std::move(on_bytes)) {}

    /// Throws CorruptData when this is no pack, and whatever `on_bytes` throws.
    void add(std::string_view bytes);
    /// Whether the pack ended where a piece ends.
    bool is_whole() const { return begun_ && head_.empty() && left_ == 0; }

private:
    void read_head();

    OnBytes on_bytes_;
    std::string head_;
    bool begun_ = false;
    PackPiece piece_;
    std::int64_t left_ = 0;
};

}  // namespace rhumb::wire
