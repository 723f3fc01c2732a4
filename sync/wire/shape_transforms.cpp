// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/shape_transforms.hpp"

#include <tuple>

namespace rhumb::wire {

void ShapeTransforms::apply(geodb::Geometry& geometry, std::optional<std::int32_t> own,
                            std::int32_t layer_epsg) {
    const std::int32_t from = own.value_or(agreed_.value_or(layer_epsg));
    if (from == layer_epsg) return;
    auto found = transforms_.find({from, layer_epsg});
    if (found == transforms_.end()) {
        found = transforms_
                    .emplace(std::piecewise_construct, std::forward_as_tuple(from, layer_epsg),
                             std::forward_as_tuple(from, layer_epsg))
                    .first;
    }
    found->second.apply(geometry);
}

}  // namespace rhumb::wire
