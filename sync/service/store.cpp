// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store.hpp"

#include "platform/error.hpp"

#include <algorithm>

namespace rhumb::service {

const LayerFilter* ReplicaRecord::layer(LayerId wanted) const {
    const auto found = std::find_if(layers.begin(), layers.end(), [&](const LayerFilter& filter) {
        return filter.layer == wanted;
    });
    return found != layers.end() ? &*found : nullptr;
}

const Layer& Store::layer(LayerId id) const {
    for (const Layer& layer : layers()) {
        if (layer.id == id) return layer;
    }
    throw Error(Status::NotFound, "There is no layer or table " + std::to_string(id.value) + ".");
}

}  // namespace rhumb::service
