// SPDX-License-Identifier: Apache-2.0
#include "sync/client/create_request.hpp"

#include "sync/client/layer_filter.hpp"
#include "sync/delta/delta_header.hpp"

#include "platform/text.hpp"
#include "sync/wire/geometry_parameter.hpp"
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

/// Whether rows of the layer are children of rows of another layer that is taken.
bool is_child(const CreationWish& wish, geodb::LayerId layer) {
    for (const wire::Json& definition : wish.definitions.as_array("definitions")) {
        const auto id = wire::to_int64(definition.find("id"));
        const wire::Json* list = definition.find_any_case("relationships");
        if (!id || *id == layer.value || list == nullptr || list->array() == nullptr) continue;
        for (const wire::Json& json : *list->array()) {
            const auto role = wire::text_or_empty(json.find_any_case("role"));
            const auto other = wire::to_int64(json.find_any_case("relatedTableId"));
            if (equal_ignoring_case(role, "esriRelRoleOrigin") && other == layer.value) return true;
        }
    }
    return false;
}

void write_layer_query(wire::JsonWriter& writer, const CreationWish& wish,
                       const ReplicaLayer& layer) {
    const LayerFilter filter =
        layer_filter(wish.replica, wish.options, layer, is_child(wish, layer.id));
    writer.begin_object().key("queryOption").string(wire::name_of(filter.option));
    if (!filter.where.empty()) writer.key("where").string(filter.where);
    writer.key("useGeometry").boolean(filter.by_place);
    writer.key("includeRelated").boolean(filter.include_related).end_object();
}

/// ArcGIS REST, layerQueries: defaults differ between tables and layers, so each layer says what
/// it wants.
std::string layer_queries(const CreationWish& wish) {
    std::string text;
    wire::JsonWriter writer(text);
    writer.begin_object();
    for (const ReplicaLayer& layer : wish.replica.layers) {
        writer.key(std::to_string(layer.id.value));
        write_layer_query(writer, wish, layer);
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

void add_geometry(http::NameValues& form, const CreationWish& wish) {
    const Replica& replica = wish.replica;
    for (auto& [name, value] : area_form(replica, wish.options, wish.epsg)) {
        form.emplace_back(name, std::move(value));
    }
    const bool has_area = replica.extent || !wish.options.area.empty();
    if (!has_area && !replica.speaks_rhumb && wire::to_double(wish.full_extent.find("xmin"))) {
        // Others insist on a geometry, though no layer is asked to use it.
        form.emplace_back("geometry", wire::to_text(wish.full_extent));
        form.emplace_back("geometryType", "esriGeometryEnvelope");
        form.emplace_back("inSR", reference_json(wish.epsg));
    }
}

}  // namespace

http::NameValues area_form(const Replica& replica, const CreateOptions& wishes,
                           std::int32_t service_epsg) {
    const std::int32_t own = replica.extent_epsg.value_or(service_epsg);
    if (!wishes.area.empty()) {
        const wire::Json area = wire::parse_json_relaxed(wishes.area, "area");
        return {{"geometry", wire::to_text(area)},
                {"geometryType", std::string(wire::geometry_type_name(area))},
                {"inSR", reference_json(own)}};
    }
    if (!replica.extent) return {};
    return {{"geometry", envelope_json(*replica.extent, own)},
            {"geometryType", "esriGeometryEnvelope"},
            {"inSR", reference_json(own)}};
}

http::NameValues create_replica_form(const CreationWish& wish) {
    const Replica& replica = wish.replica;
    const bool returned = wish.attachments == wire::AttachmentsDirection::Bidirectional;
    http::NameValues form{
        {"f", "json"},
        {"replicaName", replica.name},
        {"layers", layer_list(replica)},
        {"layerQueries", layer_queries(wish)},
        {"syncModel", std::string(wire::name_of(replica.model))},
        {"transportType", "esriTransportTypeUrl"},
        {"dataFormat", wish.as_delta ? "sqlite" : "json"},
        {"returnAttachments", returned ? "true" : "false"},
        {"returnAttachmentsDataByUrl", "true"},
        {"attachmentsSyncDirection", std::string(wire::name_of(wish.attachments))}};
    if (wish.options.target == wire::TargetType::Server) {
        const auto direction = wish.options.direction.value_or(wire::SyncDirection::Bidirectional);
        form.emplace_back("targetType", std::string(wire::name_of(wish.options.target)));
        form.emplace_back("syncDirection", std::string(wire::name_of(direction)));
    }
    if (wish.replica.speaks_rhumb) form.emplace_back("rhumbFormat", "1");
    if (wish.as_delta) form.emplace_back("rhumbPackedDelta", std::to_string(delta::kPackedFormat));
    add_geometry(form, wish);
    if (wish.options.replica_epsg) {
        form.emplace_back("replicaSR", reference_json(*wish.options.replica_epsg));
    }
    return form;
}

}  // namespace rhumb::sync
