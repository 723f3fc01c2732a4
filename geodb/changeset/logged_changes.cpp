// SPDX-License-Identifier: Apache-2.0
#include "geodb/changeset/logged_changes.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "platform/text.hpp"

#include <string>
#include <vector>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;
using sqlite::Statement;

/// The columns of the table in its own order, and where the layer counts them.
struct TableColumns {
    static constexpr std::size_t kFid = static_cast<std::size_t>(-1);
    static constexpr std::size_t kUntracked = static_cast<std::size_t>(-2);
    std::vector<std::size_t> places;
};

std::size_t place_of(const Layer& layer, std::string_view column) {
    if (equal_ignoring_case(column, layer.fid_column)) return TableColumns::kFid;
    for (std::size_t i = 0; i < layer.column_count(); ++i) {
        if (equal_ignoring_case(column, layer.column_name(i))) return i;
    }
    return TableColumns::kUntracked;
}

TableColumns table_columns(sqlite::Database& database, const Layer& layer) {
    Statement rows(database, "SELECT name FROM pragma_table_info(?1) ORDER BY cid");
    rows.bind(1, layer.table);
    TableColumns columns;
    while (rows.step()) columns.places.push_back(place_of(layer, rows.column_text(0)));
    return columns;
}

/// generation's entries, each with the row now: fid, existed, known, old values, fid now, values.
std::string joined_sql(const Layer& layer) {
    std::string sql = "SELECT e.fid, e.existed, e.known";
    for (std::size_t i = 0; i < layer.column_count(); ++i) sql += ", e." + old_column(layer, i);
    sql += ", t." + quoted_name(layer.fid_column);
    for (std::size_t i = 0; i < layer.column_count(); ++i) {
        sql += ", t." + quoted_name(layer.column_name(i));
    }
    return sql + " FROM " + edit_table(layer.id) + " e LEFT JOIN " + quoted_name(layer.table) +
           " t ON t." + quoted_name(layer.fid_column) + " = e.fid WHERE e.generation = ?1 " +
           "ORDER BY e.fid";
}

/// Reads one joined row.
class LoggedRow {
public:
    LoggedRow(const Layer& layer, const Statement& row) : layer_(layer), row_(row) {}

    bool existed() const { return row_.column_int64(1) != 0; }
    bool exists() const { return !row_.is_null(first_now() - 1); }
    ToldValue fid() const { return Value(row_.column_int64(0)); }
    ToldValue before(std::size_t column) const {
        const bool known = (row_.column_int64(2) & known_bit(layer_, column)) != 0;
        return known ? row_.column_value(kFirstOld + static_cast<int>(column)) : after(column);
    }
    ToldValue after(std::size_t column) const {
        return row_.column_value(first_now() + static_cast<int>(column));
    }

private:
    static constexpr int kFirstOld = 3;
    int first_now() const { return kFirstOld + static_cast<int>(layer_.column_count()) + 1; }

    const Layer& layer_;
    const Statement& row_;
};

std::vector<ToldValue> whole_row(const LoggedRow& row, const TableColumns& columns, bool before) {
    std::vector<ToldValue> record;
    for (const std::size_t place : columns.places) {
        if (place == TableColumns::kFid) {
            record.push_back(row.fid());
        } else if (place == TableColumns::kUntracked) {
            record.emplace_back(Null{});
        } else {
            record.push_back(before ? row.before(place) : row.after(place));
        }
    }
    return record;
}

/// False when nothing differs.
bool fill_update(const LoggedRow& row, const TableColumns& columns, Change& change) {
    bool differs = false;
    for (const std::size_t place : columns.places) {
        if (place == TableColumns::kFid) change.old.push_back(row.fid());
        ToldValue before, after;
        if (place < TableColumns::kUntracked) {
            before = row.before(place);
            after = row.after(place);
            if (before == after) {
                before.reset();
                after.reset();
            }
            differs = differs || after.has_value();
        }
        if (place != TableColumns::kFid) change.old.push_back(std::move(before));
        change.now.push_back(std::move(after));
    }
    return differs;
}

/// False when the row is at the end what it was at the start.
bool fill_change(const LoggedRow& row, const TableColumns& columns, Change& change) {
    change.old.clear();
    change.now.clear();
    if (row.existed() && row.exists()) {
        change.kind = Change::Kind::Update;
        return fill_update(row, columns, change);
    }
    if (row.exists()) {
        change.kind = Change::Kind::Insert;
        change.now = whole_row(row, columns, false);
        return true;
    }
    if (!row.existed()) return false;
    change.kind = Change::Kind::Delete;
    change.old = whole_row(row, columns, true);
    return true;
}

}  // namespace

ChangedTable changed_table(sqlite::Database& database, const Layer& layer) {
    ChangedTable table{layer.table, {}};
    for (const std::size_t place : table_columns(database, layer).places) {
        table.primary_key.push_back(place == TableColumns::kFid);
    }
    return table;
}

void each_logged_change(sqlite::Database& database, const Layer& layer, Generation generation,
                        const std::function<void(const Change&)>& on_change) {
    const TableColumns columns = table_columns(database, layer);
    Statement rows(database, joined_sql(layer));
    rows.bind(1, generation.value);
    Change change;
    while (rows.step()) {
        if (fill_change(LoggedRow(layer, rows), columns, change)) on_change(change);
    }
}

}  // namespace rhumb::geodb
