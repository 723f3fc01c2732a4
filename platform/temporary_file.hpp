// SPDX-License-Identifier: Apache-2.0
//
// A file without a name: bytes that are too many for memory and of no use to anybody later.
//
// It is gone when its owner lets go of it, and just as well when the program is killed.

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace rhumb {

/// Written by one thread, then read by any.
class TemporaryFile {
public:
    /// Takes its room in `folder`, which is made when it is missing. Throws Error naming it.
    explicit TemporaryFile(const std::filesystem::path& folder);
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile();

    /// Throws DiskFull or Io naming the folder.
    void append(std::string_view bytes);
    std::uint64_t size() const { return size_; }
    /// Fills `into` with up to `length` bytes from `offset`; returns how many there were.
    std::size_t read(std::uint64_t offset, char* into, std::size_t length) const;

private:
    std::filesystem::path folder_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
};

}  // namespace rhumb
