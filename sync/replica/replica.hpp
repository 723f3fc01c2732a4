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
#include "sync/replica/merge_policy.hpp"
#include "sync/wire/wire_names.hpp"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
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
    std::string editor_field;  ///< tells who edited last; "" when the service tracks no editors
    /// As it was when this was read; ReplicaStore::set_policy changes it.
    MergePolicy policy = MergePolicy::LastIn;
    /// Why the layer is left out of synchronizations, its edits pending; "" when it is not.
    std::string stopped;
    bool operator==(const ReplicaLayer&) const = default;
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
    /// The last one that ended well and had anything to send or to take.
    std::optional<std::int64_t> last_sync_ms;
    std::string agreement;  ///< JSON of the wishes it was made with; "" when they are not known
    std::string history;    ///< mark of the service's history as last heard; "" when it tells none
    /// GUID of the batch that was settled last, or of the two of which one was, "" for none yet.
    /// None: made before it was noted.
    std::optional<std::string> last_batch = std::nullopt;
    /// Why it is not synchronized any more, above all that it is a copy of another file; "" when
    /// it is. Registering it lifts this.
    std::string stopped = {};

    bool operator==(const Replica&) const = default;
};

/// What one edit became of that the service refused. Kept until somebody decides, and told after.
struct RejectedEdit {
    /// Stored: never renumber.
    enum class State : std::uint8_t {
        Parked = 1,      ///< not sent until somebody decides or edits the feature
        Pending = 2,     ///< goes up with the next synchronization, as any other edit
        Accepted = 3,    ///< the service has taken it since
        TookTheirs = 4,  ///< given up for what the service has
        Withdrawn = 5,   ///< its feature, which the service never had, was deleted here
    };
    /// Where the edit itself is. Stored: never renumber.
    enum class Keeping : std::uint8_t {
        Values = 0,    ///< in `values` alone: parked by an older version, or not ours
        Log = 1,       ///< in the edit log, set apart; the row shows it
        SetAside = 2,  ///< in `values` alone: it could not stand beside what the service has
    };
    std::int64_t number = 0;  ///< of this list
    geodb::LayerId layer;
    geodb::GlobalId feature;
    geodb::NetEdit::Kind kind;
    std::int64_t code = 0;
    std::string reason;
    std::int64_t at_ms = 0;
    std::string values;  ///< the feature as Esri JSON, as it was sent
    State state = State::Parked;
    Keeping keeping = Keeping::Values;
    std::int64_t attempts = 1;    ///< how often the service has refused it
    std::int64_t decided_ms = 0;  ///< 0: not yet

    bool open() const { return state == State::Parked || state == State::Pending; }
};

/// "insert", "update", "delete"
std::string_view name_of(geodb::NetEdit::Kind kind);
/// "parked", "pending", "accepted", "took theirs", "withdrawn"
std::string_view name_of(RejectedEdit::State state);

/// Both sides had changed the same; one value lost.
struct Conflict {
    using Winner = sync::Winner;
    /// Stored: never renumber.
    enum class State : std::uint8_t {
        Open = 1,        ///< waits for a decision
        ByPolicy = 2,    ///< settled by the layer's policy; may still be decided otherwise
        TookMine = 3,    ///< somebody decided
        TookTheirs = 4,  ///< somebody decided
        TookValue = 5,   ///< somebody gave a third value
    };
    std::int64_t number = 0;
    geodb::LayerId layer;
    geodb::GlobalId feature;
    std::string column;              ///< "" when one side deleted the feature
    std::string base, mine, theirs;  ///< JSON values or features; "" for "deleted" or "none"
    Winner winner = Winner::Device;  ///< whose value stood in the row afterwards
    std::int64_t at_ms = 0;
    MergePolicy policy = MergePolicy::LastIn;
    State state = State::ByPolicy;
    std::string mine_by;           ///< this device
    std::string theirs_by;         ///< "" when the service does not say
    std::int64_t resolved_ms = 0;  ///< 0: nobody has decided
    std::string value;             ///< TookValue: the JSON that was given
};

/// "open", "by policy", "took mine", "took theirs", "took a value"
std::string_view name_of(Conflict::State state);
/// "device", "service"
std::string_view name_of(Winner winner);

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
