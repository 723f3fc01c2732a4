// SPDX-License-Identifier: Apache-2.0
//
// A synchronization as a ladder of stored steps, which does no I/O on the network.
//
// It says which request it wants next, takes the answer, and stores the effect together with the
// next rung in one transaction of the replica file. A kill between any two instructions loses at
// most one request: the ladder made anew over the same file goes on where it was.

#pragma once

#include "geodb/geodatabase.hpp"
#include "geodb/geometry/geometry.hpp"
#include "platform/http/transport.hpp"
#include "sync/client/layer_directions.hpp"
#include "sync/replica/attachment_lane.hpp"
#include "sync/replica/replica.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::sync {

/// What is wanted of one layer beside a condition; what is not said is as the protocol has it.
struct LayerWish {
    std::optional<wire::QueryOption> option;
    std::optional<bool> use_geometry;
    std::optional<bool> include_related;
};

struct CreateOptions {
    std::string service_url;                            ///< …/FeatureServer
    std::optional<std::vector<geodb::LayerId>> layers;  ///< default: all that can be synchronized
    std::map<geodb::LayerId, std::string> where;
    std::optional<geodb::Envelope> extent;
    /// Instead of an extent: an area of any shape, as Esri JSON; "" for none.
    std::string area;
    std::optional<std::int32_t> extent_epsg;  ///< default: the service's spatial reference
    /// By layer; a table that says nothing brings the rows related to those of other layers, if
    /// the replica is filtered at all, else all of its rows.
    std::map<geodb::LayerId, LayerWish> layer_wishes;
    /// Reference of the geometries here; default: each layer's own, or the service's.
    std::optional<std::int32_t> replica_epsg;
    std::optional<wire::SyncModel> model;  ///< default: perLayer if offered, else perReplica
    std::string name;                      ///< default: made from host and a random part
    std::map<geodb::LayerId, MergePolicy> policies;  ///< default: last in wins
    AttachmentPolicy attachments = AttachmentPolicy::All;
    std::optional<bool> async;  ///< by a job of the service; default: if it offers jobs
    /// Server: the file is to be published as a service of its own, which follows this one.
    wire::TargetType target = wire::TargetType::Client;
    /// For targetType server, seen from the service: download gives its edits away. Default: both
    /// ways.
    std::optional<wire::SyncDirection> direction;
};

struct SyncOptions {
    wire::SyncDirection direction = wire::SyncDirection::Bidirectional;
    /// Layers that go another way, or stay out: under perLayer only.
    DirectionWishes layer_directions = {};
    bool rollback_on_failure = false;
    bool close_replica = false;
    std::optional<AttachmentPolicy>
        attachments;  ///< from now on, for all layers; default: as it is
    /// By jobs of the service; default: for a large batch, if it offers jobs.
    std::optional<bool> async;
    /// Edits of more bytes go up ahead as an upload item, where the service takes one.
    std::int64_t most_inline_bytes = 4 * 1024 * 1024;
    std::int64_t part_bytes = 5 * 1024 * 1024;  ///< of an upload item, one request each
    /// Make the replica anew when the service does not know it. One that has expired there is made
    /// anew without being asked: of that the service is sure.
    bool renew_unknown = false;
};

struct Progress {
    enum class Phase : std::int32_t {
        Connect = 1,
        Create = 2,
        Upload = 3,
        Download = 4,
        Apply = 5
    };
    Phase phase = Phase::Connect;
    std::string what;        ///< e.g. the layer's name
    std::int64_t done = 0;   ///< bytes while sending and receiving, features while applying
    std::int64_t total = 0;  ///< 0 when unknown
};
using OnProgress = std::function<void(const Progress&)>;

struct LayerCounts {
    geodb::LayerId layer;
    std::string name;
    std::int64_t sent_inserts = 0, sent_updates = 0, sent_deletes = 0;
    std::int64_t received_inserts = 0, received_updates = 0, received_deletes = 0;
};

/// What became of one attachment that could not be sent or fetched. The next synchronization
/// tries again.
struct AttachmentFailure {
    geodb::LayerId layer;
    geodb::GlobalId attachment;
    std::string name;
    std::string reason;
};

struct AttachmentReport {
    std::int64_t sent = 0;      ///< adds, updates and deletes that the service took
    std::int64_t received = 0;  ///< adds, updates and deletes that came from it
    std::int64_t fetched = 0;   ///< attachments whose content arrived
    std::vector<AttachmentFailure> failures;
};

struct SyncReport {
    std::vector<LayerCounts> layers;
    std::vector<RejectedEdit> rejected;  ///< new in this synchronization
    std::vector<Conflict> conflicts;     ///< new in this synchronization
    AttachmentReport attachments;
    std::int64_t requests = 0;
    std::int64_t bytes_up = 0;
    std::int64_t bytes_down = 0;
    bool resumed = false;            ///< it went on from a rung that an earlier run had stored
    std::vector<std::string> notes;  ///< e.g. a layer that was left out, and why
};

/// One replica file, one thread. `geodatabase` outlives it.
///
/// Throws Error from next_request and take_result when the synchronization stops for a reason that
/// trying again at once will not lift (refused, schema changed, no Sync capability, disk full):
/// the file is as it was after the last finished step, and its message names phase, layer,
/// GlobalID and the service's own words.
class Ladder {
public:
    virtual ~Ladder() = default;

    /// The request that is due, or none when the ladder is at its end.
    virtual std::optional<http::TransportRequest> next_request() = 0;
    /// The answer to it, or why there is none. A failed transfer is no error: the same request
    /// is due again, after wait_ms().
    virtual void take_result(http::TransportResult result) = 0;

    /// How long to wait before the next request: grows with failures in a row, with jitter, and
    /// honours Retry-After; 0 when there is no reason to wait.
    virtual std::int64_t wait_ms() const = 0;
    /// Failed transfers since the last answer; the last one's reason, and what kind it is:
    /// Offline when nothing came, Protocol when something came that is no answer.
    virtual int failures_in_a_row() const = 0;
    virtual const std::string& last_failure() const = 0;
    virtual Status failure_status() const = 0;

    virtual const SyncReport& report() const = 0;

    /// The service it speaks with, whose host alone a token may go to; "" for none.
    virtual std::string service_url() const { return {}; }
};

/// Takes a service offline into a new, empty geodatabase, whose file has a rung from the start.
std::unique_ptr<Ladder> create_replica_ladder(geodb::Geodatabase& geodatabase,
                                              const CreateOptions& options, OnProgress on_progress);
/// Goes on with a creation that was cut off. Throws NotFound when none is under way.
std::unique_ptr<Ladder> resume_create_ladder(geodb::Geodatabase& geodatabase,
                                             OnProgress on_progress);

/// Synchronizes a replica. When an earlier run was cut off after its edits were sent, that one is
/// finished first, with its own options. A replica that has expired at the service is made anew in
/// its file, with all pending edits: what the service still takes goes up before, the rest after.
std::unique_ptr<Ladder> synchronize_ladder(geodb::Geodatabase& geodatabase,
                                           const SyncOptions& options, OnProgress on_progress);

/// Makes a copy of a replica's file a replica of its own, with a new id: its data and pending
/// edits stay. Synchronize it in both directions or by download first; what the original has sent
/// meanwhile is then recognized.
std::unique_ptr<Ladder> register_ladder(geodb::Geodatabase& geodatabase);

/// Unregisters the replica at the service and closes it here.
std::unique_ptr<Ladder> unregister_ladder(geodb::Geodatabase& geodatabase);

/// How long and how often climb() tries.
struct ClimbLimits {
    int failures_in_a_row = 5;  ///< then Error(Offline); a later call goes on
    std::int64_t longest_wait_ms = 30'000;
};

/// Carries the ladder's requests with `transport` until its end. `wait` sleeps.
SyncReport climb(Ladder& ladder, http::Transport& transport, const CancelToken& cancel,
                 const std::function<void(std::int64_t ms)>& wait, const ClimbLimits& limits = {});

}  // namespace rhumb::sync
