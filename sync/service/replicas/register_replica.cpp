// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/register_replica.hpp"

#include "platform/error.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/replicas/replica_answer.hpp"
#include "sync/service/replicas/replica_names.hpp"
#include "sync/service/replicas/synchronize_replica.hpp"
#include "sync/wire/json_parameter.hpp"

namespace rhumb::service {
namespace {

using wire::Json;

constexpr const char* kInfo = "esriReplicaResponseTypeInfo";

Json options_of(const Call& call) {
    const std::string& text = call.parameters.get("replicaOptions");
    if (text.empty()) return Json(Json::Object{});
    Json options = wire::parse_json_parameter(text, "'replicaOptions'", call.limits.input.json);
    if (options.object() == nullptr) {
        throw Error(Status::InvalidArgument, "'replicaOptions' is no JSON object");
    }
    return options;
}

Generation checked(Generation generation, const StoreSnapshot& snapshot) {
    if (generation.value < 0 || generation > snapshot.head()) {
        throw Error(Status::InvalidArgument,
                    "Generation " + std::to_string(generation.value) + " is unknown.");
    }
    if (generation < snapshot.oldest_kept()) {
        throw Error(Status::GenerationExpired,
                    "Generation " + std::to_string(generation.value) +
                        " is no longer available; create a new replica.");
    }
    return generation;
}

void set_generations(ReplicaRecord& replica, const Json& options, const StoreSnapshot& snapshot) {
    const auto said = wire::integer_member(options, "replicaServerGen", "replicaOptions");
    const Generation base = checked(said ? Generation{*said} : replica.terms.prepared, snapshot);
    replica.acknowledged = base;
    replica.terms.prepared = base;
    for (LayerFilter& filter : replica.layers) filter.acknowledged = base;
    const Json* layers = options.find_any_case("layerServerGens");
    if (layers == nullptr) return;
    for (const Json& entry : layers->as_array("replicaOptions.layerServerGens")) {
        const auto id = wire::layer_id_of(entry.find_any_case("id"));
        const auto generation =
            wire::integer_member(entry, "serverGen", "replicaOptions.layerServerGens");
        for (LayerFilter& filter : replica.layers) {
            const bool is_it = generation && filter.layer == id;
            if (is_it) filter.acknowledged = checked({*generation}, snapshot);
        }
    }
}

}  // namespace

std::optional<ReplicaRecord> referred_replica(const Call& call) {
    const Json options = options_of(call);
    if (wire::integer_member(options, "syncDataOptions", "replicaOptions").value_or(0) != 0) {
        throw Error(Status::Unsupported,
                    "'replicaOptions': none of the syncDataOptions is offered by this service");
    }
    const auto id = wire::text_member(options, "refReplicaId", "replicaOptions");
    if (!id) return std::nullopt;
    return find_replica(call, *id);
}

http::Response register_replica(const Call& call, const ReplicaRecord& reference) {
    ReplicaRecord replica = reference;
    replica.id = call.job != nullptr ? call.job->effect : call.store.new_id();
    replica.terms.owner = call.owner;
    replica.created_ms = call.store.now_ms();
    replica.last_sync_ms = replica.created_ms;
    replica.terms.sibling.reset();
    for (LayerFilter& filter : replica.layers) filter.sibling.reset();
    const NewName name(call, replica.id);
    replica.name = name.text();
    set_generations(replica, options_of(call), *call.store.snapshot());
    std::string text;
    wire::JsonWriter writer(text);
    begin_replica_answer(writer, replica, wire::TransportType::Embedded, kInfo);
    write_generations(writer, stored_generations(replica), replica);
    writer.end_object();
    const auto transaction = call.store.write();
    transaction->save_replica(replica);
    if (call.job != nullptr) call.job->complete(*transaction, text);
    transaction->commit({});
    return answer_json(call.parameters, std::move(text));
}

}  // namespace rhumb::service
