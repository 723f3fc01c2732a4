// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/replica_file.hpp"

#include "platform/error.hpp"
#include "sync/replica/replica_store.hpp"

namespace rhumb::tool {

using State = sync::Replica::State;

ReplicaState replica_state(geodb::Geodatabase& file) {
    const sync::ReplicaStore store(file);
    if (!store.exists()) return store.rung() ? ReplicaState::HalfMade : ReplicaState::None;
    switch (store.load().state) {
        case State::Creating:
            return ReplicaState::HalfMade;
        case State::Ready:
            return ReplicaState::Ready;
        case State::Closed:
            break;
    }
    return ReplicaState::Closed;
}

std::string half_made_url(geodb::Geodatabase& file) {
    const sync::ReplicaStore store(file);
    if (store.exists()) return store.load().service_url;
    const auto rung = store.rung();
    return rung ? std::string(wire::text_or_empty(rung->facts.find("url"))) : "";
}

void require_ready(geodb::Geodatabase& file) {
    const std::string path = file.path().string();
    switch (replica_state(file)) {
        case ReplicaState::Ready:
            return;
        case ReplicaState::None:
            throw Error(Status::NotFound, "'" + path + "' is no replica of a service");
        case ReplicaState::HalfMade:
            throw Error(Status::InvalidArgument,
                        "'" + path + "' is not here whole yet: `rhumb sync " + path + "` goes on");
        case ReplicaState::Closed:
            throw Error(Status::InvalidArgument, "'" + path + "' was unregistered from " +
                                                     sync::ReplicaStore(file).load().service_url +
                                                     ": nothing is synchronized any more");
    }
}

}  // namespace rhumb::tool
