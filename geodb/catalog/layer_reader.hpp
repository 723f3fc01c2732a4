// SPDX-License-Identifier: Apache-2.0
//
// Reads what the layers of a GeoPackage are from its own tables.

#pragma once

#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rhumb::geodb {

/// The tracked layers, by id. A layer whose table another program removed or made anew, so that
/// nobody tracks it, is told of in `left_out`.
std::vector<Layer> read_layers(sqlite::Database& database,
                               std::vector<std::string>* left_out = nullptr);

/// A feature or attribute table as it stands, tracked or not; id and GlobalID column are not set.
/// Throws Unsupported naming what a layer cannot have.
Layer read_table(sqlite::Database& database, const std::string& table);

/// Whether the table of a layer still has the columns that were read.
bool is_as_read(sqlite::Database& database, const Layer& layer);

/// Feature and attribute tables of the file that are no layers and never were.
std::vector<std::string> untracked_tables(sqlite::Database& database);

/// A column that can serve as GlobalID by its name: globalid, global_id, guid, uuid.
std::optional<std::string> global_id_candidate(const Layer& table);

}  // namespace rhumb::geodb
