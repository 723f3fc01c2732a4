// SPDX-License-Identifier: Apache-2.0
#include "geodb/tracking/edit_log.hpp"

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

struct LogSql {
    const Layer& layer;
    std::vector<std::size_t> columns = all_columns(layer);

    std::string into() const {
        std::string sql = "INSERT INTO " + edit_table(layer.id) + " (generation, fid, existed, known";
        for (const std::size_t column : columns) sql += ", " + old_column(layer, column);
        return sql + ")";
    }
    /// `prefix` is "OLD." or empty.
    std::string values(const std::string& prefix) const {
        std::string sql = std::string(kOpenGeneration) + ", " + prefix +
                          quoted_name(layer.fid_column) + ", 1, -1";
        for (const std::size_t column : columns) {
            sql += ", " + prefix + quoted_name(layer.column_name(column));
        }
        return sql;
    }
    std::string row_before() const {
        return into() + " VALUES (" + values("OLD.") + ")" + on_earlier_edit(layer, columns) + ";";
    }
    std::string made_now() const {
        return "INSERT INTO " + edit_table(layer.id) +
               " (generation, fid, existed, known) VALUES (" + kOpenGeneration + ", NEW." +
               quoted_name(layer.fid_column) + ", 0, 0) ON CONFLICT DO NOTHING;";
    }
    /// The rows that INSERT OR REPLACE is about to remove; no delete trigger fires for them.
    std::string rows_replaced() const {
        return into() + " SELECT " + values("") + " FROM " + quoted_name(layer.table) + " WHERE " +
               quoted_name(layer.fid_column) + " = NEW." + quoted_name(layer.fid_column) + " OR " +
               quoted_name(layer.global_id_column) + " = NEW." + quoted_name(layer.global_id_column) +
               on_earlier_edit(layer, columns) + ";";
    }
};

void create_trigger(sqlite::Database& database, const Layer& layer, const char* event,
                    const std::string& when, const std::string& body) {
    database.execute("CREATE TRIGGER " + quoted_name(trigger_name(layer, event)) + " " + when +
                     " BEGIN " + body + " END");
}

void create_identity_triggers(sqlite::Database& database, const Layer& layer, const LogSql& log) {
    const std::string table = quoted_name(layer.table);
    const std::string column = quoted_name(layer.global_id_column);
    const std::string fid = quoted_name(layer.fid_column);
    create_trigger(
        database, layer, "identity",
        "AFTER INSERT ON " + table + " WHEN NEW." + column + " IS NULL OR NOT " +
            is_canonical_guid("NEW." + column),
        log.made_now() + " SELECT RAISE(ABORT, 'rhumb: the GlobalID of a feature must be a UUID')"
            " WHERE NEW." + column + " IS NOT NULL AND NOT " + is_guid("NEW." + column) +
            "; UPDATE " + table + " SET " + column + " = CASE WHEN " + column + " IS NULL THEN " +
            random_guid() + " ELSE " + canonical_guid(column) + " END WHERE " + fid + " = NEW." +
            fid + ";");
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

std::string edit_table(LayerId layer) { return "rhumb_edit_" + std::to_string(layer.value); }

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

void create_tracking(sqlite::Database& database, const Layer& layer) {
    const LogSql log{layer};
    std::string table = "CREATE TABLE " + edit_table(layer.id) +
                        " (generation INTEGER NOT NULL, fid INTEGER NOT NULL, "
                        "existed INTEGER NOT NULL, known INTEGER NOT NULL";
    for (const std::size_t column : log.columns) table += ", " + old_column(layer, column);
    database.execute(table + ", PRIMARY KEY (generation, fid)) WITHOUT ROWID");

    const std::string name = quoted_name(layer.table);
    const std::string fid = quoted_name(layer.fid_column);
    create_trigger(database, layer, "insert", "AFTER INSERT ON " + name, log.made_now());
    create_trigger(database, layer, "update", "AFTER UPDATE ON " + name, log.row_before());
    create_trigger(database, layer, "delete", "AFTER DELETE ON " + name, log.row_before());
    create_trigger(database, layer, "replace", "BEFORE INSERT ON " + name, log.rows_replaced());
    create_trigger(database, layer, "renumber",
                   "AFTER UPDATE ON " + name + " WHEN OLD." + fid + " IS NOT NEW." + fid,
                   log.made_now());
    create_identity_triggers(database, layer, log);
}

}  // namespace rhumb::geodb
