// SPDX-License-Identifier: Apache-2.0
#include "geodb/sqlite/sqlite_error.hpp"

#include "platform/error.hpp"

#include <sqlite3.h>

namespace rhumb::geodb::sqlite {
namespace {

Status status_of(int code) {
    switch (code & 0xFF) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return Status::Busy;
        case SQLITE_READONLY:
        case SQLITE_PERM:
        case SQLITE_AUTH:
            return Status::ReadOnly;
        case SQLITE_FULL:
            return Status::DiskFull;
        case SQLITE_CANTOPEN:
        case SQLITE_IOERR:
            return Status::Io;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
            return Status::CorruptData;
        case SQLITE_CONSTRAINT:
        case SQLITE_MISMATCH:
        case SQLITE_TOOBIG:
            return Status::ConstraintViolated;
        case SQLITE_INTERRUPT:
            return Status::Cancelled;
        case SQLITE_ERROR:
            return Status::InvalidArgument;
        default:
            return Status::Internal;
    }
}

/// What is wrong with the file or the disk rather than with a statement.
bool concerns_file(Status status) {
    switch (status) {
        case Status::Busy:
        case Status::ReadOnly:
        case Status::DiskFull:
        case Status::Io:
        case Status::CorruptData:
            return true;
        default:
            return false;
    }
}

/// " ('/path/of.gpkg')", empty for a database in memory.
std::string file_of(sqlite3* handle) {
    const char* path = handle != nullptr ? sqlite3_db_filename(handle, "main") : nullptr;
    return path != nullptr && *path != 0 ? " ('" + std::string(path) + "')" : std::string();
}

}  // namespace

void throw_sqlite_error(sqlite3* handle, int code, const std::string& doing) {
    const int extended = handle != nullptr ? sqlite3_extended_errcode(handle) : code;
    const std::string text = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    const Status status = status_of(code);
    const std::string file = concerns_file(status) ? file_of(handle) : "";
    throw Error(status, doing + ": " + text + file).with_code(extended);
}

}  // namespace rhumb::geodb::sqlite
