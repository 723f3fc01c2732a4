// SPDX-License-Identifier: Apache-2.0
//
// The body of a request, or a part of one: short ones are in memory, long ones in a file without
// a name, so that a file of any size is taken in with the memory of one piece.

#pragma once

#include "platform/temporary_file.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace rhumb::http {

/// A view: what is in memory is borrowed, a file is shared. Cheap to copy.
class Body {
public:
    static constexpr std::size_t kPieceBytes = 256 * 1024;

    Body() = default;
    template <typename Text,
              typename = std::enable_if_t<std::is_convertible_v<const Text&, std::string_view>>>
    Body(const Text& bytes) : memory_(bytes), size_(memory_.size()) {}  // NOLINT: meant to convert
    explicit Body(std::shared_ptr<const TemporaryFile> file)
        : file_(std::move(file)), size_(file_->size()) {}

    std::uint64_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    bool in_memory() const { return file_ == nullptr; }
    /// `offset` and `length` lie inside.
    Body part(std::uint64_t offset, std::uint64_t length) const;

    /// Up to `length` bytes from `offset`. `room` keeps them when they come from a file.
    std::string_view look(std::uint64_t offset, std::size_t length, std::string& room) const;
    /// Where `what` begins, from `from` on.
    std::optional<std::uint64_t> find(std::string_view what, std::uint64_t from) const;
    /// `on_piece` returns false to stop.
    void each_piece(const std::function<bool(std::string_view)>& on_piece) const;
    /// A copy of all of it: for what is known to be short.
    std::string text() const;

    friend bool operator==(const Body& body, std::string_view text) { return body.text() == text; }

private:
    std::string_view memory_;
    std::shared_ptr<const TemporaryFile> file_;
    std::uint64_t offset_ = 0;  // in the file
    std::uint64_t size_ = 0;
};

}  // namespace rhumb::http
