// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/sibling_generations.hpp"

#include "platform/error.hpp"

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
    const Json list = wire::parse_json(text, "'syncLayers'");
    for (const Json& json : list.as_array("syncLayers")) {
        const auto id = wire::to_int64(json.find_any_case("id"));
        const Json* given = json.find_any_case("serverSibGen");
        if (!id || given == nullptr || given->is_null()) continue;
        const auto generation = wire::to_int64(given);
        if (!generation) {
            throw Error(Status::InvalidArgument, "'syncLayers': the serverSibGen of layer " +
                                                     std::to_string(*id) + " is no whole number");
        }
        siblings.layers[{static_cast<std::int32_t>(*id)}] = {*generation};
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
