// SPDX-License-Identifier: Apache-2.0
//
// All that one call to synchronize means, as ladders one after another: a renewal that is due, the
// edits, the attachments, and the end of the replica if that was asked for.
#include "platform/error.hpp"
#include "sync/client/attachment_ladder.hpp"
#include "sync/client/ladder_sequence.hpp"
#include "sync/client/renew_ladder.hpp"
#include "sync/client/synchronize_ladder.hpp"
#include "sync/client/unregister_ladder.hpp"
#include "sync/replica/data_set.hpp"

#include <deque>
#include <memory>
#include <utility>

namespace rhumb::sync {
namespace {

/// Edits that this run does not send would go nowhere once the replica is closed.
void check_may_close(geodb::Geodatabase& geodatabase, const LayerDirections& directions) {
    for (const PendingCount& layer : ReplicaStore(geodatabase).pending()) {
        if (directions.uploads(layer.layer)) continue;
        throw Error(Status::InvalidArgument, "the replica cannot be closed: layer '" +
                                                 layer.layer_name + "' has " +
                                                 std::to_string(layer.total()) + " pending edit" +
                                                 (layer.total() == 1 ? "" : "s") +
                                                 " that this synchronization does not send");
    }
}

/// Data for a service whose content is not here whole yet; null for all else.
std::unique_ptr<Ladder> rest_of_data_set(geodb::Geodatabase& geodatabase,
                                         const OnProgress& on_progress) {
    const Replica replica = ReplicaStore(geodatabase).load();
    if (replica.state != Replica::State::Ready || !data_set_of(replica)) return nullptr;
    if (AttachmentLane(geodatabase).wanted(0, 1).empty()) return nullptr;
    return attachment_ladder(geodatabase, {std::set<geodb::LayerId>{}, true}, on_progress);
}

}  // namespace

std::unique_ptr<Ladder> synchronize_ladder(geodb::Geodatabase& geodatabase,
                                           const SyncOptions& options, OnProgress on_progress) {
    if (auto rest = rest_of_data_set(geodatabase, on_progress)) return rest;
    const bool was_closing = is_closing(geodatabase);
    if (was_closing && ReplicaStore(geodatabase).pending().empty()) {
        return unregister_ladder(geodatabase);
    }
    SyncOptions edits_only = options;
    edits_only.close_replica = false;  // at the very end
    const auto synchronize = [&geodatabase, edits_only, on_progress]() -> std::unique_ptr<Ladder> {
        return std::make_unique<SynchronizeLadder>(geodatabase, edits_only, on_progress);
    };
    const bool renewing = is_renewing(ReplicaStore(geodatabase));
    auto first = renewing ? renew_ladder(geodatabase, on_progress) : synchronize();
    set_attachment_policy(geodatabase, options.attachments);
    const LayerDirections directions(ReplicaStore(geodatabase).load(), options.direction,
                                     options.layer_directions);
    if (options.close_replica) check_may_close(geodatabase, directions);
    const AttachmentRun run{directions.uploading(), directions.any_downloads()};
    const bool uploads = directions.any_uploads();
    std::deque<LadderSequence::Next> later;
    if (renewing) later.push_back([synchronize](const SyncReport&) { return synchronize(); });
    const auto renewed = std::make_shared<bool>(false);
    later.push_back([&geodatabase, renewed, on_progress](const SyncReport&) {
        *renewed = is_renewing(ReplicaStore(geodatabase));
        return *renewed ? renew_ladder(geodatabase, on_progress) : nullptr;
    });
    later.push_back([&geodatabase, renewed, synchronize, uploads](const SyncReport&) {
        // What the service would not take before.
        const bool left = *renewed && uploads && !ReplicaStore(geodatabase).pending().empty();
        return left ? synchronize() : nullptr;
    });
    later.push_back([&geodatabase, run, on_progress](const SyncReport&) {
        return attachment_ladder(geodatabase, run, on_progress);
    });
    const bool close = options.close_replica || was_closing;
    later.push_back([&geodatabase, close](const SyncReport& so_far) {
        // A refused edit may still be mended and sent: then the replica stays open.
        const bool all_taken = so_far.rejected.empty() && so_far.attachments.failures.empty();
        return close && all_taken ? unregister_ladder(geodatabase) : nullptr;
    });
    return std::make_unique<LadderSequence>(std::move(first), std::move(later));
}

}  // namespace rhumb::sync
