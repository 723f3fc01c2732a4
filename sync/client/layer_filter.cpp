// SPDX-License-Identifier: Apache-2.0
#include "sync/client/layer_filter.hpp"

namespace rhumb::sync {

using wire::QueryOption;

LayerFilter layer_filter(const Replica& replica, const CreateOptions& wishes,
                         const ReplicaLayer& layer, bool is_child) {
    const auto found = wishes.layer_wishes.find(layer.id);
    const LayerWish asked = found != wishes.layer_wishes.end() ? found->second : LayerWish{};
    const bool has_area = replica.extent || !wishes.area.empty();
    const bool by_place = has_area && layer.use_geometry && asked.use_geometry.value_or(true);
    const bool everything = layer.where.empty() && !by_place;
    // Only a table can be all and everything in a replica that is otherwise a part.
    const bool related = everything && !layer.use_geometry && (has_area || !wishes.where.empty()) &&
                         asked.include_related.value_or(true) && is_child;
    const QueryOption usual = related      ? QueryOption::None
                              : everything ? QueryOption::All
                                           : QueryOption::UseFilter;
    return {asked.option.value_or(usual), layer.where, by_place,
            asked.include_related.value_or(related)};
}

}  // namespace rhumb::sync
