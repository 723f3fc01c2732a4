// SPDX-License-Identifier: Apache-2.0
//
// synchronizeReplica: the replica's edits in, then the net changes since its generation out.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

namespace rhumb::service {

http::Response synchronize_replica(const Call& call);

/// Whether the caller may use a replica: his own, one of nobody, or any when he sees all.
bool is_for(const Call& call, const ReplicaRecord& replica);

/// The replica that `replicaID` names. Throws InvalidArgument (code 400) when there is none, or it
/// is somebody else's.
ReplicaRecord find_replica(const Call& call, std::string_view id);

}  // namespace rhumb::service
