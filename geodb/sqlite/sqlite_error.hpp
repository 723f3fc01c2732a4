// SPDX-License-Identifier: Apache-2.0
//
// Turns a result code of SQLite into our error, with the text SQLite gave and what was being done.

#pragma once

#include <string>

struct sqlite3;

namespace rhumb::geodb::sqlite {

/// Throws the Error for the last failure of `handle` (which may be null when opening failed).
[[noreturn]] void throw_sqlite_error(sqlite3* handle, int code, const std::string& doing);

}  // namespace rhumb::geodb::sqlite
