// SPDX-License-Identifier: Apache-2.0
//
// What the triggers of the layers' tables do beside tracking: whether they are the users', and may
// do anything, or those of the standard and GDAL, whose work the library may do itself, which is
// cheaper than firing them.

#pragma once

#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"

#include <string>
#include <vector>

namespace rhumb::geodb {

/// Fills in has_foreign_triggers, edits_may_spread and duties.
void read_triggers(sqlite::Database& database, std::vector<Layer>& layers);

/// A text that changes when a table or trigger of the file does.
std::string schema_fingerprint(sqlite::Database& database);

}  // namespace rhumb::geodb
