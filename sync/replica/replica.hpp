// SPDX-License-Identifier: Apache-2.0
//
// The agreement between a geodatabase on a device and a service: what was taken offline, how far
// both agree, and what happened to each edit.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "geodb/ids.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "geodb/value.hpp"
#include "platform/uuid.hpp"
#include "sync/wire/wire_names.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::sync {

/// A generation of the service, opaque to us: stored as it came, sent back unchanged, never
/// computed with. Kept as text because some services send it as text.
struct ServerGeneration {
    std::string value;
    bool operator==(const ServerGeneration&) const = default;
};

struct ReplicaLayer {
    geodb::LayerId id;  ///< of the service and, equal to it, of the geodatabase
    std::string where;  ///< "" for none
    bool use_geometry = true;
    std::optional<ServerGeneration> server_generation;  ///< perLayer only
    std::string fingerprint;                            ///< of the schema as it was agreed
    std::string object_id_field;
};

struct Replica {
    enum class State : std::uint8_t {
        Creating = 1,  ///< asked for, not here whole yet
        Ready = 2,
        Closed = 3,  ///< unregistered; the edits of the file go nowhere any more
    };
    std::string service_url;  ///< …/FeatureServer, without a trailing slash
    std::string name;         ///< unique: device and random; finds a replica whose answer was lost
    std::optional<std::string> id;  ///< as the service wrote it
    wire::SyncModel model = wire::SyncModel::PerReplica;
    State state = State::Creating;
    std::optional<ServerGeneration> server_generation;  ///< perReplica only
    std::vector<ReplicaLayer> layers;
    bool speaks_rhumb = false;                ///< the service knows batches (our extension)
    std::optional<geodb::Envelope> extent;    ///< what was taken offline; none: everything
    std::optional<std::int32_t> extent_epsg;  ///< of the extent; none: the service's
    std::int64_t created_ms = 0;
    std::optional<std::int64_t> last_sync_ms;  ///< the last one that ended well
};

/// What one edit became of that the service refused. Kept until somebody decides.
struct RejectedEdit {
    std::int64_t number = 0;  ///< of this list
    geodb::LayerId layer;
    geodb::GlobalId feature;
    geodb::NetEdit::Kind kind;
    std::int64_t code = 0;
    std::string reason;
    std::int64_t at_ms = 0;
    std::string values;  ///< the feature as Esri JSON, as it was sent
};

/// A value that lost when both sides had changed the same column.
struct Conflict {
    enum class Winner : std::uint8_t { Device = 1, Service = 2 };
    std::int64_t number = 0;
    geodb::LayerId layer;
    geodb::GlobalId feature;
    std::string column;              ///< "" when one side deleted the feature
    std::string base, mine, theirs;  ///< JSON values; "" for "deleted"
    Winner winner = Winner::Device;
    std::int64_t at_ms = 0;
};

/// Pending edits of one layer.
struct PendingCount {
    geodb::LayerId layer;
    std::string layer_name;
    std::int64_t inserts = 0;
    std::int64_t updates = 0;
    std::int64_t deletes = 0;
    std::int64_t total() const { return inserts + updates + deletes; }
};

}  // namespace rhumb::sync
