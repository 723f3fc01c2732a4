// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/replica_resources.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/replicas/replica_answer.hpp"
#include "sync/service/replicas/replica_terms.hpp"
#include "sync/service/replicas/sibling_generations.hpp"
#include "sync/service/replicas/synchronize_replica.hpp"
#include "sync/wire/attachment_json.hpp"
#include "sync/wire/geometry_parameter.hpp"
#include "sync/wire/spatial_reference.hpp"

#include <utility>

namespace rhumb::service {
namespace {

using wire::JsonWriter;

/// ArcGIS REST documents `layerServerGens` of this resource as JSON text inside the JSON.
void write_stored_generations(JsonWriter& writer, const ReplicaRecord& replica) {
    if (replica.model == wire::SyncModel::PerReplica) {
        writer.key("replicaServerGen").integer(replica.acknowledged.value);
        write_sibling(writer, replica);
        return;
    }
    std::string text;
    JsonWriter inner(text);
    inner.begin_array();
    for (const LayerFilter& filter : replica.layers) {
        inner.begin_object().key("id").integer(filter.layer.value);
        inner.key("serverGen").integer(filter.acknowledged.value);
        write_layer_sibling(inner, replica, filter);
        inner.end_object();
    }
    inner.end_array();
    writer.key("layerServerGens").string(text);
}

void write_layer_filters(JsonWriter& writer, const ReplicaRecord& replica) {
    writer.key("layers").begin_array();
    for (const LayerFilter& filter : replica.layers) {
        writer.begin_object().key("id").integer(filter.layer.value);
        writer.key("queryOption").string(wire::name_of(filter.option));
        writer.key("useGeometry").boolean(filter.use_geometry);
        writer.key("includeRelated").boolean(filter.include_related);
        writer.key("where").string(filter.where).end_object();
    }
    writer.end_array();
}

/// However the area came, as Esri JSON with its type and its reference.
void write_area(JsonWriter& writer, const ReplicaRecord& replica) {
    if (replica.geometry.empty()) return;
    wire::Json area = wire::geometry_parameter_json(replica.geometry);
    if (replica.geometry_epsg && area.find("spatialReference") == nullptr) {
        area.set("spatialReference",
                 wire::Json(wire::Json::Object{{"wkid", *replica.geometry_epsg}}));
    }
    writer.key("geometryType").string(wire::geometry_type_name(area));
    writer.key("geometry");
    wire::write_json(writer, area);
}

}  // namespace

http::Response list_replicas(const Call& call) {
    require_capability(call, "Sync");
    std::string text;
    JsonWriter writer(text);
    writer.begin_array();
    // Data here has no versions: every replica is of the one there is, which has no name.
    const bool versions = boolean_parameter(call.parameters, "returnVersion", false);
    boolean_parameter(call.parameters, "returnLastSyncDate", true);  // always told
    const bool of_another_version = !trimmed(call.parameters.get("replicaVersion")).empty();
    for (const ReplicaRecord& replica : call.store.snapshot()->replicas()) {
        if (replica.expired_ms || of_another_version || !is_for(call, replica)) continue;
        writer.begin_object().key("replicaName").string(replica.name);
        writer.key("replicaID").string(replica.id.braced());
        writer.key("replicaOwner").string(replica.terms.owner);
        if (versions) writer.key("replicaVersion").string("");
        writer.key("lastSyncDate").integer(replica.last_sync_ms).end_object();
    }
    writer.end_array();
    return answer_json(call.parameters, std::move(text));
}

http::Response replica_info(const Call& call, std::string_view id) {
    require_capability(call, "Sync");
    const ReplicaRecord replica = find_replica(call, id);
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().key("replicaName").string(replica.name);
    writer.key("replicaID")
        .string(replica.id.braced())
        .key("replicaOwner")
        .string(replica.terms.owner);
    writer.key("syncModel").string(wire::name_of(replica.model));
    writer.key("targetType").string(wire::name_of(replica.terms.target));
    writer.key("syncDirection").string(wire::name_of(replica.terms.direction));
    write_stored_generations(writer, replica);
    writer.key("creationDate").integer(replica.created_ms);
    writer.key("lastSyncDate").integer(replica.last_sync_ms);
    writer.key("returnAttachments").boolean(replica.attachments.returned);
    writer.key("attachmentsSyncDirection").string(wire::name_of(replica.attachments.direction));
    writer.key("spatialReference");
    wire::write_spatial_reference(writer, replica.replica_epsg.value_or(service_epsg(call.store)));
    writer.key("spatialRel").string("esriSpatialRelIntersects");
    write_area(writer, replica);
    write_layer_filters(writer, replica);
    writer.end_object();
    return answer_json(call.parameters, std::move(text));
}

http::Response unregister_replica(const Call& call) {
    require_capability(call, "Sync");
    const std::string& id = call.parameters.get("replicaID");
    if (id.empty()) throw Error(Status::InvalidArgument, "'replicaID' is missing");
    if (id == "*") {
        const auto replicas = call.store.snapshot()->replicas();
        const auto transaction = call.store.write();
        for (const ReplicaRecord& replica : replicas) {
            // Those of nobody may be anybody's: they go one by one, by whoever knows what they are.
            if (call.who.may_see(replica.terms.owner)) transaction->remove_replica(replica.id);
        }
        transaction->commit({});
    } else {
        const ReplicaRecord replica = find_replica(call, id);
        const auto transaction = call.store.write();
        transaction->remove_replica(replica.id);
        transaction->commit({});
    }
    return answer_json(call.parameters, "{\"success\":true}");
}

}  // namespace rhumb::service
