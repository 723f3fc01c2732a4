// SPDX-License-Identifier: Apache-2.0
//
// Whether a file is the one that was read: without opening it.

#pragma once

#include <cstdint>
#include <filesystem>

namespace rhumb {

/// Differs when a file was replaced or written to; equal for a file that is not there.
struct FileStamp {
    std::uint64_t device = 0;
    std::uint64_t node = 0;
    std::uint64_t size = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const FileStamp&) const = default;
};

FileStamp stamp_of(const std::filesystem::path& path);

}  // namespace rhumb
