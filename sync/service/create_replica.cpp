// SPDX-License-Identifier: Apache-2.0
#include "sync/service/create_replica.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/replica_answer.hpp"
#include "sync/service/replica_attachments.hpp"
#include "sync/wire/spatial_reference.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {
namespace {

constexpr const char* kData = "esriReplicaResponseTypeData";
constexpr std::size_t kMaxNameBytes = 200;

wire::SyncModel model_parameter(const http::Parameters& parameters) {
    const std::string& text = parameters.get("syncModel");
    if (text.empty()) return wire::SyncModel::PerReplica;
    const auto model = wire::sync_model_of(text);
    if (!model) {
        throw Error(Status::InvalidArgument, "'syncModel' is '" + excerpt(text, 40) +
                                                 "', not perReplica, perLayer or none");
    }
    if (*model == wire::SyncModel::None) {
        throw Error(Status::Unsupported, "'syncModel' none is not offered by this service");
    }
    return *model;
}

void check_not_offered(const http::Parameters& parameters) {
    const std::string target = lowered(parameters.get("targetType"));
    if (!target.empty() && target != "client") {
        throw Error(Status::Unsupported, "'targetType' is '" + excerpt(target, 40) +
                                             "'; this service offers client");
    }
    refuse_parameters(parameters, {"replicaOptions"});
    check_data_format(parameters);
}

/// ArcGIS REST: on a clash the service makes the wished name unique.
std::string free_name(StoreSnapshot& snapshot, const Call& call, const Uuid& id) {
    std::string wished = excerpt(call.parameters.get("replicaName"), kMaxNameBytes);
    if (wished.empty()) wished = "replica-" + id.plain();
    const auto replicas = snapshot.replicas();
    const auto taken = [&](const std::string& name) {
        return std::any_of(replicas.begin(), replicas.end(), [&](const ReplicaRecord& replica) {
            return replica.name == name && replica.id != id;
        });
    };
    std::string name = wished;
    for (int n = 0; taken(name); ++n) name = wished + "_" + std::to_string(n);
    return name;
}

/// The reference that geometries travel in. ArcGIS REST: replicaSR, else the service's. A client
/// of ours takes each layer in its own, so that nothing is rounded on the way.
std::optional<std::int32_t> replica_epsg(const Call& call) {
    const auto asked = wire::read_spatial_reference_parameter(call.parameters.get("replicaSR"),
                                                              "replicaSR");
    if (asked) return asked;
    if (call.parameters.get("rhumbFormat") == "1") return std::nullopt;
    return service_epsg(call.store);
}

ReplicaRecord read_record(const Call& call) {
    ReplicaRecord replica;
    replica.model = model_parameter(call.parameters);
    check_not_offered(call.parameters);
    replica.attachments = read_attachment_agreement(call.parameters);
    replica.replica_epsg = replica_epsg(call);
    read_replica_filter(call, replica);
    replica.id = call.job != nullptr ? call.job->effect : call.store.new_id();
    replica.created_ms = call.store.now_ms();
    replica.last_sync_ms = replica.created_ms;
    return replica;
}

void tell_job(const Call& call, int done, std::size_t layers) {
    if (call.job == nullptr) return;
    call.job->check_wanted();
    call.job->stage("ExportingSnapshot", 100 * done / static_cast<int>(layers));
}

AnswerGenerations generations_of(const ReplicaRecord& replica) {
    AnswerGenerations generations{replica.model, replica.acknowledged, {}};
    for (const LayerFilter& filter : replica.layers) {
        generations.layers.emplace_back(filter.layer, filter.acknowledged);
    }
    return generations;
}

}  // namespace

http::Response create_replica(const Call& call) {
    ReplicaRecord replica = read_record(call);
    const auto transport = transport_parameter(call.parameters);
    Spool spool(call.results.temporary());
    {
        const auto snapshot = call.store.snapshot();
        replica.name = free_name(*snapshot, call, replica.id);
        replica.acknowledged = snapshot->head();
        for (LayerFilter& filter : replica.layers) filter.acknowledged = snapshot->head();
        const ReplicaView view(call.store, replica);
        wire::JsonWriter writer(spool.buffer());
        begin_replica_answer(writer, replica, transport, kData);
        write_generations(writer, generations_of(replica));
        writer.key("layers").begin_array();
        int done = 0;
        for (const LayerFilter& filter : replica.layers) {
            tell_job(call, done++, replica.layers.size());
            write_whole_layer(writer, spool, call, *snapshot, view, filter, replica.attachments);
        }
        writer.end_array().end_object();
    }
    http::Response response = finish_replica_answer(call, replica, transport, kData,
                                                    generations_of(replica), spool);
    // Recorded last: a call that failed on the way leaves no replica behind. History since the
    // snapshot is still there, because nothing is ever trimmed above the oldest replica.
    const auto transaction = call.store.write();
    transaction->save_replica(replica);
    if (call.job != nullptr) call.job->complete(*transaction, response.text());
    transaction->commit({});
    return response;
}

}  // namespace rhumb::service
