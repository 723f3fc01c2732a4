// SPDX-License-Identifier: Apache-2.0
#include "geodb/sqlite/statement.hpp"

#include "geodb/geometry/predicates.hpp"
#include "geodb/sqlite/connection.hpp"
#include "geodb/sqlite/read_value.hpp"
#include "geodb/sqlite/row_source.hpp"
#include "geodb/sqlite/spatial_functions.hpp"
#include "geodb/sqlite/sqlite_error.hpp"
#include "platform/text.hpp"

#include <sqlite3.h>
#include <utility>

namespace rhumb::geodb::sqlite {
namespace {

constexpr std::size_t kShownSqlBytes = 200;  // enough of a failing statement to know it by

/// An empty blob or text must not be taken for NULL.
const void* or_empty(const void* bytes) {
    return bytes != nullptr ? bytes : "";
}

// SQLITE_TRANSIENT is a C cast in SQLite's header.
const auto kCopy = reinterpret_cast<sqlite3_destructor_type>(-1);

}  // namespace

Statement::Statement(Database& database, std::string_view sql)
    : Statement(database.connection(), sql, 0u, Triggers::Fire) {}

Statement::Statement(Database& database, std::string_view sql, KeptTag)
    : Statement(database.connection(), sql, Kept) {}

Statement::Statement(Connection& connection, std::string_view sql, KeptTag)
    : Statement(connection, sql, unsigned{SQLITE_PREPARE_PERSISTENT}, Triggers::Fire) {}

Statement::Statement(Connection& connection, std::string_view sql, KeptBareTag)
    : Statement(connection, sql, unsigned{SQLITE_PREPARE_PERSISTENT}, Triggers::Rest) {}

Statement::Statement(Connection& connection, std::string_view sql, unsigned flags,
                     Triggers triggers)
    : connection_(&connection), triggers_(triggers) {
    if (triggers == Triggers::Rest) connection_->let_triggers_fire(false);
    connection_->writes_tables = false;
    const int code = sqlite3_prepare_v3(connection_->handle, sql.data(),
                                        static_cast<int>(sql.size()), flags, &handle_, nullptr);
    if (code != SQLITE_OK) {
        throw_sqlite_error(connection_->handle, code,
                           "cannot prepare «" + excerpt(sql, kShownSqlBytes) + "»");
    }
    if (triggers == Triggers::Fire && !connection_->writes_tables) triggers_ = Triggers::None;
}

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      handle_(std::exchange(other.handle_, nullptr)),
      triggers_(other.triggers_),
      running_(other.running_) {}

Statement::~Statement() {
    sqlite3_finalize(handle_);
}

void Statement::check_bound(int code, int parameter) {
    if (code == SQLITE_OK) return;
    throw_sqlite_error(connection_->handle, code,
                       "cannot bind parameter " + std::to_string(parameter));
}

Statement& Statement::bind(int parameter, std::int64_t value) {
    check_bound(sqlite3_bind_int64(handle_, parameter, value), parameter);
    return *this;
}

Statement& Statement::bind(int parameter, double value) {
    check_bound(sqlite3_bind_double(handle_, parameter, value), parameter);
    return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
    check_bound(
        sqlite3_bind_text64(handle_, parameter, static_cast<const char*>(or_empty(text.data())),
                            text.size(), kCopy, SQLITE_UTF8),
        parameter);
    return *this;
}

Statement& Statement::bind(int parameter, std::span<const std::uint8_t> blob) {
    check_bound(sqlite3_bind_blob64(handle_, parameter, or_empty(blob.data()), blob.size(), kCopy),
                parameter);
    return *this;
}

Statement& Statement::bind_null(int parameter) {
    check_bound(sqlite3_bind_null(handle_, parameter), parameter);
    return *this;
}

Statement& Statement::bind(int parameter, const Value& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return bind(parameter, *whole);
    if (const auto* real = std::get_if<double>(&value)) return bind(parameter, *real);
    if (const auto* text = std::get_if<std::string>(&value)) {
        return bind(parameter, std::string_view(*text));
    }
    if (const auto* blob = std::get_if<Blob>(&value)) {
        return bind(parameter, std::span<const std::uint8_t>(*blob));
    }
    return bind_null(parameter);
}

Statement& Statement::bind_borrowed(int parameter, const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        check_bound(sqlite3_bind_text64(handle_, parameter, text->data(), text->size(),
                                        SQLITE_STATIC, SQLITE_UTF8),
                    parameter);
        return *this;
    }
    if (const auto* blob = std::get_if<Blob>(&value)) {
        return bind_borrowed(parameter, std::span<const std::uint8_t>(*blob));
    }
    return bind(parameter, value);
}

Statement& Statement::bind_borrowed(int parameter, std::span<const std::uint8_t> blob) {
    check_bound(
        sqlite3_bind_blob64(handle_, parameter, or_empty(blob.data()), blob.size(), SQLITE_STATIC),
        parameter);
    return *this;
}

Statement& Statement::bind_filter(int parameter, const SpatialFilter& filter) {
    // SQLite takes a mutable pointer; the function only reads through it.
    auto* pointer = const_cast<SpatialFilter*>(&filter);
    check_bound(sqlite3_bind_pointer(handle_, parameter, pointer, kFilterPointerType, nullptr),
                parameter);
    return *this;
}

Statement& Statement::bind_rows(int parameter, RowSource& rows) {
    check_bound(sqlite3_bind_pointer(handle_, parameter, &rows, kRowSourcePointerType, nullptr),
                parameter);
    return *this;
}

bool Statement::step() {
    if (!running_ && triggers_ != Triggers::None) {
        connection_->let_triggers_fire(triggers_ == Triggers::Fire);
    }
    const int code = sqlite3_step(handle_);
    running_ = code == SQLITE_ROW;
    if (running_) return true;
    if (code == SQLITE_DONE) return false;
    try {
        throw_sqlite_error(connection_->handle, code, "SQL failed");
    } catch (...) {
        sqlite3_reset(handle_);  // a failed statement must not keep its locks
        throw;
    }
}

void Statement::run() {
    while (step()) {
    }
    reset();
}

void Statement::reset() {
    running_ = false;
    sqlite3_reset(handle_);
    sqlite3_clear_bindings(handle_);
}

int Statement::recompilations() const {
    return sqlite3_stmt_status(handle_, SQLITE_STMTSTATUS_REPREPARE, 0);
}

int Statement::column_count() const {
    return sqlite3_column_count(handle_);
}

Statement::ColumnType Statement::column_type(int column) const {
    switch (sqlite3_column_type(handle_, column)) {
        case SQLITE_INTEGER:
            return ColumnType::Integer;
        case SQLITE_FLOAT:
            return ColumnType::Real;
        case SQLITE_TEXT:
            return ColumnType::Text;
        case SQLITE_BLOB:
            return ColumnType::Blob;
        default:
            return ColumnType::Null;
    }
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

std::int64_t Statement::column_int64(int column) const {
    return sqlite3_column_int64(handle_, column);
}

double Statement::column_double(int column) const {
    return sqlite3_column_double(handle_, column);
}

std::string_view Statement::column_text(int column) const {
    const auto* text = sqlite3_column_text(handle_, column);
    if (text == nullptr) return {};
    return {reinterpret_cast<const char*>(text),
            static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::span<const std::uint8_t> Statement::column_blob(int column) const {
    const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_, column));
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

Value Statement::column_value(int column) const {
    Value value;
    read_column(column, value);
    return value;
}

void Statement::read_column(int column, Value& value) const {
    // Of a connection opened with NOMUTEX a column's value may be asked directly, which spares
    // three walks through the statement.
    read_value(sqlite3_column_value(handle_, column), value);
}

bool Statement::read_other(int column, int than, Value& value) const {
    sqlite3_value* const stored = sqlite3_column_value(handle_, column);
    if (same_value(stored, sqlite3_column_value(handle_, than))) return false;
    read_value(stored, value);
    return true;
}

}  // namespace rhumb::geodb::sqlite
