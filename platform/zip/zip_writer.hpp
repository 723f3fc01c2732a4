// SPDX-License-Identifier: Apache-2.0
//
// A zip archive of files, written in one go and in little memory.

#pragma once

#include "platform/files.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb {

/// Names are UTF-8. Throws Error(Unsupported) beyond 4 GiB, where archives take another form.
class ZipWriter {
public:
    explicit ZipWriter(const std::filesystem::path& archive);

    /// Adds the content of a file, compressed.
    void add_file(std::string_view name, const std::filesystem::path& file);
    /// Writes the directory of the archive and makes it durable. Once, at the end.
    void close();

private:
    struct Entry {
        std::string name;
        std::uint32_t crc = 0;
        std::uint32_t packed_size = 0;
        std::uint32_t size = 0;
        std::uint32_t offset = 0;
    };
    void write_header(const Entry& entry, bool in_directory);
    std::uint32_t position() const;

    FileWriter file_;
    std::vector<Entry> entries_;
};

}  // namespace rhumb
