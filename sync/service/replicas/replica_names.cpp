// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/replica_names.hpp"

#include "platform/text.hpp"

#include <algorithm>

namespace rhumb::service {
namespace {

constexpr std::size_t kMaxNameBytes = 200;

}  // namespace

std::string free_name(StoreSnapshot& snapshot, const Call& call, const Uuid& id) {
    std::string wished = excerpt(trimmed(call.parameters.get("replicaName")), kMaxNameBytes);
    if (wished.empty()) wished = "replica-" + id.plain();
    const auto replicas = snapshot.replicas();
    const auto taken = [&](const std::string& name) {
        // A creation that is run again finds its own replica.
        return std::any_of(replicas.begin(), replicas.end(), [&](const ReplicaRecord& replica) {
            return replica.name == name && replica.id != id;
        });
    };
    std::string name = wished;
    for (int n = 0; taken(name); ++n) name = wished + "_" + std::to_string(n);
    return name;
}

}  // namespace rhumb::service
