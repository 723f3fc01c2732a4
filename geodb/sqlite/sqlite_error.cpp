// SPDX-License-Identifier: Apache-2.0
#include "geodb/sqlite/sqlite_error.hpp"

#include "platform/error.hpp"

#include <sqlite3.h>

namespace rhumb::geodb::sqlite {
namespace {

Status status_of(int code) {
    switch (code & 0xFF) {
        case SQLITE_BUSY: case SQLITE_LOCKED: return Status::Busy;
        case SQLITE_READONLY: case SQLITE_PERM: case SQLITE_AUTH: return Status::ReadOnly;
        case SQLITE_FULL: return Status::DiskFull;
        case SQLITE_CANTOPEN: case SQLITE_IOERR: return Status::Io;
        case SQLITE_CORRUPT: case SQLITE_NOTADB: return Status::CorruptData;
        case SQLITE_CONSTRAINT: case SQLITE_MISMATCH: case SQLITE_TOOBIG:
            return Status::ConstraintViolated;
        case SQLITE_INTERRUPT: return Status::Cancelled;
        case SQLITE_ERROR: return Status::InvalidArgument;
        default: return Status::Internal;
    }
}

}  // namespace

void throw_sqlite_error(sqlite3* handle, int code, const std::string& doing) {
    const int extended = handle != nullptr ? sqlite3_extended_errcode(handle) : code;
    const std::string text = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
    throw Error(status_of(code), doing + ": " + text).with_code(extended);
}

}  // namespace rhumb::geodb::sqlite
