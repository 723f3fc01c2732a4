// SPDX-License-Identifier: Apache-2.0
//
// What a call of synchronizeReplica asks for, read and checked before anything happens.

#pragma once

#include "sync/service/replicas/edits_source.hpp"
#include "sync/service/replicas/replica_answer.hpp"
#include "sync/service/replicas/sibling_generations.hpp"
#include "sync/service/replicas/upload.hpp"

#include <memory>
#include <vector>

namespace rhumb::service {

/// What is to happen with one layer.
struct LayerSync {
    LayerId layer;
    wire::SyncDirection direction;
    Generation base;

    bool uploads() const {
        return direction == wire::SyncDirection::Upload ||
               direction == wire::SyncDirection::Bidirectional;
    }
    bool downloads() const {
        return direction == wire::SyncDirection::Download ||
               direction == wire::SyncDirection::Bidirectional;
    }
};

struct SyncCall {
    std::vector<LayerSync> layers;
    UploadOptions upload;
    std::unique_ptr<EditsSource> edits;
    Siblings siblings;
    wire::TransportType transport = wire::TransportType::Url;
    DataFormat format = DataFormat::Json;
    bool close_replica = false;
    bool attachments_by_url = true;
};

/// Throws InvalidArgument naming the parameter.
SyncCall read_sync_call(const Call& call, const ReplicaRecord& replica);
/// Throws GenerationExpired for a replica that may only upload.
void check_not_expired(const SyncCall& asked, const ReplicaRecord& replica);
/// Our extension: what the client has must be of this timeline, or it would miss edits unseen.
/// Throws GenerationExpired.
void check_history(const Call& call, const SyncCall& asked, StoreSnapshot& snapshot);
/// Throws InvalidArgument, or GenerationExpired where the history of it is not kept any more.
void check_generations(const SyncCall& asked, const StoreSnapshot& snapshot);

/// Edits of layers that do not upload are ignored, as the protocol says; those of a sibling
/// generation that is in already are not applied again.
wire::Json uploadable(const ReplicaRecord& replica, const SyncCall& asked, const wire::Json& all);
std::vector<LayerId> uploading_layers(const ReplicaRecord& replica, const SyncCall& asked);

}  // namespace rhumb::service
