// SPDX-License-Identifier: Apache-2.0
//
// The terms of replicas in a served GeoPackage.

#pragma once

#include "geodb/sqlite/database.hpp"
#include "sync/service/store/store.hpp"

namespace rhumb::service {

/// Fills in the terms, and the siblings of the layers, which must be there.
void read_terms(geodb::sqlite::Database& database, ReplicaRecord& replica);
/// Inside a transaction, after the replica itself.
void write_terms(geodb::sqlite::Database& database, const ReplicaRecord& replica);

}  // namespace rhumb::service
