// SPDX-License-Identifier: Apache-2.0
#include "sync/client/pack_slices.hpp"

#include "platform/files.hpp"
#include "sync/wire/content_pack.hpp"

#include <algorithm>

namespace rhumb::sync {

std::string PackSlices::next() {
    std::string slice;
    std::int64_t passed = 0;
    length_ = 0;
    wire::PackReader reader(
        [&](const wire::PackPiece& piece, std::int64_t offset, std::string_view bytes) {
            const auto size = static_cast<std::int64_t>(bytes.size());
            const std::int64_t weight = std::max<std::int64_t>(size, 1);
            const std::int64_t skip = std::clamp<std::int64_t>(done_ - passed, 0, weight);
            passed += weight;
            const std::int64_t taken = std::min(weight - skip, room_ - length_);
            if (taken <= 0) return;
            length_ += taken;
            const auto part = bytes.substr(static_cast<std::size_t>(std::min(skip, size)),
                                           static_cast<std::size_t>(taken));
            if (slice.empty()) slice = wire::kPackMagic;
            slice += wire::pack_head({piece.content, piece.size, offset + std::min(skip, size),
                                      static_cast<std::int64_t>(part.size())});
            slice += part;
        });
    read_pieces(file_, [&](std::string_view bytes) {
        reader.add(bytes);
        return length_ < room_;
    });
    return slice;
}

void PackSlices::got_through() {
    done_ += length_;
    if (length_ >= room_) room_ = after_success(room_, kUploadBytes);
}

bool PackSlices::broke() {
    const std::int64_t broken = std::min(room_, length_);
    room_ = after_break(broken);
    return room_ < broken;
}

}  // namespace rhumb::sync
