// SPDX-License-Identifier: Apache-2.0
#include "geodb/sqlite/untrusted.hpp"

#include "geodb/sqlite/sqlite_error.hpp"

#include <sqlite3.h>

namespace rhumb::geodb::sqlite {
namespace {

constexpr int kMaxSqlBytes = 1'000'000;  // of one statement: a table of 2000 long column names
constexpr int kMaxOperations = 1'000'000;

/// Of the virtual machine, while the schema is read: a schema of ours takes some thousands.
constexpr int kMaxSchemaSteps = 5'000'000;

int give_up(void*) {
    return 1;
}

void set_option(sqlite3* handle, int option, int value) {
    const int code = sqlite3_db_config(handle, option, value, nullptr);
    if (code != SQLITE_OK) throw_sqlite_error(handle, code, "cannot restrain a database");
}

bool stays_as_it_is(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' ||
           c == '-' || c == '.' || c == '_';
}

}  // namespace

std::string immutable_uri(const std::filesystem::path& path) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string uri = "file:";
    for (const char c : std::filesystem::absolute(path).string()) {
        if (stays_as_it_is(c)) {
            uri += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        uri += '%';
        uri += kDigits[byte >> 4];
        uri += kDigits[byte & 15];
    }
    return uri + "?immutable=1";
}

void restrain(sqlite3* handle) {
    set_option(handle, SQLITE_DBCONFIG_DEFENSIVE, 1);
    set_option(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0);
    set_option(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0);
    set_option(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0);
    set_option(handle, SQLITE_DBCONFIG_DQS_DDL, 0);
    set_option(handle, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0);
    sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, static_cast<int>(kMaxUntrustedBytes));
    sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, kMaxSqlBytes);
    sqlite3_limit(handle, SQLITE_LIMIT_VDBE_OP, kMaxOperations);
    sqlite3_limit(handle, SQLITE_LIMIT_EXPR_DEPTH, 20);
    sqlite3_limit(handle, SQLITE_LIMIT_COMPOUND_SELECT, 3);
    sqlite3_limit(handle, SQLITE_LIMIT_FUNCTION_ARG, 8);
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_limit(handle, SQLITE_LIMIT_TRIGGER_DEPTH, 1);
    sqlite3_limit(handle, SQLITE_LIMIT_WORKER_THREADS, 0);
    sqlite3_progress_handler(handle, kMaxSchemaSteps, give_up, nullptr);
    const int code = sqlite3_exec(handle,
                                  "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; "
                                  "PRAGMA query_only = ON",
                                  nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw_sqlite_error(handle, code, "cannot restrain a database");
}

void unbound_steps(sqlite3* handle) {
    sqlite3_progress_handler(handle, 0, nullptr, nullptr);
}

}  // namespace rhumb::geodb::sqlite
