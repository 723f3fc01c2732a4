// SPDX-License-Identifier: Apache-2.0
//
// Bytes on their way out: small ones stay in memory, large ones go to a file, so that no answer
// is ever held whole.

#pragma once

#include "platform/files.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb {

/// Appended to, then read once. One thread at a time.
class Spool {
public:
    /// `file` is created only when more than kMemoryBytes are appended, and removed in the end
    /// unless it was taken.
    explicit Spool(std::filesystem::path file) : path_(std::move(file)) {}
    Spool(const Spool&) = delete;
    Spool& operator=(const Spool&) = delete;
    ~Spool();

    static constexpr std::size_t kMemoryBytes = 1024 * 1024;
    static constexpr std::size_t kFlushBytes = 256 * 1024;

    /// A writer appends to this and calls settle() now and then.
    std::string& buffer() { return memory_; }
    /// Moves a full buffer to the file. Cheap when there is nothing to do.
    void settle();
    void append(std::string_view bytes);
    /// Appends all of `other`.
    void append(Spool& other);

    std::uint64_t size() const { return (file_ ? file_->size() : 0) + memory_.size(); }
    /// The content when it stayed in memory; none when it is in the file.
    std::optional<std::string> take_memory();
    /// Makes a whole, durable file of the content and gives it away.
    std::filesystem::path take_file();
    /// The same for a file that lives until it is sent: whole, and not waited for by the disk.
    std::filesystem::path take_passing_file();

private:
    void flush();

    std::filesystem::path path_;
    std::string memory_;
    std::optional<FileWriter> file_;
    bool taken_ = false;
};

}  // namespace rhumb
