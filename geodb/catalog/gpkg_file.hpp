// SPDX-License-Identifier: Apache-2.0
//
// The GeoPackage frame of a file: is it one, its spatial references, our mark in it.

#pragma once

#include "geodb/sqlite/database.hpp"
#include "geodb/world.hpp"

#include <cstdint>

namespace rhumb::geodb {

/// The tables of an empty GeoPackage. Inside a transaction.
void create_gpkg_frame(sqlite::Database& database);

/// Throws CorruptData or Unsupported when the file is no GeoPackage we can read and write.
void check_gpkg(sqlite::Database& database);

/// Our own tables; once in a file. Inside a transaction.
void create_rhumb_tables(sqlite::Database& database, World world);
bool has_rhumb_tables(sqlite::Database& database);
/// Throws Unsupported when a newer Rhumb wrote the file.
void check_rhumb_format(sqlite::Database& database);

/// Makes sure that an EPSG code stands in gpkg_spatial_ref_sys.
void ensure_spatial_reference(sqlite::Database& database, std::int32_t srs_id);

/// Registers one of our tables as an extension, so that readers know whose it is and do not take
/// it for a layer.
void register_extension(sqlite::Database& database, std::string_view table);

}  // namespace rhumb::geodb
