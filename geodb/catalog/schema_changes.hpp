// SPDX-License-Identifier: Apache-2.0
//
// Changes of a layer's definition. Edits that are pending stay.

#pragma once

#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"

#include <string>

namespace rhumb::geodb {

/// Adds a field at the end of the table; gives back the statement that did it. The rows that are
/// there have its default. Inside a transaction; the layer's definition is stale afterwards.
///
/// Throws AlreadyExists when there is a column of that name; InvalidArgument when rows cannot have
/// it: NOT NULL without a default, or a GlobalID.
std::string add_field(sqlite::Database& database, const Layer& layer, const Field& field);

}  // namespace rhumb::geodb
