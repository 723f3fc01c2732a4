// SPDX-License-Identifier: Apache-2.0
//
// createReplica with replicaOptions.refReplicaId: a copy of a prepared replica becomes a replica
// of its own, without data. This is how one prepared copy is put on many devices.
//
// The copy has all that its reference was made with, and perhaps more. Which generation it holds
// only the caller can know: it may say so (replicaServerGen, or layerServerGens, among the
// options), and states it with every synchronization anyhow. Where nobody says, the reference's
// beginning counts: what comes twice does no harm, what is left out would.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

#include <optional>

namespace rhumb::service {

/// The replica that `replicaOptions` refers to; none when there is none to refer to.
/// Throws InvalidArgument for options that make no sense.
std::optional<ReplicaRecord> referred_replica(const Call& call);

/// Answers with esriReplicaResponseTypeInfo: the new id, and generations.
http::Response register_replica(const Call& call, const ReplicaRecord& reference);

}  // namespace rhumb::service
