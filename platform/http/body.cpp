// SPDX-License-Identifier: Apache-2.0
#include "platform/http/body.hpp"

#include <algorithm>

namespace rhumb::http {

Body Body::part(std::uint64_t offset, std::uint64_t length) const {
    Body part = *this;
    part.size_ = length;
    if (file_) {
        part.offset_ += offset;
    } else {
        part.memory_ =
            memory_.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(length));
    }
    return part;
}

std::string_view Body::look(std::uint64_t offset, std::size_t length, std::string& room) const {
    offset = std::min(offset, size_);
    length = static_cast<std::size_t>(std::min<std::uint64_t>(length, size_ - offset));
    if (!file_) return memory_.substr(static_cast<std::size_t>(offset), length);
    room.resize(length);
    return {room.data(), file_->read(offset_ + offset, room.data(), length)};
}

std::optional<std::uint64_t> Body::find(std::string_view what, std::uint64_t from) const {
    if (!file_) {
        const std::size_t at = memory_.find(what, static_cast<std::size_t>(from));
        return at == std::string_view::npos ? std::nullopt : std::optional<std::uint64_t>(at);
    }
    std::string room;
    while (true) {
        const std::string_view piece = look(from, kPieceBytes, room);
        const std::size_t at = piece.find(what);
        if (at != std::string_view::npos) return from + at;
        if (piece.size() < kPieceBytes) return std::nullopt;
        from += piece.size() - (what.size() - 1);  // it may begin in this piece, end in the next
    }
}

void Body::each_piece(const std::function<bool(std::string_view)>& on_piece) const {
    std::string room;
    for (std::uint64_t at = 0; at < size_;) {
        const std::string_view piece = look(at, kPieceBytes, room);
        if (piece.empty() || !on_piece(piece)) return;
        at += piece.size();
    }
}

std::string Body::text() const {
    std::string text;
    text.reserve(static_cast<std::size_t>(size_));
    each_piece([&](std::string_view piece) {
        text += piece;
        return true;
    });
    return text;
}

}  // namespace rhumb::http
