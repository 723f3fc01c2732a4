// SPDX-License-Identifier: Apache-2.0
//
// synchronizeReplica: the replica's edits in, then the net changes since its generation out.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

#include <mutex>
#include <set>

namespace rhumb::service {

/// Replicas that are being synchronized: each at most once at a time. Any thread.
class BusyReplicas {
public:
    /// False when somebody is at it already.
    bool enter(const Uuid& replica);
    void leave(const Uuid& replica);

private:
    std::mutex mutex_;  // guards busy_
    std::set<Uuid> busy_;
};

http::Response synchronize_replica(const Call& call, BusyReplicas& busy);

/// The replica that `replicaID` names. Throws InvalidArgument (code 400) when there is none.
ReplicaRecord find_replica(const Call& call, std::string_view id);

}  // namespace rhumb::service
