// SPDX-License-Identifier: Apache-2.0
//
// The net changes of one layer, as extractChanges tells them: as features, as ids, or as the
// extent they lie in. Cost follows the number of changes.

#pragma once

#include "sync/service/changes/changes_request.hpp"
#include "sync/wire/json_writer.hpp"

namespace rhumb::service {

/// What every layer of one call shares. What it refers to outlives it.
struct ChangesCall {
    const Call& call;
    const ChangesRequest& request;
    const ReplicaView& view;
    StoreSnapshot& snapshot;
};

/// Writes an entry of `edits`; true when there is anything in it.
bool write_layer_changes(wire::JsonWriter& writer, Spool& spool, const ChangesCall& on,
                         const LayerRange& layer);
/// The same for returnExtentOnly.
bool write_changes_extent(wire::JsonWriter& writer, const ChangesCall& on, const LayerRange& layer);

/// Hands over the changes of the kinds that were asked for, those that the caller may see.
void each_wanted_change(const ChangesCall& on, const LayerRange& layer, const OnChange& on_change);

}  // namespace rhumb::service
