// SPDX-License-Identifier: Apache-2.0
//
// Takes the changes of an answer into the layers of a replica, and keeps count.

#pragma once

#include "sync/client/answer.hpp"
#include "sync/client/attachment_intake.hpp"
#include "sync/client/ladder.hpp"
#include "sync/delta/delta_reader.hpp"
#include "sync/replica/change_applier.hpp"
#include "sync/replica/replica_store.hpp"
#include "sync/replica/snapshot_sweep.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rhumb::sync {

/// The sum of a layer in a report, begun when there is none yet.
LayerCounts& counts_of(SyncReport& report, const geodb::Layer& layer);

/// For one answer, within one write transaction. What it refers to outlives it.
class ChangeIntake {
public:
    using OnApplied = std::function<void(const std::string& layer, std::int64_t changes)>;
    ChangeIntake(geodb::Geodatabase& geodatabase, ReplicaStore& store, const Replica& replica,
                 OnApplied on_applied);

    /// Conflicts go to the store at once. Unless the answer is Good the transaction must be rolled
    /// back. Throws as read_download, and Error naming layer and feature.
    Answer take(const http::Response& response, const std::string& what);

    /// The same of a delta, of changes or of whole layers. False when a feature that changed is not
    /// here, so that its row is not known: then too the transaction must be rolled back. Throws as
    /// DeltaReader.
    bool take_delta(delta::DeltaReader& reader);

    /// Before take(): the answer holds whole layers with all their attachments.
    void expect_whole_layers() { attachments_.expect_whole_layers(); }

    /// Before take(): what the whole layers lack, the service has lost. It stays here, parked, and
    /// values that differ are told as conflicts.
    void keep_what_the_service_lost() { service_lost_ = true; }

    /// Once the transaction is committed.
    void add_to(SyncReport& report);

private:
    bool is_ours(geodb::LayerId id) const;
    /// A feature came whose insert here the service had refused: what is left of ours beside
    /// theirs is a change, and goes up.
    void note_arrival(geodb::LayerId id, const geodb::GlobalId& feature);
    ChangeApplier& applier(geodb::LayerId id);
    void step_on(geodb::LayerId id);
    void put(geodb::LayerId id, const wire::Json& json, bool whole_layer);
    void sweep(const wire::Json& root);
    /// Of a layer that came whole, what was not in it goes, unless it was edited here.
    void sweep_layer(geodb::LayerId id, bool attachments_too);
    SnapshotSweep& sweep_of(geodb::LayerId id);
    void keep_lost(geodb::LayerId id, const std::vector<geodb::GlobalId>& features);

    geodb::Geodatabase& geodatabase_;
    ReplicaStore& store_;
    const Replica& replica_;
    OnApplied on_applied_;
    std::map<geodb::LayerId, std::unique_ptr<ChangeApplier>> appliers_;
    std::map<geodb::LayerId, std::unique_ptr<SnapshotSweep>> sweeps_;
    std::vector<Conflict> conflicts_;
    std::vector<RejectedEdit> set_aside_;
    using Refused = std::map<std::pair<geodb::LayerId, geodb::GlobalId>, RejectedEdit>;
    std::optional<Refused> refused_inserts_;
    AttachmentIntake attachments_;
    std::int64_t applied_ = 0;
    bool service_lost_ = false;
};

}  // namespace rhumb::sync
