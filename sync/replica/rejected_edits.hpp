// SPDX-License-Identifier: Apache-2.0
//
// What a person may decide about an edit that the service refused: try again, give it up for what
// the service has, forget it. Editing its feature is the fourth way, and needs no call.
//
// Each is one transaction. All throw NotFound for a number that is not in the list,
// InvalidArgument when it was decided already, Busy while the edit is on its way.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/replica/replica_store.hpp"

#include <cstdint>

namespace rhumb::sync {

/// It goes up again, unchanged, with the next synchronization; an insert with the attachments of
/// its feature, which the service cannot have.
void retry_rejected(geodb::Geodatabase& geodatabase, std::int64_t number);

/// The feature becomes what the service has of it, as far as this device has heard; the edit stays
/// in the list with its data. Throws Unsupported when that is not known.
void take_theirs_of_rejected(geodb::Geodatabase& geodatabase, std::int64_t number);

/// The same, and the edit leaves the list with its data.
void drop_rejected(geodb::Geodatabase& geodatabase, std::int64_t number);

/// A pending edit that was refused is held back, so that the others can go.
void park_rejected(geodb::Geodatabase& geodatabase, std::int64_t number);

/// Before a batch is sealed, inside its transaction: parked edits whose feature was edited since
/// are pending again, whole; pending ones that came to nothing are noted as settled.
void take_up_mended(geodb::Geodatabase& geodatabase, ReplicaStore& store);

}  // namespace rhumb::sync
