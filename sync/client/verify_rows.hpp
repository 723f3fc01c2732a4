// SPDX-License-Identifier: Apache-2.0
//
// Compares a layer with a service that offers no hashes, row by row, by its query resource.
//
// The rows that are here are asked for by GlobalID, some hundred at a time; where a service takes
// no such condition, all rows are asked for that the replica's filter holds, and then the others.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/client/questions.hpp"
#include "sync/client/replica_filter.hpp"
#include "sync/client/verify.hpp"

namespace rhumb::sync {

/// What was refused is for the caller to leave out. Memory follows the GlobalIDs of the layer and
/// its pending edits. Throws as Questions::ask, and as throw_refused when the service answers no
/// query of the layer at all.
VerifiedLayer verify_rows(geodb::Geodatabase& geodatabase, const Replica& replica,
                          ReplicaFilter& filter, const geodb::Layer& layer, Questions& questions);

}  // namespace rhumb::sync
