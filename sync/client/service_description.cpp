// SPDX-License-Identifier: Apache-2.0
#include "sync/client/service_description.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/delta/delta_header.hpp"
#include "sync/wire/json_parameter.hpp"
#include "sync/wire/spatial_reference.hpp"

#include <algorithm>

namespace rhumb::sync {
namespace {

using wire::Json;

bool lists(const Json& root, std::string_view capability) {
    const auto words = split(wire::text_or_empty(root.find_any_case("capabilities")), ',');
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
        return equal_ignoring_case(trimmed(word), capability);
    });
}

bool offers_sync(const Json& root) {
    return lists(root, "Sync") && wire::to_bool(root.find_any_case("syncEnabled")).value_or(false);
}

void read_layers(const Json* list, bool tables, std::vector<ServiceDescription::Entry>& out) {
    if (list == nullptr || list->array() == nullptr) return;
    for (const Json& json : *list->array()) {
        const auto id = wire::to_int64(json.find("id"));
        if (!id) continue;
        const auto type = wire::text_or_empty(json.find("type"));
        ServiceDescription::Entry entry;
        entry.name = wire::text_or_empty(json.find("name"));
        entry.id = wire::kept_layer_id(*id, entry.name);
        entry.synchronizable = tables || type.empty() || equal_ignoring_case(type, "Table") ||
                               equal_ignoring_case(type, "Feature Layer");
        out.push_back(std::move(entry));
    }
}

void read_rhumb(const Json& root, ServiceDescription& out) {
    const Json* rhumb = root.find("rhumb");
    out.speaks_rhumb = rhumb != nullptr && wire::to_int64(rhumb->find("format")) == 1;
    out.deltas = out.speaks_rhumb && wire::to_int64(rhumb->find("delta")) == delta::kFormat;
    out.packed_deltas =
        out.deltas && wire::to_int64(rhumb->find("packedDelta")) == delta::kPackedFormat;
    const Json* codings = out.speaks_rhumb ? rhumb->find("contentEncodings") : nullptr;
    out.packed_requests =
        codings != nullptr && codings->array() != nullptr &&
        std::count(codings->array()->begin(), codings->array()->end(), Json("zstd")) > 0;
    if (out.speaks_rhumb) {
        out.same_history = wire::to_bool(rhumb->find("sameHistory")).value_or(true);
    }
    const Json* list = out.speaks_rhumb ? rhumb->find("fingerprints") : nullptr;
    if (list == nullptr || list->array() == nullptr) return;
    for (const Json& entry : *list->array()) {
        const auto id = wire::layer_id_of(entry.find("id"));
        if (id) out.fingerprints[*id] = wire::text_or_empty(entry.find("fingerprint"));
    }
}

void take_definitions(const Json* list, std::map<geodb::LayerId, Json>& out) {
    if (list == nullptr || list->array() == nullptr) return;
    for (const Json& json : *list->array()) {
        const auto id = wire::layer_id_of(json.find("id"));
        if (id) out[*id] = json;
    }
}

/// Many have the address of a layer at hand.
std::string service_above(const std::string& url) {
    const std::size_t end = lowered(url).rfind("/featureserver/");
    if (end == std::string::npos) return "";
    const std::size_t whole = end + std::string_view("/featureserver").size();
    return "; the service is " + url.substr(0, whole);
}

}  // namespace

ServiceDescription read_service_description(const Json& root, const std::string& url) {
    const Json* layers = root.find("layers");
    if (layers == nullptr || layers->array() == nullptr) {
        throw Error(Status::Protocol, "there is no feature service at " + url +
                                          ": its description has no layers" + service_above(url));
    }
    if (!offers_sync(root)) {
        throw Error(Status::Unsupported, "the service " + url + " does not offer Sync");
    }
    ServiceDescription out;
    out.takes_edits = lists(root, "Create") || lists(root, "Update") || lists(root, "Delete") ||
                      lists(root, "Editing");
    read_layers(layers, false, out.layers);
    read_layers(root.find("tables"), true, out.layers);
    if (const Json* sync = root.find_any_case("syncCapabilities")) {
        // ArcGIS REST: perReplica is offered unless the service says no, perLayer only if it says
        // so.
        out.per_layer = wire::to_bool(sync->find_any_case("supportsPerLayerSync")).value_or(false);
        out.per_replica =
            wire::to_bool(sync->find_any_case("supportsPerReplicaSync")).value_or(true);
        out.rollback_on_failure =
            wire::to_bool(sync->find_any_case("supportsRollbackOnFailure")).value_or(false);
        out.async = wire::to_bool(sync->find_any_case("supportsAsync")).value_or(false);
    }
    if (const Json* sync = root.find_any_case("syncCapabilities")) {
        const Json* registers = sync->find_any_case("supportsRegisteringExistingData");
        if (registers == nullptr) registers = sync->find_any_case("supportsRegisterExistingData");
        out.registers = wire::to_bool(registers).value_or(false);
    }
    if (const Json* reference = root.find_any_case("spatialReference")) {
        out.epsg = wire::read_spatial_reference(*reference).value_or(out.epsg);
    }
    if (const Json* extent = root.find_any_case("fullExtent")) out.full_extent = *extent;
    out.uploads = lists(root, "Uploads");
    read_rhumb(root, out);
    return out;
}

std::map<geodb::LayerId, Json> layer_definitions(const Json& answer) {
    std::map<geodb::LayerId, Json> definitions;
    take_definitions(answer.find_any_case("layers"), definitions);
    take_definitions(answer.find_any_case("tables"), definitions);
    return definitions;
}

wire::RemoteLayer remote_layer(const Json& definition, bool speaks_rhumb, std::int32_t epsg) {
    wire::RemoteLayer layer = wire::read_remote_layer(definition, epsg);
    if (!speaks_rhumb && layer.plan.geometry) layer.plan.geometry->srs_id = epsg;
    if (layer.object_id_field.empty()) {
        layer.object_id_field = wire::text_or_empty(definition.find("objectIdField"));
    }
    return layer;
}

std::string fingerprint_of(const Json& definition, std::int32_t epsg) {
    return wire::schema_fingerprint(wire::read_remote_layer(definition, epsg).plan);
}

}  // namespace rhumb::sync
