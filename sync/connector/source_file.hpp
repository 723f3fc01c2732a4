// SPDX-License-Identifier: Apache-2.0
//
// A source file that is read from end to end, and the report of how far that has come.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace rhumb::connector {

/// Calls back at most once for 64 KB of input.
class Progress {
public:
    using Report = std::function<void(std::uint64_t done, std::uint64_t total_bytes)>;
    Progress(Report report, std::uint64_t total_bytes)
        : report_(std::move(report)), total_bytes_(total_bytes) {}

    /// What follows is the n-th of several readings, which share the way from 0 to the end.
    void begin_part(std::uint64_t n, std::uint64_t parts);
    /// `share` of `whole` of this part is done, in any unit.
    void at(std::uint64_t share, std::uint64_t whole);
    void finish();
    std::uint64_t total_bytes() const { return total_bytes_; }

private:
    Report report_;
    std::uint64_t total_bytes_;
    std::uint64_t part_ = 0;
    std::uint64_t parts_ = 1;
    std::uint64_t reported_ = 0;
};

class SourceFile {
public:
    /// `progress` outlives the file. Throws NotFound or Io naming the path.
    SourceFile(const std::filesystem::path& path, Progress& progress);

    /// Fills `into` and returns how many bytes; 0 at the end.
    std::size_t read(char* into, std::size_t room);

private:
    std::filesystem::path path_;
    Progress& progress_;
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    std::uint64_t done_ = 0;
};

/// "'folder/trees.csv'": how messages name a file.
std::string file_name(const std::filesystem::path& path);

/// The first bytes of a file, fewer when it is shorter.
std::string first_bytes(const std::filesystem::path& path, std::size_t bytes);

}  // namespace rhumb::connector
