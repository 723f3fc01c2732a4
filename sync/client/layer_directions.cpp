// SPDX-License-Identifier: Apache-2.0
#include "sync/client/layer_directions.hpp"

#include "platform/error.hpp"
#include "sync/wire/json_parameter.hpp"

#include <algorithm>
#include <string>

namespace rhumb::sync {
namespace {

using geodb::LayerId;
using wire::Json;
using wire::SyncDirection;

bool goes_up(SyncDirection direction) {
    return direction == SyncDirection::Upload || direction == SyncDirection::Bidirectional;
}

bool comes_down(SyncDirection direction) {
    return direction != SyncDirection::Upload;
}

void check_wish(const Replica& replica, LayerId id) {
    const bool known = std::any_of(replica.layers.begin(), replica.layers.end(),
                                   [id](const ReplicaLayer& layer) { return layer.id == id; });
    if (known) return;
    throw Error(Status::InvalidArgument, "a direction is given for layer " +
                                             std::to_string(id.value) +
                                             ", which is not in the replica");
}

}  // namespace

LayerDirections::LayerDirections(const Replica& replica, SyncDirection all) {
    for (const ReplicaLayer& layer : replica.layers) layers_[layer.id] = all;
}

LayerDirections::LayerDirections(const Replica& replica, SyncDirection all,
                                 const DirectionWishes& own)
    : LayerDirections(replica, all) {
    for (const auto& [id, direction] : own) {
        check_wish(replica, id);
        if (direction == all) continue;
        if (replica.model == wire::SyncModel::PerReplica) {
            throw Error(Status::InvalidArgument,
                        "layer " + std::to_string(id.value) +
                            " cannot go its own way: the replica is perReplica, where one "
                            "generation covers all layers");
        }
        if (direction) {
            layers_[id] = *direction;
        } else {
            layers_.erase(id);
        }
    }
    if (layers_.empty()) {
        throw Error(Status::InvalidArgument, "no layer is left to synchronize");
    }
}

LayerDirections LayerDirections::from_json(const Json& json) {
    LayerDirections directions;
    if (json.array() == nullptr) return directions;
    for (const Json& entry : *json.array()) {
        const auto id = wire::layer_id_of(entry.find("id"));
        const auto direction =
            wire::sync_direction_of(wire::text_or_empty(entry.find("syncDirection")));
        if (id && direction) directions.layers_[*id] = *direction;
    }
    return directions;
}

Json LayerDirections::to_json() const {
    Json json{Json::Array{}};
    for (const auto& [id, direction] : layers_) {
        json.push(Json::Object{{"id", id.value}, {"syncDirection", wire::name_of(direction)}});
    }
    return json;
}

std::optional<SyncDirection> LayerDirections::of(LayerId layer) const {
    const auto found = layers_.find(layer);
    return found == layers_.end() ? std::nullopt : std::optional(found->second);
}

bool LayerDirections::uploads(LayerId layer) const {
    const auto direction = of(layer);
    return direction && goes_up(*direction);
}

bool LayerDirections::downloads(LayerId layer) const {
    const auto direction = of(layer);
    return direction && comes_down(*direction);
}

bool LayerDirections::any_uploads() const {
    return std::any_of(layers_.begin(), layers_.end(),
                       [](const auto& layer) { return goes_up(layer.second); });
}

bool LayerDirections::any_downloads() const {
    return std::any_of(layers_.begin(), layers_.end(),
                       [](const auto& layer) { return comes_down(layer.second); });
}

bool LayerDirections::any(SyncDirection direction) const {
    return std::any_of(layers_.begin(), layers_.end(),
                       [direction](const auto& layer) { return layer.second == direction; });
}

std::set<LayerId> LayerDirections::uploading() const {
    std::set<LayerId> layers;
    for (const auto& [id, direction] : layers_) {
        if (goes_up(direction)) layers.insert(id);
    }
    return layers;
}

LayerDirections LayerDirections::pull() const {
    LayerDirections out;
    for (const auto& [id, direction] : layers_) {
        if (!comes_down(direction)) continue;
        out.layers_[id] =
            direction == SyncDirection::Snapshot ? direction : SyncDirection::Download;
    }
    return out;
}

LayerDirections LayerDirections::submission(bool gives_back) const {
    LayerDirections out;
    for (const auto& [id, direction] : layers_) {
        if (goes_up(direction)) out.layers_[id] = gives_back ? direction : SyncDirection::Upload;
    }
    return out;
}

SyncDirection LayerDirections::common() const {
    for (const SyncDirection direction :
         {SyncDirection::Bidirectional, SyncDirection::Download, SyncDirection::Upload}) {
        if (any(direction)) return direction;
    }
    return SyncDirection::Snapshot;
}

}  // namespace rhumb::sync
