// SPDX-License-Identifier: Apache-2.0
//
// What a service said about the edits of a batch, one by one, and how the refused ones are parked.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/client/arrival_check.hpp"
#include "sync/client/rollback_refusal.hpp"
#include "sync/replica/pending_log.hpp"
#include "sync/replica/replica_store.hpp"
#include "sync/wire/edit_result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace rhumb::sync {

/// A failed result as the edit that is parked for it, without its values.
RejectedEdit rejected_edit(const geodb::Geodatabase& geodatabase, geodb::LayerId layer,
                           geodb::NetEdit::Kind kind, const wire::EditResult& result);

class Rejections {
public:
    /// A result of any kind; only failures are kept. `has_seen`: this device was told what happened
    /// to the features of the layer before. If not, one that is missing was deleted by somebody,
    /// and its edit waits until a download has told so.
    void take(geodb::LayerId layer, geodb::NetEdit::Kind kind, const wire::Json& result,
              bool has_seen = true);

    /// Inserts that the service has already, as it says. When the batch was sent more than once to
    /// a service that does not know repeats, they may have arrived the first time.
    std::set<LayerFeature> inserts_there_already() const;
    /// Those have arrived.
    void forgive_inserts(const std::function<bool(const LayerFeature&)>& has_arrived);

    bool empty() const { return failures_.empty(); }
    /// Edits that a service of ours left out, because others have changed their features: park()
    /// keeps these pending.
    std::int64_t changed_meanwhile() const;
    /// The service says of some edit that it was taken back because of another.
    bool rolled_back() const;
    /// The one because of which the others were taken back, and "layer 'Trees', {…}: Object is
    /// missing. (code 1011)", the first few of them.
    RefusedUpload refused_upload(geodb::Geodatabase& geodatabase,
                                 const ReplicaStore::Batch& batch) const;

    /// Edits that were refused once, went up again with this batch and were taken.
    void note_accepted(geodb::Geodatabase& geodatabase, ReplicaStore& store,
                       const ReplicaStore::Batch& batch) const;

    /// Writes the refused edits, as they were sent, to the replica, and sets them apart in the log.
    /// Inside the transaction that settles the batch, before it. An edit whose feature was edited
    /// again since stays pending.
    std::vector<RejectedEdit> park(geodb::Geodatabase& geodatabase, ReplicaStore& store,
                                   const ReplicaStore::Batch& batch) const;

private:
    struct Failure {
        geodb::LayerId layer;
        geodb::NetEdit::Kind kind;
        wire::EditResult result;
    };
    std::string sentence(const geodb::Geodatabase& geodatabase) const;
    using Failures = std::map<geodb::GlobalId, const Failure*>;
    /// A feature that we took for deleted is there: it has left the replica's filter, no more. Our
    /// edit of it stays pending, as the update that it was, and is no failure.
    static void take_up_again(geodb::Geodatabase& geodatabase, const ReplicaStore::Batch& batch,
                              const geodb::Layer& layer, Failures& failures, PendingLog& log);
    void park_layer(geodb::Geodatabase& geodatabase, const ReplicaStore::Batch& batch,
                    geodb::LayerId layer, Failures failures, std::vector<RejectedEdit>& out) const;

    std::vector<Failure> failures_;
};

}  // namespace rhumb::sync
