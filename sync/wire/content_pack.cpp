// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/content_pack.hpp"

#include "platform/error.hpp"

#include <algorithm>

namespace rhumb::wire {
namespace {

void put_number(std::string& out, std::int64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8) {
        out += static_cast<char>(static_cast<std::uint64_t>(value) >> shift & 255);
    }
}

std::int64_t number_at(std::string_view bytes, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = at; i < at + 8; ++i) {
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    }
    return static_cast<std::int64_t>(value);
}

}  // namespace

std::string pack_head(const PackPiece& piece) {
    std::string out(reinterpret_cast<const char*>(piece.content.bytes.data()),
                    piece.content.bytes.size());
    put_number(out, piece.size);
    put_number(out, piece.offset);
    put_number(out, piece.length);
    return out;
}

void PackReader::add(std::string_view bytes) {
    const auto fill = [&](std::size_t wanted) {
        const auto taken = bytes.substr(0, wanted - head_.size());
        head_.append(taken);
        bytes.remove_prefix(taken.size());
        return head_.size() == wanted;
    };
    if (!begun_) {
        if (!fill(kPackMagic.size())) return;
        if (head_ != kPackMagic) throw Error(Status::CorruptData, "these bytes are no pack");
        head_.clear();
        begun_ = true;
    }
    while (!bytes.empty()) {
        if (left_ == 0) {
            if (!fill(kPackHeadBytes)) return;
            read_head();
            continue;
        }
        const auto taken = bytes.substr(
            0, static_cast<std::size_t>(std::min(left_, static_cast<std::int64_t>(bytes.size()))));
        on_bytes_(piece_, piece_.offset + piece_.length - left_, taken);
        left_ -= static_cast<std::int64_t>(taken.size());
        bytes.remove_prefix(taken.size());
    }
}

void PackReader::read_head() {
    std::copy_n(reinterpret_cast<const std::uint8_t*>(head_.data()), piece_.content.bytes.size(),
                piece_.content.bytes.begin());
    piece_.size = number_at(head_, 32);
    piece_.offset = number_at(head_, 40);
    piece_.length = number_at(head_, 48);
    head_.clear();
    if (piece_.size < 0 || piece_.offset < 0 || piece_.length < 0 || piece_.offset > piece_.size ||
        piece_.length > piece_.size - piece_.offset) {
        throw Error(Status::CorruptData, "a piece of the pack lies outside its content");
    }
    left_ = piece_.length;
    if (left_ == 0) on_bytes_(piece_, piece_.offset, {});  // empty content
}

}  // namespace rhumb::wire
