// SPDX-License-Identifier: Apache-2.0
//
// Files as wholes: a file is there complete or not at all.

#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace rhumb {

/// The whole of a file. Throws NotFound or Io naming the path.
std::string read_file(const std::filesystem::path& path);

/// Reads a file in pieces of bounded size. `on_piece` returns false to stop.
void read_pieces(const std::filesystem::path& path,
                 const std::function<bool(std::string_view)>& on_piece);

/// Size in bytes. Throws NotFound naming the path.
std::uint64_t file_size(const std::filesystem::path& path);

/// Makes the content of a file that somebody else wrote durable.
void make_durable(const std::filesystem::path& path);

/// Replaces `to` by `from` in one step and makes the rename durable.
void replace_file(const std::filesystem::path& from, const std::filesystem::path& to);

/// Removes the file if it is there; never throws.
void remove_quietly(const std::filesystem::path& path) noexcept;

/// Appends to a file of its own. The file is closed by the destructor.
class FileWriter {
public:
    enum class Mode { Replace, Append };
    FileWriter(std::filesystem::path path, Mode mode);
    FileWriter(const FileWriter&) = delete;
    FileWriter& operator=(const FileWriter&) = delete;
    ~FileWriter();

    /// Throws DiskFull or Io naming the path.
    void write(std::string_view bytes);
    /// Makes what was written durable, then closes.
    void close_durably();
    std::uint64_t size() const { return size_; }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
    int descriptor_ = -1;
    std::uint64_t size_ = 0;
};

/// Makes a file that is there whole and durable, or not at all: what `write` writes is laid beside
/// it until it is finished. Passes on what `write` throws.
void make_file(const std::filesystem::path& path, const std::function<void(FileWriter&)>& write);

/// Replaces a file by one that its owner alone may read, whole and durable or not at all.
void make_private_file(const std::filesystem::path& path, std::string_view content);
/// The same for a file that must not be there yet; false when it is, and nothing has happened.
bool make_private_file_once(const std::filesystem::path& path, std::string_view content);

/// The error for a failed system call on `path`: `errno_value` decides the status.
[[noreturn]] void throw_file_error(const std::string& doing, const std::filesystem::path& path,
                                   int errno_value);

}  // namespace rhumb
