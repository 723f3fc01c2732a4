// SPDX-License-Identifier: Apache-2.0
//
// Reads a GeoPackage where it lies, or a copy of it where SQLite cannot.
//
// A file in WAL mode is read with the help of files beside it, which SQLite must be able to make:
// not so on a read-only medium or in a folder of somebody else.

#pragma once

#include "geodb/sqlite/database.hpp"

#include <filesystem>

namespace rhumb::connector {

class ReadableCopy {
public:
    ReadableCopy() = default;
    ReadableCopy(const ReadableCopy&) = delete;
    ReadableCopy& operator=(const ReadableCopy&) = delete;
    /// Removes the copy, if one was made.
    ~ReadableCopy();

    /// For reading only. The database is closed before this goes away.
    geodb::sqlite::Database open(const std::filesystem::path& path);

private:
    std::filesystem::path folder_;
};

}  // namespace rhumb::connector
