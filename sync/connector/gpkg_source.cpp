// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/gpkg_source.hpp"

#include "geodb/catalog/gpkg_file.hpp"
#include "geodb/catalog/layer_reader.hpp"
#include "geodb/column_types.hpp"
#include "geodb/features/feature_reader.hpp"
#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/connector/geometry_profile.hpp"
#include "sync/connector/source_file.hpp"

#include <algorithm>

namespace rhumb::connector {
namespace {

using geodb::sqlite::Database;
using geodb::sqlite::quoted_name;
using geodb::sqlite::Statement;

constexpr int kOptional = 2;  // GeoPackage: z and m are 0 prohibited, 1 mandatory, 2 optional

Database trusted_in_nothing(Database database) {
    database.execute("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
    geodb::check_gpkg(database);
    return database;
}

/// Hides the source's table by a copy of our own, so that what is not declared can be filled in.
/// A file without any geometry may lack the table.
void copy_geometry_columns(Database& database) {
    database.execute(
        database.has_table("gpkg_geometry_columns")
            ? "CREATE TEMP TABLE gpkg_geometry_columns AS SELECT * FROM main.gpkg_geometry_columns"
            : "CREATE TEMP TABLE gpkg_geometry_columns "
              "(table_name, column_name, geometry_type_name, srs_id, z, m)");
}

/// A row is known by its INTEGER PRIMARY KEY. A view has none, though GeoPackage allows it.
void check_primary_key(Database& database, const std::string& table) {
    Statement look(database,
                   "SELECT (SELECT type = 'table' FROM main.sqlite_schema WHERE lower(name) = "
                   "lower(?1) AND type IN ('table', 'view')), count(*), max(upper(type)) FROM "
                   "pragma_table_info(?1) WHERE pk > 0");
    look.bind(1, table).step();
    if (look.is_null(0)) throw Error(Status::CorruptData, "it is listed but not there");
    if (look.column_int64(0) == 0) throw Error(Status::Unsupported, "it is a view");
    if (look.column_int64(1) == 1 && look.column_text(2) == "INTEGER") return;
    throw Error(Status::Unsupported, "its rows have no INTEGER PRIMARY KEY");
}

/// The layer as a Rhumb geodatabase knows it, which is more than its tables say.
std::optional<geodb::Layer> tracked_layer(Database& database, const std::string& table) {
    if (!geodb::has_rhumb_tables(database)) return std::nullopt;
    geodb::check_rhumb_format(database);
    for (geodb::Layer& layer : geodb::read_layers(database)) {
        if (equal_ignoring_case(layer.table, table)) return std::move(layer);
    }
    return std::nullopt;
}

void check_crs(const geodb::GeometryColumn& column) {
    if (column.srs_id == 0 || column.srs_id == -1) return;  // undefined, by the standard
    try {
        geodb::crs_name(column.srs_id);
    } catch (const Error&) {
        throw Error(Status::Unsupported,
                    "its spatial reference " + std::to_string(column.srs_id) +
                        " is no EPSG code; say which CRS the coordinates are in");
    }
}

}  // namespace

bool GpkgSource::Entry::is_called(const std::string& name) const {
    return equal_ignoring_case(table, name) || equal_ignoring_case(identifier, name);
}

GpkgSource::GpkgSource(const std::filesystem::path& path)
    : path_(path), database_(trusted_in_nothing(copy_.open(path))) {
    copy_geometry_columns(database_);
    view_.emplace(database_, geodb::sqlite::Transaction::Deferred);
}

/// All but the tables that a Rhumb geodatabase has for itself.
std::vector<GpkgSource::Entry> GpkgSource::entries() {
    std::vector<Entry> found;
    Statement rows(database_,
                   "SELECT table_name, coalesce(identifier, table_name), data_type, "
                   "coalesce(description, '') FROM gpkg_contents WHERE data_type <> 'rhumb' "
                   "ORDER BY rowid");
    while (rows.step()) {
        found.push_back({std::string(rows.column_text(0)), std::string(rows.column_text(1)),
                         std::string(rows.column_text(2)), std::string(rows.column_text(3))});
    }
    return found;
}

std::vector<GpkgSource::Entry> GpkgSource::wanted_entries(const std::vector<std::string>& wanted) {
    const std::vector<Entry> all = entries();
    if (wanted.empty()) return all;
    std::vector<Entry> chosen;
    for (const std::string& name : wanted) {
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const Entry& entry) { return entry.is_called(name); });
        if (found == all.end()) {
            std::string there;
            for (const Entry& entry : all) there += (there.empty() ? "" : ", ") + entry.table;
            throw Error(Status::NotFound,
                        file_name(path_) + " has no layer '" + name + "' (it has: " + there + ")");
        }
        const bool again = std::any_of(chosen.begin(), chosen.end(), [&](const Entry& entry) {
            return entry.table == found->table;
        });
        if (!again) chosen.push_back(*found);
    }
    return chosen;
}

/// A column may be declared GEOMETRY, and its Z and M optional: then the rows decide.
void GpkgSource::settle_geometry_type(const std::string& table) {
    Statement look(database_,
                   "SELECT column_name, geometry_type_name, z, m FROM temp.gpkg_geometry_columns "
                   "WHERE lower(table_name) = lower(?1)");
    if (!look.bind(1, table).step()) return;
    const std::string column(look.column_text(0));
    const std::string declared(look.column_text(1));
    const bool any_type = equal_ignoring_case(declared, "GEOMETRY");
    const bool optional = look.column_int64(2) == kOptional || look.column_int64(3) == kOptional;
    look.reset();
    if (!any_type && !optional) return;

    GeometryProfile profile([](std::uint64_t fid) { return "row " + std::to_string(fid); });
    Statement rows(database_, "SELECT rowid, " + quoted_name(column) + " FROM main." +
                                  quoted_name(table) + " WHERE " + quoted_name(column) +
                                  " IS NOT NULL");
    while (rows.step()) {
        const std::int64_t fid = rows.column_int64(0);
        try {
            const geodb::Geometry geometry = geodb::read_gpb(rows.column_blob(1));
            if (!geometry.empty()) profile.add(geometry, static_cast<std::uint64_t>(fid));
        } catch (const Error& error) {
            throw error.within("row " + std::to_string(fid));
        }
    }
    const auto found = profile.column(0).value_or(geodb::GeometryColumn{});
    Statement put(database_,
                  "UPDATE temp.gpkg_geometry_columns SET geometry_type_name = ?2, z = ?3, m = ?4 "
                  "WHERE lower(table_name) = lower(?1)");
    put.bind(1, table).bind(3, found.has_z ? 1 : 0).bind(4, found.has_m ? 1 : 0);
    put.bind(2, any_type ? geodb::gpkg_geometry_name(found.type) : std::string_view(declared));
    put.run();
}

GpkgTable GpkgSource::read(const Entry& entry, const std::optional<std::int32_t>& crs) {
    const bool is_layer = entry.data_type == "features" || entry.data_type == "attributes" ||
                          entry.data_type == "aspatial";  // GDAL before GeoPackage 1.2
    if (!is_layer) {
        throw Error(Status::Unsupported,
                    "data of kind '" + excerpt(entry.data_type, 40) + "' cannot be a layer");
    }
    check_primary_key(database_, entry.table);
    settle_geometry_type(entry.table);
    auto tracked = tracked_layer(database_, entry.table);
    GpkgTable table{tracked ? std::move(*tracked) : geodb::read_table(database_, entry.table),
                    entry.description, 0};
    if (table.layer.geometry) {
        if (crs) table.layer.geometry->srs_id = *crs;
        check_crs(*table.layer.geometry);
    }
    table.rows = geodb::count_features(database_, table.layer, {});
    return table;
}

void GpkgSource::note_relations() {
    if (!database_.has_table("gpkgext_relations")) return;
    Statement rows(database_,
                   "SELECT mapping_table_name, base_table_name, related_table_name "
                   "FROM gpkgext_relations");
    while (rows.step()) {
        left_out_.push_back("relation '" + std::string(rows.column_text(0)) + "' of '" +
                            std::string(rows.column_text(1)) + "' and '" +
                            std::string(rows.column_text(2)) + "' is left out");
    }
}

std::vector<GpkgTable> GpkgSource::tables(const std::vector<std::string>& wanted,
                                          const std::optional<std::int32_t>& crs) {
    std::vector<GpkgTable> kept;
    left_out_.clear();
    for (const Entry& entry : wanted_entries(wanted)) {
        try {
            kept.push_back(read(entry, crs));
        } catch (const Error& error) {
            if (error.status() != Status::Unsupported) {
                throw error.within(file_name(path_) + ", table '" + entry.table + "'");
            }
            left_out_.push_back("table '" + entry.table + "' is left out: " + error.message());
        }
    }
    if (kept.empty()) {
        std::string why;
        for (const std::string& note : left_out_) why += "; " + note;
        throw Error(Status::Unsupported,
                    file_name(path_) + " has no layer that can be imported" + why);
    }
    if (wanted.empty()) note_relations();
    return kept;
}

}  // namespace rhumb::connector
