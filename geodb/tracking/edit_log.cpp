// SPDX-License-Identifier: Apache-2.0
#include "geodb/tracking/edit_log.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/global_id_sql.hpp"

#include <numeric>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;

/// Edits made now belong to the generation after the last closed one.
constexpr const char* kOpenGeneration = "(SELECT max(generation) + 1 FROM rhumb_changeset)";

constexpr std::size_t kLastFieldWithBit = 61;  // bit 63 is the sign, bit 0 the geometry

std::string trigger_name(const Layer& layer, const char* event) {
    return "rhumb_track_" + std::to_string(layer.id.value) + "_" + event;
}

/// The unique keys of the table besides object id and GlobalID, as lists of columns. Those on
/// expressions or on a part of the rows are left out: looking for their rows would cost a scan.
std::vector<std::vector<std::string>> other_unique_keys(sqlite::Database& database,
                                                        const Layer& layer) {
    std::vector<std::vector<std::string>> keys;
    std::string last;
    sqlite::Statement columns(database,
                              "SELECT l.name, i.name FROM pragma_index_list(?1) l, "
                              "pragma_index_info(l.name) i WHERE l.\"unique\" AND NOT l.partial "
                              "AND NOT EXISTS (SELECT 1 FROM pragma_index_info(l.name) e WHERE "
                              "e.name IS NULL) ORDER BY l.seq, i.seqno");
    columns.bind(1, layer.table);
    while (columns.step()) {
        if (keys.empty() || last != columns.column_text(0)) keys.emplace_back();
        last = columns.column_text(0);
        keys.back().emplace_back(columns.column_text(1));
    }
    std::erase(keys, std::vector{layer.global_id_column});
    return keys;
}

/// SQL of the log of one layer, for triggers.
struct LogSql {
    const Layer& layer;
    std::vector<std::vector<std::string>> unique_keys;
    std::string table = quoted_name(layer.table);
    std::string fid = quoted_name(layer.fid_column);
    std::string id = quoted_name(layer.global_id_column);
    std::vector<std::size_t> columns = all_columns(layer);

    std::string into() const {
        std::string sql =
            "INSERT INTO " + edit_table(layer.id) + " (generation, fid, existed, known";
        for (const std::size_t column : columns) sql += ", " + old_column(layer, column);
        return sql + ")";
    }
    /// `prefix` is "OLD." or empty.
    std::string values(const std::string& prefix) const {
        std::string sql = std::string(kOpenGeneration) + ", " + prefix + fid + ", 1, -1";
        for (const std::size_t column : columns) {
            sql += ", " + prefix + quoted_name(layer.column_name(column));
        }
        return sql;
    }
    std::string row_before() const {
        return into() + " VALUES (" + values("OLD.") + ")" + on_earlier_edit(layer, columns) + ";";
    }
    /// Logs that the row of this object id is new, unless one was there before.
    std::string made(const std::string& new_fid, const std::string& where = "true") const {
        return "INSERT INTO " + edit_table(layer.id) +
               " (generation, fid, existed, known) SELECT " + kOpenGeneration + ", " + new_fid +
               ", 0, 0 WHERE " + where + " ON CONFLICT DO NOTHING;";
    }
    /// Logs the rows that share a key with NEW: OR REPLACE removes them, and no trigger fires for
    /// that. Logging a row that then stays does no harm.
    std::string rows_replaced() const {
        std::string sql = into() + " SELECT " + values("") + " FROM " + table + " WHERE " + fid +
                          " = NEW." + fid + " OR " + id + " = " + canonical_guid("NEW." + id);
        for (const std::vector<std::string>& key : unique_keys) {
            std::string same;
            for (const std::string& column : key) {
                const std::string name = quoted_name(column);
                same += (same.empty() ? "" : " AND ") + name + " = NEW." + name;
            }
            sql += " OR (" + same + ")";
        }
        return sql + on_earlier_edit(layer, columns) + ";";
    }
    /// Whether an update moves a row to other keys.
    std::string changes_keys() const {
        std::string sql = "OLD." + fid + " IS NOT NEW." + fid;
        for (const std::vector<std::string>& key : unique_keys) {
            for (const std::string& column : key) {
                const std::string name = quoted_name(column);
                sql += " OR OLD." + name + " IS NOT NEW." + name;
            }
        }
        return sql;
    }
    /// The object id of a row before it is inserted. SQLite shows -1 when it is going to choose,
    /// and then takes the next after all that are, or with AUTOINCREMENT ever were, in the table.
    std::string coming_fid(bool has_sequence) const {
        std::string last = "ifnull((SELECT max(" + fid + ") FROM " + table + "), 0)";
        if (has_sequence) {
            last = "max(" + last + ", ifnull((SELECT seq FROM sqlite_sequence WHERE name = " +
                   sqlite::literal(layer.table) + "), 0))";
        }
        return "CASE NEW." + fid + " WHEN -1 THEN " + last + " + 1 ELSE NEW." + fid + " END";
    }
};

void create_trigger(sqlite::Database& database, const Layer& layer, const char* event,
                    const std::string& when, const std::string& body) {
    database.execute("CREATE TRIGGER " + quoted_name(trigger_name(layer, event)) + " " + when +
                     " BEGIN " + body + " END");
}

void create_identity_triggers(sqlite::Database& database, const Layer& layer, const LogSql& log) {
    const std::string& table = log.table;
    const std::string& column = log.id;
    const std::string this_row = " WHERE " + log.fid + " = NEW." + log.fid;
    create_trigger(
        database, layer, "identity",
        "AFTER INSERT ON " + table + " WHEN NEW." + column + " IS NULL OR NOT " +
            is_canonical_guid("NEW." + column),
        log.made("NEW." + log.fid) +
            " SELECT RAISE(ABORT, 'rhumb: the GlobalID of a feature must be a UUID') WHERE NEW." +
            column + " IS NOT NULL AND NOT " + is_guid("NEW." + column) + "; UPDATE " + table +
            " SET " + column + " = CASE WHEN " + column + " IS NULL THEN " + random_guid() +
            " ELSE " + canonical_guid(column) + " END" + this_row + ";" +
            // Under OR IGNORE the update above gives way to a row that has this GlobalID already.
            " SELECT RAISE(ABORT, 'rhumb: a feature with this GlobalID is there already') FROM " +
            table + this_row + " AND NOT " + is_canonical_guid(column) + ";");
    create_trigger(database, layer, "keep_identity",
                   "BEFORE UPDATE OF " + column + " ON " + table + " WHEN OLD." + column +
                       " IS NOT NULL AND NEW." + column + " IS NOT OLD." + column + " AND NEW." +
                       column + " IS NOT " + canonical_guid("OLD." + column),
                   "SELECT RAISE(ABORT, 'rhumb: the GlobalID of a feature cannot be changed');");
}

}  // namespace

std::int64_t known_bit(const Layer& layer, std::size_t column) {
    if (layer.geometry && column == layer.geometry_index()) return 1;
    if (column > kLastFieldWithBit) return kAllColumns;
    return std::int64_t{1} << (column + 1);
}

std::string edit_table(LayerId layer) {
    return "rhumb_edit_" + std::to_string(layer.value);
}

std::string old_column(const Layer& layer, std::size_t column) {
    return quoted_name("old_" + layer.column_name(column));
}

std::vector<std::size_t> all_columns(const Layer& layer) {
    std::vector<std::size_t> columns(layer.column_count());
    std::iota(columns.begin(), columns.end(), std::size_t{0});
    return columns;
}

std::string on_earlier_edit(const Layer& layer, const std::vector<std::size_t>& columns) {
    std::string sql = " ON CONFLICT (generation, fid) DO UPDATE SET known = known | excluded.known";
    for (const std::size_t column : columns) {
        const std::string old = old_column(layer, column);
        sql += ", " + old + " = CASE WHEN known & " + std::to_string(known_bit(layer, column)) +
               " THEN " + old + " ELSE excluded." + old + " END";
    }
    return sql + " WHERE existed = 1 AND known & excluded.known <> excluded.known";
}

std::vector<std::string> tracking_triggers(const Layer& layer) {
    return {trigger_name(layer, "insert"), trigger_name(layer, "update"),
            trigger_name(layer, "delete"), trigger_name(layer, "replace"),
            trigger_name(layer, "renumber")};
}

void drop_tracking_triggers(sqlite::Database& database, const Layer& layer) {
    std::vector<std::string> names = tracking_triggers(layer);
    names.push_back(trigger_name(layer, "identity"));
    names.push_back(trigger_name(layer, "keep_identity"));
    for (const std::string& name : names) {
        database.execute("DROP TRIGGER IF EXISTS " + quoted_name(name));
    }
}

void create_tracking(sqlite::Database& database, const Layer& layer) {
    const LogSql log{layer, other_unique_keys(database, layer)};
    std::string table = "CREATE TABLE " + edit_table(layer.id) +
                        " (generation INTEGER NOT NULL, fid INTEGER NOT NULL, "
                        "existed INTEGER NOT NULL, known INTEGER NOT NULL";
    for (const std::size_t column : log.columns) table += ", " + old_column(layer, column);
    database.execute(table + ", PRIMARY KEY (generation, fid)) WITHOUT ROWID");

    // All log BEFORE: a trigger of the users' own may run first among those AFTER, edit the same
    // row again, and what would then be logged is not the row before.
    const std::string& name = log.table;
    const std::string coming_fid = log.coming_fid(database.has_table("sqlite_sequence"));
    create_trigger(database, layer, "insert", "AFTER INSERT ON " + name,
                   log.made("NEW." + log.fid));
    create_trigger(database, layer, "update", "BEFORE UPDATE ON " + name, log.row_before());
    create_trigger(database, layer, "delete", "BEFORE DELETE ON " + name, log.row_before());
    create_trigger(database, layer, "replace", "BEFORE INSERT ON " + name,
                   log.rows_replaced() + log.made(coming_fid));
    create_trigger(database, layer, "renumber",
                   "BEFORE UPDATE ON " + name + " WHEN " + log.changes_keys(),
                   log.rows_replaced() +
                       log.made("NEW." + log.fid, "NEW." + log.fid + " IS NOT OLD." + log.fid));
    create_identity_triggers(database, layer, log);
}

}  // namespace rhumb::geodb
