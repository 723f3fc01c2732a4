// SPDX-License-Identifier: Apache-2.0
//
// Attachments in deltas, both ways: net changes as rows of a delta, and rows of a delta that
// another service gave away as the `attachments` lists of an upload.

#pragma once

#include "sync/delta/delta_attachments.hpp"
#include "sync/delta/delta_writer.hpp"
#include "sync/service/call.hpp"
#include "sync/wire/json.hpp"

#include <functional>
#include <set>
#include <vector>

namespace rhumb::service {

/// Net changes of the attachments of one layer, for a replica that downloads them.
class AttachmentRows {
public:
    AttachmentRows(StoreSnapshot& snapshot, LayerId layer)
        : snapshot_(snapshot),
          layer_(layer),
          rows_(delta::attachment_layer(layer)),
          layer_has_any_(snapshot.attachments().any(layer)) {}

    /// The feature came into the replica, and its attachments with it.
    void take_parent(const GlobalId& parent, ObjectId oid);
    /// All of them, behind the rows of their layer. `terms` are those of the layer.
    void write(delta::DeltaWriter& writer, const delta::LayerTerms& terms,
               const ReplicaScope& scope, Generation base, const Uuid& replica);

private:
    using Kind = AttachmentChange::Kind;
    void put(delta::DeltaWriter& writer, Kind kind, const Attachment& attachment, ObjectId parent);

    StoreSnapshot& snapshot_;
    LayerId layer_;
    geodb::Layer rows_;
    bool layer_has_any_;
    struct Parent {
        GlobalId feature;
        ObjectId oid;
    };
    std::vector<Parent> arrived_;       ///< those that have any
    std::set<std::int64_t> with_them_;  ///< what came with its parent is told once
};

/// Hands the rows over in lists of bounded length, for apply_attachments: adds, updates, deletes.
void each_attachment_list(delta::DeltaReader& reader, LayerId layer,
                          const std::function<void(const wire::Json& lists)>& on_lists);

}  // namespace rhumb::service
