// SPDX-License-Identifier: Apache-2.0
//
// How far the edits of one service have come in at another: the generations of a replica of
// targetType server, as `replicas/<id>` tells them at either end.

#pragma once

#include "platform/http/form.hpp"
#include "sync/replica/replica.hpp"
#include "sync/wire/json.hpp"

#include <map>
#include <optional>
#include <string>

namespace rhumb::sync {

/// Generations of the source, by layer under perLayer, else one under kAllLayers.
using RelayGenerations = std::map<geodb::LayerId, ServerGeneration>;
inline constexpr geodb::LayerId kAllLayers{-1};

/// What one end says about the replica.
struct RelayEnd {
    wire::SyncModel model = wire::SyncModel::PerReplica;
    wire::SyncDirection direction = wire::SyncDirection::Download;
    bool for_services = false;  ///< targetType server
    RelayGenerations own;       ///< of this service, up to which the other has acknowledged
    RelayGenerations sibling;   ///< of the other service, up to which its edits came in here
};

RelayEnd read_relay_end(const wire::Json& info);

/// Generations out of an answer of synchronizeReplica.
RelayGenerations relay_generations_of(const wire::Json& answer, wire::SyncModel model);

wire::Json facts_of(const RelayGenerations& generations);
RelayGenerations relay_generations_in(const wire::Json* facts);

/// replicaServerGen or syncLayers of the download, replicaServerSibGen or the syncLayers of the
/// upload.
void add_relay_download(http::NameValues& form, wire::SyncModel model,
                        const RelayGenerations& base);
void add_relay_upload(http::NameValues& form, wire::SyncModel model,
                      const RelayGenerations& reached);

}  // namespace rhumb::sync
