// SPDX-License-Identifier: Apache-2.0
#include "sync/client/create_request.hpp"

#include "sync/wire/json_writer.hpp"
#include "sync/wire/spatial_reference.hpp"

namespace rhumb::sync {
namespace {

std::string layer_list(const Replica& replica) {
    std::string list;
    for (const ReplicaLayer& layer : replica.layers) {
        list += (list.empty() ? "" : ",") + std::to_string(layer.id.value);
    }
    return list;
}

/// ArcGIS REST, layerQueries: a table without a query gives related rows only, so each layer says
/// what it wants.
std::string layer_queries(const Replica& replica) {
    std::string text;
    wire::JsonWriter writer(text);
    writer.begin_object();
    for (const ReplicaLayer& layer : replica.layers) {
        const bool by_place = replica.extent && layer.use_geometry;
        const bool everything = layer.where.empty() && !by_place;
        writer.key(std::to_string(layer.id.value)).begin_object();
        writer.key("queryOption").string(everything ? "all" : "useFilter");
        if (!layer.where.empty()) writer.key("where").string(layer.where);
        writer.key("useGeometry").boolean(by_place);
        writer.key("includeRelated").boolean(false).end_object();
    }
    writer.end_object();
    return text;
}

std::string envelope_json(const geodb::Envelope& box, std::int32_t epsg) {
    std::string text;
    wire::JsonWriter writer(text);
    writer.begin_object();
    writer.key("xmin").number(box.min_x).key("ymin").number(box.min_y);
    writer.key("xmax").number(box.max_x).key("ymax").number(box.max_y);
    writer.key("spatialReference");
    wire::write_spatial_reference(writer, epsg);
    writer.end_object();
    return text;
}

std::string reference_json(std::int32_t epsg) {
    std::string text;
    wire::JsonWriter writer(text);
    wire::write_spatial_reference(writer, epsg);
    return text;
}

void add_geometry(http::NameValues& form, const Replica& replica, std::int32_t epsg,
                  const wire::Json& full_extent) {
    if (replica.extent) {
        const std::int32_t own = replica.extent_epsg.value_or(epsg);
        form.emplace_back("geometry", envelope_json(*replica.extent, own));
        form.emplace_back("geometryType", "esriGeometryEnvelope");
        form.emplace_back("inSR", reference_json(own));
    } else if (!replica.speaks_rhumb && full_extent.object() != nullptr) {
        // Others insist on a geometry, though no layer is asked to use it.
        form.emplace_back("geometry", wire::to_text(full_extent));
        form.emplace_back("geometryType", "esriGeometryEnvelope");
        form.emplace_back("inSR", reference_json(epsg));
    }
}

}  // namespace

http::NameValues create_replica_form(const Replica& replica, std::int32_t epsg,
                                     const wire::Json& full_extent,
                                     wire::AttachmentsDirection attachments) {
    const bool returned = attachments == wire::AttachmentsDirection::Bidirectional;
    http::NameValues form{{"f", "json"},
                          {"replicaName", replica.name},
                          {"layers", layer_list(replica)},
                          {"layerQueries", layer_queries(replica)},
                          {"syncModel", std::string(wire::name_of(replica.model))},
                          {"transportType", "esriTransportTypeUrl"},
                          {"dataFormat", "json"},
                          {"returnAttachments", returned ? "true" : "false"},
                          {"returnAttachmentsDataByUrl", "true"},
                          {"attachmentsSyncDirection", std::string(wire::name_of(attachments))},
                          {"rhumbFormat", "1"}};
    add_geometry(form, replica, epsg, full_extent);
    return form;
}

}  // namespace rhumb::sync
