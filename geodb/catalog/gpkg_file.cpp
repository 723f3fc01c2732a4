// SPDX-License-Identifier: Apache-2.0
#include "geodb/catalog/gpkg_file.hpp"

#include "geodb/geometry/crs.hpp"
#include "geodb/gpkg_extension_schema.sql.hpp"
#include "geodb/gpkg_schema.sql.hpp"
#include "geodb/schema.sql.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"
#include "platform/uuid.hpp"

#include <array>
#include <span>
#include <string>

namespace rhumb::geodb {
namespace {

constexpr std::int64_t kApplicationIdGpkg = 0x47504B47;  // "GPKG"
constexpr std::int64_t kApplicationIdGp10 = 0x47503130;  // "GP10", versions 1.0
constexpr std::int64_t kApplicationIdGp11 = 0x47503131;  // "GP11", version 1.1
constexpr std::int64_t kNewestGpkgVersion = 10400;
constexpr std::int64_t kFormatVersion = 1;

void put_meta(sqlite::Database& database, std::string_view name, const Value& value) {
    sqlite::Statement put(database, "INSERT INTO rhumb_meta VALUES (?1, ?2)");
    put.bind(1, name).bind(2, value).run();
}

std::string path_of(sqlite::Database& database) {
    return "'" + database.path().string() + "'";
}

}  // namespace

void create_gpkg_frame(sqlite::Database& database) {
    database.execute(kGpkgSchema);
}

void check_gpkg(sqlite::Database& database) {
    const auto application = database.int64_of("PRAGMA application_id").value_or(0);
    const bool known = application == kApplicationIdGpkg || application == kApplicationIdGp10 ||
                       application == kApplicationIdGp11;
    if (!known || !database.has_table("gpkg_contents")) {
        throw Error(Status::CorruptData,
                    path_of(database) + " is an SQLite file but no GeoPackage");
    }
    const auto version = database.int64_of("PRAGMA user_version").value_or(0);
    if (application == kApplicationIdGpkg && version / 100 > kNewestGpkgVersion / 100) {
        throw Error(Status::Unsupported, path_of(database) + " is a GeoPackage of version " +
                                             std::to_string(version / 10000) + "." +
                                             std::to_string(version / 100 % 100) +
                                             ", newer than this Rhumb knows (1.4)");
    }
}

bool has_rhumb_tables(sqlite::Database& database) {
    return database.has_table("rhumb_meta");
}

void check_rhumb_format(sqlite::Database& database) {
    const auto version =
        database.int64_of("SELECT value FROM rhumb_meta WHERE name = 'format_version'").value_or(0);
    if (version > kFormatVersion) {
        throw Error(Status::Unsupported, path_of(database) +
                                             " was written by a newer Rhumb (format " +
                                             std::to_string(version) + ", this one knows " +
                                             std::to_string(kFormatVersion) + ")");
    }
}

void create_rhumb_tables(sqlite::Database& database, World world) {
    database.execute(kGpkgExtensionSchema);
    database.execute(kRhumbSchema);
    const Uuid id = Uuid::random(world.random);
    put_meta(database, "format_version", kFormatVersion);
    put_meta(database, "database_id", Blob(id.bytes.begin(), id.bytes.end()));
    put_meta(database, "oldest_generation", std::int64_t{0});
    for (const char* table : {"rhumb_meta", "rhumb_layer", "rhumb_field", "rhumb_changeset"}) {
        register_extension(database, table);
    }
}

void ensure_spatial_reference(sqlite::Database& database, std::int32_t srs_id) {
    sqlite::Statement look(database, "SELECT 1 FROM gpkg_spatial_ref_sys WHERE srs_id = ?1");
    if (look.bind(1, srs_id).step()) return;
    sqlite::Statement add(database,
                          "INSERT INTO gpkg_spatial_ref_sys (srs_name, srs_id, organization, "
                          "organization_coordsys_id, definition) VALUES (?1, ?2, 'EPSG', ?2, ?3)");
    add.bind(1, crs_name(srs_id)).bind(2, srs_id).bind(3, crs_wkt(srs_id)).run();
}

void register_extension(sqlite::Database& database, std::string_view table) {
    sqlite::Statement put(database,
                          "INSERT INTO gpkg_extensions SELECT ?1, NULL, 'rhumb_tracking', "
                          "'docs/architecture.md of Rhumb: tables rhumb_*', 'read-write' WHERE NOT "
                          "EXISTS (SELECT 1 FROM gpkg_extensions WHERE table_name = ?1)");
    put.bind(1, table).run();
    // GDAL shows every table that gpkg_contents does not name as a layer, which people would then
    // edit. An extended GeoPackage may name tables there with a type of its own.
    sqlite::Statement hide(
        database,
        "INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier) "
        "VALUES (?1, 'rhumb', ?1)");
    hide.bind(1, table).run();
}

}  // namespace rhumb::geodb
