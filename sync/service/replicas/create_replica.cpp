// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/create_replica.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/replicas/delta_answer.hpp"
#include "sync/service/replicas/extract.hpp"
#include "sync/service/replicas/register_replica.hpp"
#include "sync/service/replicas/replica_answer.hpp"
#include "sync/service/replicas/replica_attachments.hpp"
#include "sync/service/replicas/replica_names.hpp"
#include "sync/service/replicas/replica_terms.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {
namespace {

constexpr const char* kData = "esriReplicaResponseTypeData";

wire::SyncModel model_parameter(const http::Parameters& parameters) {
    const std::string& text = parameters.get("syncModel");
    if (text.empty()) return wire::SyncModel::PerReplica;
    const auto model = wire::sync_model_of(text);
    if (!model) {
        throw Error(Status::InvalidArgument,
                    "'syncModel' is '" + excerpt(text, 40) + "', not perReplica, perLayer or none");
    }
    return *model;
}

/// The reference that geometries travel in. ArcGIS REST: replicaSR, else the service's. A client
/// of ours takes each layer in its own, so that nothing is rounded on the way.
std::optional<std::int32_t> replica_epsg(const Call& call) {
    if (const auto asked = replica_reference(call)) return asked;
    if (call.parameters.get("rhumbFormat") == "1") return std::nullopt;
    return service_epsg(call.store);
}

ReplicaRecord read_record(const Call& call) {
    ReplicaRecord replica;
    replica.model = model_parameter(call.parameters);
    replica.terms = read_terms(call);
    replica.terms.owner = call.owner;
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

http::Response json_data(const Call& call, const ReplicaRecord& replica, StoreSnapshot& snapshot) {
    const auto transport = transport_parameter(call.parameters);
    Spool spool(call.results.temporary());
    const ReplicaView view(call.store, replica);
    wire::JsonWriter writer(spool.buffer());
    begin_replica_answer(writer, replica, transport, kData);
    AnswerGenerations generations = stored_generations(replica);
    generations.history = mark_for(call, snapshot);
    write_generations(writer, generations, replica);
    writer.key("layers").begin_array();
    int done = 0;
    for (const LayerFilter& filter : replica.layers) {
        tell_job(call, done++, replica.layers.size());
        write_whole_layer(writer, spool, call, snapshot, view, filter, replica.attachments);
    }
    writer.end_array().end_object();
    return finish_replica_answer(call, replica, transport, kData, generations, spool);
}

http::Response delta_data(const Call& call, const ReplicaRecord& replica, StoreSnapshot& snapshot) {
    tell_job(call, 0, replica.layers.size());
    std::vector<DeltaPart> parts;
    for (const LayerFilter& filter : replica.layers) parts.push_back({filter.layer, true, {}});
    AnswerGenerations generations = stored_generations(replica);
    generations.history = mark_for(call, snapshot);
    const DeltaResult delta = write_delta(call, replica, parts, generations, snapshot);
    return answer_with_delta(call, replica, kData, generations, delta, {});
}

/// A delta tells no attachments.
bool brings_attachments(const ReplicaRecord& replica, StoreSnapshot& snapshot) {
    return replica.attachments.returned &&
           std::any_of(replica.layers.begin(), replica.layers.end(), [&](const auto& filter) {
               return snapshot.attachments().any(filter.layer);
           });
}

}  // namespace

http::Response create_replica(const Call& call) {
    if (model_parameter(call.parameters) == wire::SyncModel::None) return create_extract(call);
    require_capability(call, "Sync");
    if (const auto reference = referred_replica(call)) return register_replica(call, *reference);
    ReplicaRecord replica = read_record(call);
    const DataFormat format = data_format_parameter(call.parameters);
    const NewName name(call, replica.id);
    replica.name = name.text();
    http::Response response;
    {
        const auto snapshot = call.store.snapshot();
        replica.acknowledged = snapshot->head();
        replica.terms.prepared = snapshot->head();
        for (LayerFilter& filter : replica.layers) filter.acknowledged = snapshot->head();
        const bool as_delta =
            format == DataFormat::Sqlite && !brings_attachments(replica, *snapshot);
        response =
            as_delta ? delta_data(call, replica, *snapshot) : json_data(call, replica, *snapshot);
    }
    // Recorded last: a call that failed on the way leaves no replica behind. History since the
    // snapshot is still there, because nothing is ever trimmed above the oldest replica.
    const auto transaction = call.store.write();
    transaction->save_replica(replica);
    if (call.job != nullptr) call.job->complete(*transaction, response.text());
    transaction->commit({});
    return response;
}

}  // namespace rhumb::service
