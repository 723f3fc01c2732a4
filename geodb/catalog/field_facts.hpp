// SPDX-License-Identifier: Apache-2.0
//
// What the declaration of a column cannot say, written beside it: alias and domain by the
// GeoPackage schema extension, the exact type in a table of ours.

#pragma once

#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"

#include <string>

namespace rhumb::geodb {

/// Text that SQLite takes as a name and other programs can show.
bool can_be_name(const std::string& name);

/// Replaces what was written about the field before. A domain of the same name is replaced too.
void write_field_facts(sqlite::Database& database, const Layer& layer, const Field& field);

/// Remembers the field's type where its declaration does not tell it.
void remember_field_type(sqlite::Database& database, const Layer& layer, const Field& field);

}  // namespace rhumb::geodb
