// SPDX-License-Identifier: Apache-2.0
#include "geodb/catalog/layer_triggers.hpp"

#include "geodb/rtree/rtree_index.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace rhumb::geodb {
namespace {

/// Which tables an edit of a table reaches by foreign keys with an action: parent to children.
using Cascades = std::multimap<std::string, std::string>;

Cascades read_cascades(sqlite::Database& database) {
    Cascades cascades;
    sqlite::Statement rows(database,
                           "SELECT lower(f.\"table\"), lower(m.name) FROM sqlite_schema m, "
                           "pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND "
                           "(f.on_delete NOT IN ('NO ACTION', 'RESTRICT') OR "
                           "f.on_update NOT IN ('NO ACTION', 'RESTRICT'))");
    while (rows.step()) cascades.emplace(rows.column_text(0), rows.column_text(1));
    return cascades;
}

/// Ours that take attachments or children along with a deleted feature. In lower case.
bool goes_along(std::string_view name) {
    return name.starts_with("rhumb_children_") ||
           (name.starts_with("rhumb_track_") && name.ends_with("_attachments"));
}

/// Names of the triggers of a table that do not track, in lower case. `table` in lower case.
std::set<std::string> triggers_beside_tracking(sqlite::Database& database,
                                               const std::string& table) {
    std::set<std::string> names;
    sqlite::Statement rows(database,
                           "SELECT lower(name) FROM sqlite_schema WHERE type = 'trigger' AND "
                           "lower(tbl_name) = ?1");
    rows.bind(1, table);
    while (rows.step()) {
        const std::string_view name = rows.column_text(0);
        if (!name.starts_with("rhumb_track_") || goes_along(name)) names.emplace(name);
    }
    return names;
}

/// Triggers that are neither ours nor the R-tree's nor GDAL's row count. `table` in lower case.
bool has_users_triggers(sqlite::Database& database, const std::string& table) {
    const std::set<std::string> names = triggers_beside_tracking(database, table);
    return std::any_of(names.begin(), names.end(), [&table](const std::string& name) {
        return !goes_along(name) && !name.starts_with("rtree_" + table + "_") &&
               name != "trigger_insert_feature_count_" + table &&
               name != "trigger_delete_feature_count_" + table;
    });
}

/// Whether an edit of the table can edit further rows of it, here or by way of other tables.
bool has_foreign_triggers(sqlite::Database& database, const std::string& table,
                          const Cascades& cascades) {
    std::vector<std::string> reached{lowered(table)};
    for (std::size_t i = 0; i < reached.size(); ++i) {
        if (has_users_triggers(database, reached[i])) return true;
        const auto [begin, end] = cascades.equal_range(reached[i]);
        for (auto child = begin; child != end; ++child) {
            if (child->second == reached.front()) return true;
            const bool is_new =
                std::find(reached.begin(), reached.end(), child->second) == reached.end();
            if (is_new) reached.push_back(child->second);
        }
    }
    return false;
}

/// Takes a name out; whether it was there.
bool take(std::set<std::string>& names, const std::string& name) {
    return names.erase(lowered(name)) > 0;
}

/// Told by the names that the standard and GDAL give; nullopt when the table has a trigger that
/// may do anything else, or only some of those that belong together.
std::optional<TriggerDuties> duties_of(sqlite::Database& database, const Layer& layer) {
    std::set<std::string> names = triggers_beside_tracking(database, lowered(layer.table));
    TriggerDuties duties;
    duties.deletes_fire = std::erase_if(names, goes_along) > 0;
    const bool counts_inserts = take(names, "trigger_insert_feature_count_" + layer.table);
    const bool counts_deletes = take(names, "trigger_delete_feature_count_" + layer.table);
    duties.row_count = counts_inserts && counts_deletes;
    if (counts_inserts != counts_deletes) return std::nullopt;
    if (layer.geometry) {
        const std::string tree = rtree_table({layer.table, layer.fid_column, layer.geometry->name});
        const bool inserts = take(names, tree + "_insert");
        const bool deletes = take(names, tree + "_delete");
        bool updates = false;
        // GeoPackage 1.4 has numbers up to 7, earlier versions up to 4.
        for (const char number : {'1', '2', '3', '4', '5', '6', '7'}) {
            updates = take(names, tree + "_update" + number) || updates;
        }
        duties.rtree = inserts && deletes && updates;
        if (inserts != deletes || inserts != updates) return std::nullopt;
    }
    if (!names.empty()) return std::nullopt;
    return duties;
}

/// Triggers on tables that are written along with an edit: ours, GDAL's counts.
bool has_triggers_on_records(sqlite::Database& database) {
    return database
        .int64_of(
            "SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND "
            "lower(name) NOT LIKE 'rhumb\\_%' ESCAPE '\\' AND "
            "(lower(tbl_name) LIKE 'rhumb\\_%' ESCAPE '\\' OR "
            "lower(tbl_name) = 'gpkg_ogr_contents') LIMIT 1")
        .has_value();
}

}  // namespace

void read_triggers(sqlite::Database& database, std::vector<Layer>& layers) {
    const Cascades cascades = read_cascades(database);
    for (Layer& layer : layers) {
        layer.has_foreign_triggers = has_foreign_triggers(database, layer.table, cascades);
    }
    const bool spread = std::any_of(layers.begin(), layers.end(), [&](const Layer& layer) {
        return layer.has_foreign_triggers || cascades.count(lowered(layer.table)) > 0;
    });
    const bool all_fire = spread || has_triggers_on_records(database);
    for (Layer& layer : layers) {
        layer.edits_may_spread = spread;
        layer.duties = all_fire ? std::nullopt : duties_of(database, layer);
    }
}

std::string schema_fingerprint(sqlite::Database& database) {
    return database
        .text_of(
            "SELECT group_concat(name || tbl_name || ifnull(sql, ''), char(10)) FROM "
            "(SELECT name, tbl_name, sql FROM sqlite_schema ORDER BY rowid)")
        .value_or("");
}

}  // namespace rhumb::geodb
