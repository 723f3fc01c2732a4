// SPDX-License-Identifier: Apache-2.0
//
// Changes of the schema of a served GeoPackage: each is a generation of the timeline with its DDL
// in the changeset, so that whoever follows the timeline follows the schema.

#pragma once

#include "geodb/geodatabase.hpp"

namespace rhumb::service {

/// Adds a field to a layer, in a transaction of its own. Edits that other programs made before are
/// a generation of their own. A service that runs over the file goes on with the new definition.
///
/// Throws as geodb::add_field does; Unsupported when the file is the replica of a service, whose
/// schema is not its own.
void add_field(geodb::Geodatabase& geodatabase, geodb::LayerId layer, const geodb::Field& field);

}  // namespace rhumb::service
