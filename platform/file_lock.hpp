// SPDX-License-Identifier: Apache-2.0
//
// One at a time: a lock that the operating system drops when its holder dies.
//
// It is a file of its own beside what it guards. Locking the guarded file itself would not do:
// closing any descriptor of an SQLite file drops SQLite's own locks on it.

#pragma once

#include <filesystem>
#include <optional>

namespace rhumb {

/// Held from try_take() to destruction. The file is removed with the lock. Moves, does not copy.
class FileLock {
public:
    /// None when somebody holds it, in this process or another. Throws ReadOnly, Io … naming it.
    static std::optional<FileLock> try_take(const std::filesystem::path& path);

    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&&) = delete;
    ~FileLock();

private:
    FileLock(std::filesystem::path path, int descriptor);

    std::filesystem::path path_;
    int descriptor_;
};

}  // namespace rhumb
