// SPDX-License-Identifier: Apache-2.0
//
// Which way each layer of a replica goes in one synchronization.
//
// ArcGIS REST, synchronizeReplica: under perLayer each layer has a generation of its own, so each
// may go its own way, or stay out. Under perReplica one generation covers all, and so one way.

#pragma once

#include "sync/replica/replica.hpp"
#include "sync/wire/json.hpp"
#include "sync/wire/wire_names.hpp"

#include <map>
#include <optional>
#include <set>

namespace rhumb::sync {

/// Of layers that go another way than the rest. None: the layer stays out.
using DirectionWishes = std::map<geodb::LayerId, std::optional<wire::SyncDirection>>;

class LayerDirections {
public:
    /// No layer goes anywhere.
    LayerDirections() = default;
    /// All layers of `replica` go the same way.
    LayerDirections(const Replica& replica, wire::SyncDirection all);
    /// Throws InvalidArgument naming the layer: it is not in the replica, or may not go its own
    /// way; or no layer goes anywhere.
    LayerDirections(const Replica& replica, wire::SyncDirection all, const DirectionWishes& own);

    /// As stored with a rung by to_json().
    static LayerDirections from_json(const wire::Json& json);
    wire::Json to_json() const;

    /// None: the layer stays out.
    std::optional<wire::SyncDirection> of(geodb::LayerId layer) const;
    bool uploads(geodb::LayerId layer) const;
    /// Whether it takes what the service has: download, bidirectional and snapshot do.
    bool downloads(geodb::LayerId layer) const;
    bool any_uploads() const;
    bool any_downloads() const;
    bool any(wire::SyncDirection direction) const;
    /// Those that upload.
    std::set<geodb::LayerId> uploading() const;

    /// What comes down ahead of the upload, and all that is left where nothing may go up.
    LayerDirections pull() const;
    /// What goes with the edits. `gives_back`: bidirectional layers also take.
    LayerDirections submission(bool gives_back) const;

    /// The one that stands for all in a call.
    wire::SyncDirection common() const;

private:
    std::map<geodb::LayerId, wire::SyncDirection> layers_;
};

}  // namespace rhumb::sync
