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

namespace {

/// Edits that were fetched before those that are in would bring old values back.
void check_not_older(Generation given, const std::optional<Generation>& stored,
                     std::string_view parameter) {
    if (!stored || !(given < *stored)) return;
    throw Error(Status::InvalidArgument,
                "'" + std::string(parameter) + "': edits of the other service up to generation " +
                    std::to_string(stored->value) + " are in already; these reach to " +
                    std::to_string(given.value) + " only");
}

Siblings siblings_in(const Call& call, const ReplicaRecord& replica) {
    Siblings siblings;
    if (replica.model == wire::SyncModel::PerReplica) {
        const auto given = integer_parameter(call.parameters, "replicaServerSibGen");
        if (given) siblings.replica = Generation{*given};
        return siblings;
    }
    const std::string& text = call.parameters.get("syncLayers");
    if (text.empty()) return siblings;
    const Json list = wire::parse_json_parameter(text, "'syncLayers'", call.limits.input.json);
    for (const Json& json : list.as_array("syncLayers")) {
        const auto layer = wire::layer_id_of(json.find_any_case("id"));
        const auto given = wire::integer_member(json, "serverSibGen", "syncLayers");
        if (layer && given) siblings.layers[*layer] = {*given};
    }
    return siblings;
}

}  // namespace

Siblings read_siblings(const Call& call, const ReplicaRecord& replica) {
    if (replica.terms.target != wire::TargetType::Server) return {};
    const Siblings siblings = siblings_in(call, replica);
    if (siblings.replica) {
        check_not_older(*siblings.replica, replica.terms.sibling, "replicaServerSibGen");
    }
    for (const auto& [layer, given] : siblings.layers) {
        const LayerFilter* filter = replica.layer(layer);
        if (filter != nullptr) check_not_older(given, filter->sibling, "serverSibGen");
    }
    return siblings;
}

std::optional<Generation> sibling_of(const ReplicaRecord& record, LayerId layer) {
    if (record.model == wire::SyncModel::PerReplica) return record.terms.sibling;
    const LayerFilter* filter = record.layer(layer);
    return filter != nullptr ? filter->sibling : std::nullopt;
}

namespace {

/// ArcGIS REST, createReplica: a replica of targetType server tells it always; 0 until edits of the
/// other service have come in.
void write(wire::JsonWriter& writer, const char* name, const ReplicaRecord& replica,
           const std::optional<Generation>& sibling) {
    if (replica.terms.target != wire::TargetType::Server) return;
    writer.key(name).integer(sibling.value_or(Generation{0}).value);
}

}  // namespace

void write_sibling(wire::JsonWriter& writer, const ReplicaRecord& replica) {
    if (replica.model != wire::SyncModel::PerReplica) return;
    write(writer, "replicaServerSibGen", replica, replica.terms.sibling);
}

void write_layer_sibling(wire::JsonWriter& writer, const ReplicaRecord& replica,
                         const LayerFilter& filter) {
    write(writer, "serverSibGen", replica, filter.sibling);
}

}  // namespace rhumb::service
