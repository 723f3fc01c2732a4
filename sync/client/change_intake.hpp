// SPDX-License-Identifier: Apache-2.0
//
// Takes the changes of an answer into the layers of a replica, and keeps count.

#pragma once

#include "sync/client/answer.hpp"
#include "sync/client/attachment_intake.hpp"
#include "sync/client/ladder.hpp"
#include "sync/replica/change_applier.hpp"
#include "sync/replica/replica_store.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
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

    /// Once the transaction is committed.
    void add_to(SyncReport& report);

private:
    bool is_ours(geodb::LayerId id) const;
    /// A feature came whose insert here the service had refused.
    void note_arrival(geodb::LayerId id, const geodb::GlobalId& feature);
    ChangeApplier& applier(geodb::LayerId id);
    void step_on(geodb::LayerId id);

    geodb::Geodatabase& geodatabase_;
    ReplicaStore& store_;
    const Replica& replica_;
    OnApplied on_applied_;
    std::map<geodb::LayerId, std::unique_ptr<ChangeApplier>> appliers_;
    std::vector<Conflict> conflicts_;
    std::optional<std::set<std::pair<geodb::LayerId, geodb::GlobalId>>> refused_inserts_;
    AttachmentIntake attachments_;
    std::int64_t applied_ = 0;
};

}  // namespace rhumb::sync
