// SPDX-License-Identifier: Apache-2.0
//
// What a replica holds of one layer, as its service was asked for it when it was made.

#pragma once

#include "sync/client/ladder.hpp"
#include "sync/replica/replica.hpp"

#include <string>

namespace rhumb::sync {

struct LayerFilter {
    wire::QueryOption option = wire::QueryOption::All;
    std::string where;      ///< "" for none
    bool by_place = false;  ///< by the replica's extent or area
    bool include_related = false;

    /// All of its rows are children of rows of other layers.
    bool by_relation() const { return option == wire::QueryOption::None && include_related; }
    bool takes_all() const { return option == wire::QueryOption::All; }
};

/// `is_child`: rows of the layer belong to rows of another layer of the replica.
LayerFilter layer_filter(const Replica& replica, const CreateOptions& wishes,
                         const ReplicaLayer& layer, bool is_child);

}  // namespace rhumb::sync
