// SPDX-License-Identifier: Apache-2.0
//
// Makes a layer of rows without declared types: learns from all of them, then writes them.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/connector/import.hpp"
#include "sync/connector/source_file.hpp"
#include "sync/connector/source_row.hpp"

#include <optional>
#include <string>

namespace rhumb::connector {

/// Reads `source` twice; `progress` is that of the source. Inside the caller's transaction.
ImportedLayer import_rows(geodb::Geodatabase& into, RowSource& source, const std::string& layer,
                          const std::optional<std::string>& id_field, Progress& progress);

}  // namespace rhumb::connector
