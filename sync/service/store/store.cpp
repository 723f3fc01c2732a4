// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store/store.hpp"

#include "platform/error.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {

namespace {

const LayerFilter* filter_of(const std::vector<LayerFilter>& layers, LayerId wanted) {
    const auto found = std::find_if(layers.begin(), layers.end(), [&](const LayerFilter& filter) {
        return filter.layer == wanted;
    });
    return found != layers.end() ? &*found : nullptr;
}

}  // namespace

const LayerFilter* ReplicaRecord::layer(LayerId wanted) const {
    return filter_of(layers, wanted);
}

const LayerFilter* ReplicaScope::layer(LayerId wanted) const {
    return filter_of(layers, wanted);
}

const geodb::SpatialFilter* ReplicaScope::area(LayerId wanted) const {
    const auto found = areas.find(wanted);
    return found != areas.end() ? found->second : nullptr;
}

const Layer& Store::layer(LayerId id) const {
    for (const Layer& layer : layers()) {
        if (layer.id == id) return layer;
    }
    throw Error(Status::NotFound, "There is no layer or table " + std::to_string(id.value) + ".");
}

std::vector<LayerId> layers_parents_first(const Store& store) {
    std::vector<LayerId> layers;
    for (const Layer& layer : store.layers()) layers.push_back(layer.id);
    return geodb::parents_first(std::move(layers), store.relationships());
}

}  // namespace rhumb::service
