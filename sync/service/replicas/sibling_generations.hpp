// SPDX-License-Identifier: Apache-2.0
//
// Sibling generations of replicas whose other end is a service: up to where the other service's
// edits have come in. ArcGIS REST, synchronizeReplica with targetType server.
//
// The sibling is stored in the transaction that applies the edits, so that a transfer whose answer
// was lost can be asked for (replicas/<id>) and repeated: edits whose sibling generation is stored
// already are not applied again.

#pragma once

#include "sync/service/call.hpp"
#include "sync/wire/json.hpp"
#include "sync/wire/json_writer.hpp"

#include <map>
#include <optional>

namespace rhumb::service {

/// What a call says about siblings.
struct Siblings {
    std::optional<Generation> replica;     ///< replicaServerSibGen
    std::map<LayerId, Generation> layers;  ///< serverSibGen in syncLayers

    /// The replica's record after these came in.
    ReplicaRecord with(ReplicaRecord record) const;
    /// Whether this layer's edits are in already.
    bool repeats(const ReplicaRecord& record, LayerId layer) const;
};

/// Empty for replicas of targetType client, which have no sibling. Throws InvalidArgument when the
/// edits are older than those that came in last: they would bring old values back.
Siblings read_siblings(const Call& call, const ReplicaRecord& replica);

/// The generation of the other service up to which this layer's edits have come in.
std::optional<Generation> sibling_of(const ReplicaRecord& record, LayerId layer);

/// `replicaServerSibGen`, for a replica of targetType server under perReplica.
void write_sibling(wire::JsonWriter& writer, const ReplicaRecord& replica);
/// `serverSibGen` within an entry of layerServerGens.
void write_layer_sibling(wire::JsonWriter& writer, const ReplicaRecord& replica,
                         const LayerFilter& filter);

}  // namespace rhumb::service
