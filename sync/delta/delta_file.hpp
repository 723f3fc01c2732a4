// SPDX-License-Identifier: Apache-2.0
//
// Whether a file is a delta at all, before anything in it is believed: an ordinary file with a
// header of SQLite that tells the truth about its size, sound pages, and exactly our tables.

#pragma once

#include "geodb/sqlite/database.hpp"

#include <filesystem>
#include <string>

namespace rhumb::delta {

/// Throws NotFound or InvalidArgument unless it is an ordinary file: no link, folder or pipe.
void check_kind(const std::filesystem::path& path, const std::string& name);

/// Looks at the file without SQLite. Throws CorruptData, InvalidArgument or Unsupported (another
/// format number) naming the file by `name`.
void check_file(const std::filesystem::path& path, const std::string& name);

/// Opens a checked file with everything in it distrusted, and proves its pages.
geodb::sqlite::Database open_checked(const std::filesystem::path& path, const std::string& name);

}  // namespace rhumb::delta
