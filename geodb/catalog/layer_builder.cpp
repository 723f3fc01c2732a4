// SPDX-License-Identifier: Apache-2.0
#include "geodb/catalog/layer_builder.hpp"

#include "geodb/catalog/field_facts.hpp"
#include "geodb/catalog/gpkg_file.hpp"
#include "geodb/catalog/layer_reader.hpp"
#include "geodb/column_types.hpp"
#include "geodb/rtree/rtree_extent.hpp"
#include "geodb/rtree/rtree_index.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "geodb/tracking/global_id_sql.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"

#include <cmath>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;

constexpr std::size_t kShownNameBytes = 80;  // of a refused name, in the message

std::string table_ddl(const Layer& layer) {
    std::string sql = "CREATE TABLE " + quoted_name(layer.table) + " (" +
                      quoted_name(layer.fid_column) + " INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL";
    if (layer.geometry) {
        sql += ", " + quoted_name(layer.geometry->name) + " " +
               std::string(gpkg_geometry_name(layer.geometry->type));
    }
    for (const Field& field : layer.fields) {
        sql += ", " + quoted_name(field.name) + " " + type_declaration(field.type, field.length);
        // A GlobalID may be missing for a moment: a trigger gives one to rows of other programs.
        if (!field.nullable && field.type != FieldType::GlobalId) sql += " NOT NULL";
        if (field.default_sql) sql += " DEFAULT " + *field.default_sql;
    }
    return sql + ")";
}

bool has_column(const Layer& table, const std::string& name) {
    return table.find_field(name) || equal_ignoring_case(name, table.fid_column) ||
           (table.geometry && equal_ignoring_case(name, table.geometry->name));
}

void check_global_ids_are_uuids(sqlite::Database& database, const Layer& table,
                                const std::string& column) {
    const std::string name = quoted_name(column);
    sqlite::Statement odd(database, "SELECT " + quoted_name(table.fid_column) + ", " + name +
                                        " FROM " + quoted_name(table.table) + " WHERE " + name +
                                        " IS NOT NULL AND NOT " + is_guid(name) + " LIMIT 1");
    if (!odd.step()) return;
    throw Error(Status::ConstraintViolated,
                "table '" + table.table + "', row " + std::to_string(odd.column_int64(0)) + ": '" +
                    std::string(odd.column_text(1)) + "' in column '" + column + "' is no UUID");
}

void check_global_ids_are_unique(sqlite::Database& database, const Layer& table,
                                 const std::string& column) {
    const std::string id = canonical_guid(quoted_name(column));
    sqlite::Statement twice(database, "SELECT " + id + " FROM " + quoted_name(table.table) +
                                          " WHERE " + quoted_name(column) +
                                          " IS NOT NULL GROUP BY 1 HAVING count(*) > 1 LIMIT 1");
    if (!twice.step()) return;
    throw Error(Status::ConstraintViolated,
                "table '" + table.table + "': '" + std::string(twice.column_text(0)) +
                    "' stands in column '" + column + "' of more than one row");
}

/// While it lives SQLite sorts what it indexes in runs of a megabyte, which stay in the processor's
/// own cache, and merges those. It takes the size of its runs from that of the page cache; runs of
/// 64 MB take twice the time, and the memory.
class ShortRuns {
public:
    explicit ShortRuns(sqlite::Database& database)
        : database_(database), cache_size_(database.int64_of("PRAGMA cache_size").value_or(0)) {
        database_.execute("PRAGMA cache_size = -1000");
    }
    ShortRuns(const ShortRuns&) = delete;
    ShortRuns& operator=(const ShortRuns&) = delete;
    ~ShortRuns() {
        try {
            database_.execute("PRAGMA cache_size = " + std::to_string(cache_size_));
        } catch (const Error&) {  // then the cache stays small
        }
    }

private:
    sqlite::Database& database_;
    std::int64_t cache_size_;
};

void create_global_id_index(sqlite::Database& database, const Layer& layer) {
    const ShortRuns runs(database);
    database.execute("CREATE UNIQUE INDEX IF NOT EXISTS " +
                     quoted_name("rhumb_global_id_" + std::to_string(layer.id.value)) + " ON " +
                     quoted_name(layer.table) + " (" + quoted_name(layer.global_id_column) + ")");
}

/// A layer must not be taken for a table of the standard, of SQLite or of ours.
void check_names(const Layer& layer) {
    const std::string lower = lowered(layer.table);
    bool usable = can_be_name(layer.table);
    for (const std::string_view prefix : {"sqlite_", "gpkg_", "rtree_", "rhumb_"}) {
        usable = usable && !lower.starts_with(prefix);
    }
    if (!usable) {
        throw Error(Status::InvalidArgument, "'" + excerpt(layer.table, kShownNameBytes) +
                                                 "' cannot be the name of a layer");
    }
    for (const Field& field : layer.fields) {
        if (can_be_name(field.name)) continue;
        throw Error(Status::InvalidArgument, "layer '" + layer.table + "': '" +
                                                 excerpt(field.name, kShownNameBytes) +
                                                 "' cannot be the name of a field");
    }
}

}  // namespace

void create_layer_table(sqlite::Database& database, const Layer& layer,
                        const std::string& description) {
    check_names(layer);
    const std::int32_t srs = layer.geometry ? layer.geometry->srs_id : 0;
    ensure_spatial_reference(database, srs);
    database.execute(table_ddl(layer));
    sqlite::Statement contents(
        database,
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) "
        "VALUES (?1, ?2, ?1, ?3, ?4)");
    contents.bind(1, layer.table).bind(2, layer.geometry ? "features" : "attributes");
    contents.bind(3, description).bind(4, srs).run();
    if (layer.geometry) {
        sqlite::Statement geometry(
            database, "INSERT INTO gpkg_geometry_columns VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        geometry.bind(1, layer.table).bind(2, layer.geometry->name);
        geometry.bind(3, gpkg_geometry_name(layer.geometry->type)).bind(4, srs);
        geometry.bind(5, layer.geometry->has_z ? 1 : 0).bind(6, layer.geometry->has_m ? 1 : 0);
        geometry.run();
    }
    for (const Field& field : layer.fields) write_field_facts(database, layer, field);
}

void remember_layer(sqlite::Database& database, const Layer& layer) {
    sqlite::Statement put(database, "INSERT INTO rhumb_layer VALUES (?1, ?2, ?3, ?4)");
    put.bind(1, layer.id.value).bind(2, layer.table).bind(3, layer.name);
    put.bind(4, layer.global_id_column).run();
    for (const Field& field : layer.fields) remember_field_type(database, layer, field);
}

void index_and_track(sqlite::Database& database, const Layer& layer) {
    create_global_id_index(database, layer);
    if (layer.geometry) {
        const RtreeColumn column{layer.table, layer.fid_column, layer.geometry->name};
        if (!has_rtree(database, column)) create_rtree(database, column);
    }
    create_tracking(database, layer);
    register_extension(database, edit_table(layer.id));
    refresh_extent(database, layer);
}

std::string ensure_global_ids(sqlite::Database& database, const Layer& table) {
    const std::string name = quoted_name(table.table);
    std::string column = global_id_candidate(table).value_or("");
    if (column.empty()) {
        column = "global_id";
        while (has_column(table, column)) column += "_";
        database.execute("ALTER TABLE " + name + " ADD COLUMN " + quoted_name(column) +
                         " TEXT(38)");
    }
    check_global_ids_are_uuids(database, table, column);
    check_global_ids_are_unique(database, table, column);
    const std::string id = quoted_name(column);
    database.execute("UPDATE " + name + " SET " + id + " = " + random_guid() + " WHERE " + id +
                     " IS NULL");
    database.execute("UPDATE " + name + " SET " + id + " = " + canonical_guid(id) + " WHERE NOT " +
                     is_canonical_guid(id));
    return column;
}

void refresh_extent(sqlite::Database& database, const Layer& layer) {
    if (!layer.geometry) return;
    const auto extent =
        rtree_extent(database, {layer.table, layer.fid_column, layer.geometry->name});
    sqlite::Statement put(database,
                          "UPDATE gpkg_contents SET min_x = ?2, min_y = ?3, max_x = ?4, max_y = ?5 "
                          "WHERE lower(table_name) = lower(?1)");
    put.bind(1, layer.table);
    if (extent) {
        put.bind(2, extent->min_x).bind(3, extent->min_y);
        put.bind(4, extent->max_x).bind(5, extent->max_y);
    }
    put.run();
}

}  // namespace rhumb::geodb
