// SPDX-License-Identifier: Apache-2.0
//
// Whether the filter of a replica holds a feature that is in its file: where, area, relations.
//
// The service decides; this is what it will say as far as the file can tell.

#pragma once

#include "geodb/features/feature_reader.hpp"
#include "geodb/geodatabase.hpp"
#include "geodb/relationships/relationship.hpp"
#include "sync/client/layer_filter.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::sync {

/// What it refers to outlives it.
class ReplicaFilter {
public:
    ReplicaFilter(geodb::Geodatabase& file, const Replica& replica);
    ReplicaFilter(const ReplicaFilter&) = delete;
    ReplicaFilter& operator=(const ReplicaFilter&) = delete;

    const LayerFilter& of(geodb::LayerId layer) const;

    /// Why it does not hold the feature; none when it does. Throws Error when that cannot be told
    /// here: a condition in words of another vendor, an area in a reference that is not known.
    std::optional<std::string> why_outside(const geodb::Layer& layer, geodb::ObjectId feature);

private:
    geodb::FeatureQuery query(const geodb::Layer& layer);
    const geodb::SpatialFilter& area(const geodb::Layer& layer);
    bool holds(const geodb::Layer& layer, geodb::FeatureQuery query, geodb::ObjectId feature);
    bool is_child(geodb::LayerId layer) const;

    geodb::Geodatabase& file_;
    const Replica& replica_;
    CreateOptions wishes_;
    std::vector<geodb::Relationship> links_;
    std::map<geodb::LayerId, LayerFilter> filters_;
    std::map<geodb::LayerId, geodb::SpatialFilter> areas_;
};

}  // namespace rhumb::sync
