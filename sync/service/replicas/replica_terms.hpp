// SPDX-License-Identifier: Apache-2.0
//
// Who may do what with a replica: targetType, directions, and the capabilities of the service.

#pragma once

#include "sync/service/call.hpp"
#include "sync/service/replicas/edits_source.hpp"

#include <string_view>

namespace rhumb::service {

/// Reads `targetType` and `syncDirection` of a createReplica call. A client's replica of a service
/// that takes no edits is download-only. Throws InvalidArgument naming the parameter.
ReplicaTerms read_terms(const Call& call);

/// What a synchronization is to do, where the call may leave it open: the replica's own direction.
/// Throws InvalidArgument when the replica does not go that way.
wire::SyncDirection agreed_direction(const ReplicaRecord& replica, std::string_view asked,
                                     std::string_view parameter);

/// Throws InvalidArgument when edits come to a replica that takes none, Unsupported when the
/// service lacks the capability for a kind of edit among them.
void check_edits_allowed(const Call& call, const ReplicaRecord& replica, const EditKinds& kinds);

}  // namespace rhumb::service
