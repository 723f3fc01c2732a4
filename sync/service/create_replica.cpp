// SPDX-License-Identifier: Apache-2.0
#include "sync/service/create_replica.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/extract.hpp"
#include "sync/service/register_replica.hpp"
#include "sync/service/replica_answer.hpp"
#include "sync/service/replica_names.hpp"
#include "sync/service/replica_terms.hpp"

#include <utility>

namespace rhumb::service {
namespace {

constexpr const char* kData = "esriReplicaResponseTypeData";

wire::SyncModel model_parameter(const http::Parameters& parameters) {
    const std::string& text = parameters.get("syncModel");
    if (text.empty()) return wire::SyncModel::PerReplica;
    const auto model = wire::sync_model_of(text);
    if (!model) {
        throw Error(Status::InvalidArgument, "'syncModel' is '" + excerpt(text, 40) +
                                                 "', not perReplica, perLayer or none");
    }
    return *model;
}

void check_not_offered(const http::Parameters& parameters) {
    if (boolean_parameter(parameters, "async", false)) {
        throw Error(Status::Unsupported, "'async' is not offered by this service");
    }
    if (boolean_parameter(parameters, "returnAttachments", false)) {
        throw Error(Status::Unsupported, "'returnAttachments': this service has no attachments");
    }
    check_data_format(parameters);
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
    check_not_offered(call.parameters);
    replica.terms = read_terms(call);
    replica.replica_epsg = replica_epsg(call);
    read_replica_filter(call, replica);
    replica.id = call.store.new_id();
    replica.created_ms = call.store.now_ms();
    replica.last_sync_ms = replica.created_ms;
    return replica;
}

}  // namespace

http::Response create_replica(const Call& call) {
    if (model_parameter(call.parameters) == wire::SyncModel::None) return create_extract(call);
    require_capability(call, "Sync");
    if (const auto reference = referred_replica(call)) return register_replica(call, *reference);
    ReplicaRecord replica = read_record(call);
    const auto transport = transport_parameter(call.parameters);
    Spool spool(call.results.temporary());
    {
        const auto snapshot = call.store.snapshot();
        replica.name = free_name(*snapshot, call, replica.id);
        replica.acknowledged = snapshot->head();
        replica.terms.prepared = snapshot->head();
        for (LayerFilter& filter : replica.layers) filter.acknowledged = snapshot->head();
        const ReplicaView view(call.store, replica);
        wire::JsonWriter writer(spool.buffer());
        begin_replica_answer(writer, replica, transport, kData);
        write_generations(writer, stored_generations(replica), replica);
        writer.key("layers").begin_array();
        for (const LayerFilter& filter : replica.layers) {
            write_whole_layer(writer, spool, call, *snapshot, view, filter);
        }
        writer.end_array().end_object();
    }
    http::Response response =
        finish_replica_answer(call, replica, transport, kData, stored_generations(replica), spool);
    // Recorded last: a call that failed on the way leaves no replica behind. History since the
    // snapshot is still there, because nothing is ever trimmed above the oldest replica.
    const auto transaction = call.store.write();
    transaction->save_replica(replica);
    transaction->commit({});
    return response;
}

}  // namespace rhumb::service
