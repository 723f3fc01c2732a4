// SPDX-License-Identifier: Apache-2.0
//
// synchronizeReplica: the replica's edits in, then the net changes since its generation out.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

namespace rhumb::service {

http::Response synchronize_replica(const Call& call);

/// The replica that `replicaID` names. Throws InvalidArgument (code 400) when there is none.
ReplicaRecord find_replica(const Call& call, std::string_view id);

}  // namespace rhumb::service
