// SPDX-License-Identifier: Apache-2.0
//
// One connection to one SQLite file.
//
// The spatial functions that the triggers of a GeoPackage call are there on every connection.
// A connection belongs to one thread at a time.

#pragma once

#include "geodb/value.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct sqlite3;

namespace rhumb::geodb::sqlite {
class Statement;
struct Connection;

/// A name from data as an SQL identifier: "street ""A""".
std::string quoted_name(std::string_view name);
/// A text as an SQL literal, for DDL, where nothing can be bound.
std::string literal(std::string_view text);

class Database {
public:
    enum class Mode { ReadOnly, ReadWrite, Create };

    /// Throws NotFound, ReadOnly, CorruptData … naming the path.
    static Database open(const std::filesystem::path& path, Mode mode);
    static Database open_memory();
    /// A file that somebody else made, for reading only: nothing stored in it is run, and what it
    /// may cost is bounded (geodb/sqlite/untrusted.hpp). It must not change while it is open.
    static Database open_untrusted(const std::filesystem::path& path);

    Database(Database&&) noexcept;
    Database& operator=(Database&&) noexcept;
    ~Database();

    /// Runs a script of statements that return nothing.
    void execute(const std::string& script);

    /// A statement prepared once and kept for the life of the connection, reset and unbound.
    /// Two uses of the same text must not overlap.
    Statement& cached(std::string_view sql);
    /// Replaces the content of another, empty database by that of this one, page by page.
    void copy_to(Database& target) const;

    /// Drops the kept statements, e.g. before a file is handed over.
    void forget_cached();

    /// First column of the first row; nullopt when there is no row or it is NULL.
    std::optional<std::int64_t> int64_of(std::string_view sql);
    std::optional<std::string> text_of(std::string_view sql);
    bool has_table(std::string_view name);

    std::int64_t last_insert_rowid() const;
    std::int64_t changes() const;
    /// Statements end with Error(Cancelled) once `over` says so; it is asked while they run and
    /// must not throw. An empty one: they run to their end.
    void interrupt_when(std::function<bool()> over);
    bool in_transaction() const;
    bool read_only() const;
    const std::filesystem::path& path() const;
    sqlite3* handle() const;
    Connection& connection() const;
    /// The arguments of the last call of rhumb_keep(...), which is always true: in the WHERE of an
    /// UPDATE or DELETE it keeps the columns of the row as they were. For our own statements only.
    const std::vector<Value>& kept() const;

private:
    friend class SilencedTriggers;
    struct State;
    explicit Database(std::unique_ptr<State> state);
    static Database open_uri(const std::filesystem::path& path, const std::string& name, int flags);

    std::unique_ptr<State> state_;
};

/// While alive, statements prepared on the connection leave out the INSERTs that triggers with
/// these names would make, and their condition, if it asks for rhumb_relationship.composite, is
/// not met. SQLite decides that when it compiles a statement, so a silenced
/// statement must also be run inside such a scope: it may be compiled again there.
///
/// This is how the library, which knows the columns it writes, logs an edit more cheaply than a
/// trigger can, while every other program on the file is still tracked by the triggers.
class SilencedTriggers {
public:
    using Names = std::vector<std::string>;
    SilencedTriggers(Database& database, const Names& names);
    SilencedTriggers(const SilencedTriggers&) = delete;
    SilencedTriggers& operator=(const SilencedTriggers&) = delete;
    ~SilencedTriggers();

private:
    Database& database_;
    const Names* outer_;
};

}  // namespace rhumb::geodb::sqlite
