// SPDX-License-Identifier: Apache-2.0
//
// Copies layers and tables of a GeoPackage, with what their columns declare.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/connector/import.hpp"
#include "sync/connector/source_file.hpp"

#include <filesystem>
#include <vector>

namespace rhumb::connector {

/// Inside the caller's transaction.
std::vector<ImportedLayer> import_gpkg(geodb::Geodatabase& into,
                                       const std::filesystem::path& source,
                                       const ImportOptions& options, Progress& progress);

}  // namespace rhumb::connector
