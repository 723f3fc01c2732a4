// SPDX-License-Identifier: Apache-2.0
//
// One prepared statement. Values are bound, never pasted into the text.

#pragma once

#include "geodb/sqlite/database.hpp"
#include "geodb/value.hpp"

#include <cstdint>
#include <span>
#include <string_view>

struct sqlite3_stmt;

namespace rhumb::geodb {
class SpatialFilter;
}

namespace rhumb::geodb::sqlite {
struct Connection;
class RowSource;

/// Parameters count from 1, columns from 0, as in SQLite. The Database outlives it.
class Statement {
public:
    enum KeptTag { Kept };  // tells SQLite that the statement lives long
    /// The same for one that must not fire the triggers in the file. It is for those who do the
    /// triggers' work themselves. All other statements fire them.
    enum KeptBareTag { KeptBare };
    Statement(Database& database, std::string_view sql);
    Statement(Database& database, std::string_view sql, KeptTag);
    Statement(Connection& connection, std::string_view sql, KeptTag);
    Statement(Connection& connection, std::string_view sql, KeptBareTag);
    Statement(Statement&&) noexcept;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    Statement& bind(int parameter, std::int64_t value);
    Statement& bind(int parameter, int value) { return bind(parameter, std::int64_t{value}); }
    Statement& bind(int parameter, double value);
    /// The text is copied.
    Statement& bind(int parameter, std::string_view text);
    Statement& bind(int parameter, const std::string& text) {
        return bind(parameter, std::string_view(text));
    }
    Statement& bind(int parameter, const char* text) {
        return bind(parameter, std::string_view(text));
    }
    Statement& bind(int parameter, std::span<const std::uint8_t> blob);
    Statement& bind(int parameter, const Value& value);
    Statement& bind_null(int parameter);
    /// The same without copying: `value` must stay as it is until the statement is reset.
    Statement& bind_borrowed(int parameter, const Value& value);
    Statement& bind_borrowed(int parameter, std::span<const std::uint8_t> blob);
    /// Hands a filter to the SQL function rhumb_matches(geometry, ?). It must outlive the run.
    Statement& bind_filter(int parameter, const SpatialFilter& filter);
    /// Hands rows to the table rhumb_rows(?). They must outlive the run.
    Statement& bind_rows(int parameter, RowSource& rows);

    /// True when there is a row to read.
    bool step();
    /// Steps to the end and resets; for statements whose rows nobody wants.
    void run();
    /// Back to the start, all parameters NULL.
    void reset();

    /// How often SQLite had to compile it again, because tables or triggers changed under it.
    int recompilations() const;

    enum class ColumnType { Null, Integer, Real, Text, Blob };
    int column_count() const;
    ColumnType column_type(int column) const;
    bool is_null(int column) const;
    std::int64_t column_int64(int column) const;
    double column_double(int column) const;
    /// Valid until the next step, reset or read of the same column in another form.
    std::string_view column_text(int column) const;
    std::span<const std::uint8_t> column_blob(int column) const;
    Value column_value(int column) const;
    /// The same into `value`, whose memory is used again where it can be.
    void read_column(int column, Value& value) const;
    /// The same, unless another column holds the same, as Values are compared; whether it was read.
    bool read_other(int column, int than, Value& value) const;

private:
    /// What a statement expects of the triggers in the file; None: there are none that matter.
    enum class Triggers : std::uint8_t { Fire, Rest, None };
    Statement(Connection& connection, std::string_view sql, unsigned flags, Triggers triggers);
    void check_bound(int code, int parameter);

    Connection* connection_;
    sqlite3_stmt* handle_ = nullptr;
    Triggers triggers_;
    bool running_ = false;
};

}  // namespace rhumb::geodb::sqlite
