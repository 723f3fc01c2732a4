// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/sibling_generations.hpp"

#include "sync/wire/json_parameter.hpp"

#include <utility>

namespace rhumb::service {

using wire::Json;

ReplicaRecord Siblings::with(ReplicaRecord record) const {
    if (replica) record.terms.sibling = replica;
    for (LayerFilter& filter : record.layers) {
        const auto found = layers.find(filter.layer);
        if (found != layers.end()) filter.sibling = found->second;
    }
    return record;
}

bool Siblings::repeats(const ReplicaRecord& record, LayerId layer) const {
    if (record.model == wire::SyncModel::PerReplica) {
        return replica && record.terms.sibling == replica;
    }
    const auto found = layers.find(layer);
    const LayerFilter* filter = record.layer(layer);
    return found != layers.end() && filter != nullptr && filter->sibling == found->second;
}

Siblings read_siblings(const Call& call, const ReplicaRecord& replica) {
    Siblings siblings;
    if (replica.terms.target != wire::TargetType::Server) return siblings;
    if (replica.model == wire::SyncModel::PerReplica) {
        const auto given = integer_parameter(call.parameters, "replicaServerSibGen");
        if (given) siblings.replica = Generation{*given};
        return siblings;
    }
    const std::string& text = call.parameters.get("syncLayers");
    if (text.empty()) return siblings;
    const Json list = wire::parse_json_parameter(text, "'syncLayers'");
    for (const Json& json : list.as_array("syncLayers")) {
        const auto layer = wire::layer_id_of(json.find_any_case("id"));
        const auto given = wire::integer_member(json, "serverSibGen", "syncLayers");
        if (layer && given) siblings.layers[*layer] = {*given};
    }
    return siblings;
}

void write_sibling(wire::JsonWriter& writer, const ReplicaRecord& replica) {
    if (replica.model != wire::SyncModel::PerReplica || !replica.terms.sibling) return;
    writer.key("replicaServerSibGen").integer(replica.terms.sibling->value);
}

void write_layer_sibling(wire::JsonWriter& writer, const LayerFilter& filter) {
    if (filter.sibling) writer.key("serverSibGen").integer(filter.sibling->value);
}

}  // namespace rhumb::service
