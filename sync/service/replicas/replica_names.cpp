// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/replica_names.hpp"

#include "platform/text.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {
namespace {

constexpr std::size_t kMaxNameBytes = 200;

}  // namespace

NewName::NewName(const Call& call, const Uuid& replica) : all_(call.names) {
    std::string wished = excerpt(trimmed(call.parameters.get("replicaName")), kMaxNameBytes);
    if (wished.empty()) wished = "replica-" + replica.plain();
    const std::lock_guard lock(all_.mutex_);
    // Looked at behind the lock: whoever gave a name free has stored it before.
    const auto stored = call.store.snapshot()->replicas();
    const auto taken = [&](const std::string& name) {
        if (all_.names_.count({&call.store, name}) != 0) return true;
        // A creation that is run again finds its own replica.
        return std::any_of(stored.begin(), stored.end(), [&](const ReplicaRecord& other) {
            return other.name == name && other.id != replica;
        });
    };
    std::string name = wished;
    for (int n = 0; taken(name); ++n) name = wished + "_" + std::to_string(n);
    key_ = {&call.store, std::move(name)};
    all_.names_.insert(key_);
}

NewName::~NewName() {
    const std::lock_guard lock(all_.mutex_);
    all_.names_.erase(key_);
}

}  // namespace rhumb::service
