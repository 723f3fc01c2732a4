// SPDX-License-Identifier: Apache-2.0
//
// The part of ChangeIntake that reads a delta.
#include "sync/client/change_intake.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace rhumb::sync {
namespace {

wire::FeatureJson feature_of(delta::Row& row) {
    wire::FeatureJson feature;
    feature.has_global_id = true;
    feature.global_id = row.feature;
    feature.values = std::move(row.values);
    return feature;
}

}  // namespace

bool ChangeIntake::take_delta(delta::DeltaReader& reader) {
    ChildRows::defer_foreign_keys(geodatabase_);
    std::vector<geodb::LayerId> whole;
    for (const ReplicaLayer& agreed : replica_.layers) {
        const geodb::LayerId id = agreed.id;
        const delta::LayerHead* head = reader.layer(id);
        if (head == nullptr) continue;
        const geodb::Layer& layer = geodatabase_.layer(id);
        SnapshotSweep* sweep = head->terms.whole ? &sweep_of(id) : nullptr;
        if (sweep != nullptr) whole.push_back(id);
        bool all_here = true;
        reader.each(delta::Kind::Add, layer, [&](delta::Row& row) {
            note_arrival(id, row.feature);
            applier(id).put_feature(feature_of(row));
            if (sweep != nullptr) sweep->saw(row.feature);
            step_on(id);
        });
        reader.each(delta::Kind::Update, layer, [&](delta::Row& row) {
            note_arrival(id, row.feature);
            all_here = all_here && applier(id).put_change(feature_of(row));
            step_on(id);
        });
        if (!all_here) return false;
        reader.each(delta::Kind::Delete, layer, [&](delta::Row& row) {
            attachments_.keep_pending_of(id, row.feature);
            applier(id).erase(row.feature);
            step_on(id);
        });
    }
    // As in JSON: attachments of features that come follow all of these.
    for (const ReplicaLayer& agreed : replica_.layers) {
        if (reader.layer(agreed.id) == nullptr) continue;
        attachments_.take_delta(reader, agreed.id, replica_.service_url);
    }
    // A service that gives whole layers as a delta has no attachments in them.
    for (const geodb::LayerId id : whole) sweep_layer(id, true);
    sweeps_.clear();
    for (const auto& [id, changes] : appliers_) changes->finish();
    if (applied_ > 0) attachments_.features_came();
    attachments_.finish();
    return true;
}

}  // namespace rhumb::sync
