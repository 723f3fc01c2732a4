// SPDX-License-Identifier: Apache-2.0
//
// The parameter `edits` of synchronizeReplica: the net edits of a batch.
//
// Writing the same batch again gives the same text, whatever was edited since.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/replica/replica.hpp"

#include <string>

namespace rhumb::sync {

/// ArcGIS REST, synchronizeReplica: features are known by GlobalID alone; adds carry the client's
/// own. A service that speaks Rhumb gets just the changed columns of an update, others whole rows.
std::string upload_edits(geodb::Geodatabase& geodatabase, const Replica& replica,
                         geodb::Generation until);

}  // namespace rhumb::sync
