// SPDX-License-Identifier: Apache-2.0
//
// What an extractChanges asks for (ArcGIS REST): layers, ranges of generations, filters, and in
// what form the changes are to come.

#pragma once

#include "sync/service/call.hpp"
#include "sync/service/replicas/replica_filter.hpp"
#include "sync/wire/wire_names.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rhumb::service {

struct LayerRange {
    LayerId layer;
    geodb::GenerationRange range;
};

struct ChangesRequest {
    std::vector<LayerRange> layers;
    /// Filters, area and reference as a replica has them; it is none.
    ReplicaRecord filter;
    bool inserts = true, updates = true, deletes = true;
    bool ids_only = false;
    bool deleted_features = false;
    bool mark_geometry = false;
    std::vector<std::string> compared_fields;
    bool extent_only = false;
    std::int32_t grid = 0;  ///< cells along a side of the extent; 0: none
    bool attachments = false;
    bool attachments_by_url = true;
    wire::TransportType transport = wire::TransportType::Url;
};

/// Throws InvalidArgument or Unsupported naming the parameter.
ChangesRequest read_changes_request(const Call& call);

/// Throws for a generation that is not kept any more, or not yet there.
void check_ranges(const ChangesRequest& request, const StoreSnapshot& snapshot);

}  // namespace rhumb::service
