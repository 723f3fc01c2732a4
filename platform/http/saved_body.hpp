// SPDX-License-Identifier: Apache-2.0
//
// A body that goes into a file while it arrives, whole or behind what is there already.
// Internal to this folder.

#pragma once

#include "platform/files.hpp"
#include "platform/http/message.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace rhumb::http {

/// `Content-Range: bytes <first>-<last>/<total or *>`.
struct ContentRange {
    std::uint64_t first = 0;
    std::uint64_t length = 0;
};
std::optional<ContentRange> parse_content_range(std::string_view text);

class SavedBody {
public:
    /// Cuts the file to `offset` bytes first; what is there beyond may be of another version.
    SavedBody(const std::filesystem::path& path, std::uint64_t offset);

    /// When the disk is full, what came is given up before it throws: others need the room, the
    /// edits of this device above all.
    void write(std::string_view bytes);
    /// Makes it durable and says what arrived. When the disk is full, as write().
    FileBody finish();

private:
    void give_up() const;

    std::uint64_t offset_;
    FileWriter writer_;
};

}  // namespace rhumb::http
