// SPDX-License-Identifier: Apache-2.0
//
// Makes tables layers: new ones, and those of a GeoPackage that came from elsewhere.

#pragma once

#include "geodb/geodatabase.hpp"
#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"

#include <string>

namespace rhumb::geodb {

/// Creates the table and its rows in gpkg_contents & co, without indexes and triggers.
void create_layer_table(sqlite::Database& database, const Layer& layer,
                        const std::string& description);

/// Writes the layer's definition to our own tables.
void remember_layer(sqlite::Database& database, const Layer& layer);

/// What makes rows fast to find and edits tracked: unique GlobalID, R-tree, log and triggers.
void index_and_track(sqlite::Database& database, const Layer& layer);

/// Gives an existing table a GlobalID column, or settles the one it has: every row gets one, all
/// in the canonical form. Throws ConstraintViolated naming a row whose value is no UUID.
std::string ensure_global_ids(sqlite::Database& database, const Layer& table);

/// Extent of a layer's rows into gpkg_contents, where readers look for it.
void refresh_extent(sqlite::Database& database, const Layer& layer);

}  // namespace rhumb::geodb
