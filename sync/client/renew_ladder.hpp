// SPDX-License-Identifier: Apache-2.0
//
// Makes a replica anew that the service has given up, in the file that it is in: describe, layers,
// create, fetch, and the old one unregistered.
//
// Nothing that was edited here is lost by it. What the new replica holds replaces the base under
// the edits that are pending; a feature that it does not hold goes, unless it was edited here.
// The edits go up with the next upload.
//
// A service that was restored from a backup, or replaced, may have lost what it had taken. Then
// nothing goes: what it lacks is parked, and where it has other values they are conflicts.

#pragma once

#include "sync/client/ladder.hpp"
#include "sync/replica/replica_store.hpp"

#include <memory>
#include <string>

namespace rhumb::sync {

/// Whether the file stands at a rung of a renewal.
bool is_renewing(const ReplicaStore& store);

/// Stores the first rung. From then on synchronize_ladder renews the replica before anything else.
/// No batch may be on its way. Inside a transaction.
void begin_renewal(ReplicaStore& store, const Replica& replica, const std::string& reason);

/// Goes on with a renewal, whose rung must be stored.
std::unique_ptr<Ladder> renew_ladder(geodb::Geodatabase& geodatabase, OnProgress on_progress);

}  // namespace rhumb::sync
