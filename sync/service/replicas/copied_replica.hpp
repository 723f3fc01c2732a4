// SPDX-License-Identifier: Apache-2.0
//
// Two files under one replica id, as when a replica's file was copied to a second device.
//
// A replica is not sent what it has uploaded itself, so such files would not hear of each other's
// edits. Our extension: a client states the batches it knows of (rhumbKnownBatches: the one that
// was settled last and those whose outcome it waits for). When the last batch of the replica is
// none of them, another file has brought it, and this one is refused before anything is applied or
// given.

#pragma once

#include "sync/service/call.hpp"

#include <optional>

namespace rhumb::service {

/// Throws ServiceRefused with code 412. `batch` is the one that comes with the call.
void check_not_a_copy(const Call& call, const ReplicaRecord& replica,
                      const std::optional<Uuid>& batch);

}  // namespace rhumb::service
