// SPDX-License-Identifier: Apache-2.0
//
// What a replica contains: its layers, their filters and its area, read from a createReplica call
// and made ready for each layer.

#pragma once

#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/predicates.hpp"
#include "sync/service/call.hpp"

#include <map>
#include <optional>

namespace rhumb::service {

/// Reads `layers`, `layerQueries`, `geometry`, `geometryType`, `inSR` into the record.
/// Throws InvalidArgument naming the parameter. Where-clauses are tried before they are kept.
void read_replica_filter(const Call& call, ReplicaRecord& replica);

/// `replicaSR`, as far as it is given.
std::optional<std::int32_t> replica_reference(const Call& call);

/// A replica's area and projection for each of its layers, made once for a call.
class ReplicaView {
public:
    ReplicaView(const Store& store, const ReplicaRecord& replica);

    ReplicaView(const ReplicaView&) = delete;
    ReplicaView& operator=(const ReplicaView&) = delete;

    /// Changes are for a client that does not know the columns' defaults.
    void tell_defaults() { scope_.tells_defaults = true; }

    /// For the store. Lives as long as this.
    const ReplicaScope& scope() const { return scope_; }
    /// Null when the replica has no area, or the layer no geometry.
    const geodb::SpatialFilter* area(LayerId layer) const;
    /// Null when the layer's own reference is sent.
    const geodb::CoordinateTransform* transform(LayerId layer) const;

private:
    ReplicaScope scope_;
    std::map<LayerId, geodb::SpatialFilter> areas_;
    std::map<LayerId, geodb::CoordinateTransform> transforms_;
};

}  // namespace rhumb::service
