// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/replica_filter.hpp"

#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/service/replicas/area_parameter.hpp"
#include "sync/wire/area_filter.hpp"
#include "sync/wire/json_parameter.hpp"
#include "sync/wire/spatial_reference.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {
namespace {

using wire::Json;

std::vector<LayerId> layers_parameter(const Call& call) {
    std::vector<LayerId> layers;
    for (const std::int64_t number : integer_list_parameter(call.parameters, "layers")) {
        const LayerId id = [&] {
            try {
                return layer_numbered(call, number).id;
            } catch (const Error& error) {
                throw error.within("'layers'");
            }
        }();
        if (std::find(layers.begin(), layers.end(), id) == layers.end()) layers.push_back(id);
    }
    // ArcGIS REST requires the parameter; without it we take everything.
    if (layers.empty()) {
        for (const Layer& layer : call.store.layers()) layers.push_back(layer.id);
    }
    std::sort(layers.begin(), layers.end());
    return layers;
}

/// ArcGIS REST, layerQueries: of a table come the rows related to rows of other layers, unless
/// something else is said. A table that no layer of the replica relates to comes whole.
void set_default(const Call& call, const ReplicaRecord& replica, LayerFilter& filter) {
    if (call.store.layer(filter.layer).geometry) return;
    const auto& all = call.store.relationships();
    const bool is_child = std::any_of(all.begin(), all.end(), [&](const Relationship& related) {
        return related.destination == filter.layer && related.origin != filter.layer &&
               replica.layer(related.origin) != nullptr;
    });
    if (!is_child) return;
    filter.option = wire::QueryOption::None;
    filter.include_related = true;
}

void read_layer_query(const Json& json, LayerFilter& filter) {
    const std::string name = "layerQueries[" + std::to_string(filter.layer.value) + "]";
    json.as_object(name);
    const auto option = wire::text_member(json, "queryOption", name);
    if (option) {
        const auto known = wire::query_option_of(*option);
        if (!known) {
            throw Error(Status::InvalidArgument, name + ".queryOption is '" + excerpt(*option, 40) +
                                                     "', not useFilter, all or none");
        }
        filter.option = *known;
    }
    filter.where = trimmed(wire::text_member(json, "where", name).value_or(""));
    // A condition means to filter, also for a table.
    if (!option && !filter.where.empty()) filter.option = wire::QueryOption::UseFilter;
    filter.use_geometry = wire::bool_member(json, "useGeometry", name).value_or(true);
    filter.include_related = wire::bool_member(json, "includeRelated", name).value_or(true);
}

void read_layer_queries(const Call& call, ReplicaRecord& replica) {
    const std::string& text = call.parameters.get("layerQueries");
    if (text.empty()) return;
    const Json queries = wire::parse_json_parameter(text, "'layerQueries'", call.limits.input.json);
    for (const Json::Member& member : queries.as_object("layerQueries")) {
        const auto number = parse_integer(member.name);
        const auto found =
            std::find_if(replica.layers.begin(), replica.layers.end(),
                         [&](const LayerFilter& filter) { return number == filter.layer.value; });
        if (found == replica.layers.end()) {
            throw Error(Status::InvalidArgument, "'layerQueries' names layer '" + member.name +
                                                     "', which is not among 'layers'");
        }
        read_layer_query(member.value, *found);
    }
}

/// A clause that does not run must be refused now, not at every later synchronization.
void try_filters(const Call& call, const ReplicaRecord& replica) {
    const ReplicaView view(call.store, replica);
    const auto snapshot = call.store.snapshot();
    for (const LayerFilter& filter : replica.layers) {
        StoreQuery query;
        query.layer = filter.layer;
        query.where = filter.where;
        query.limit = 1;
        snapshot->select(query, [](const FeatureRow&) {});
    }
}

}  // namespace

void read_replica_filter(const Call& call, ReplicaRecord& replica) {
    for (const LayerId layer : layers_parameter(call)) {
        LayerFilter filter;
        filter.layer = layer;
        replica.layers.push_back(filter);
    }
    for (LayerFilter& filter : replica.layers) set_default(call, replica, filter);
    read_layer_queries(call, replica);
    replica.geometry = trimmed(call.parameters.get("geometry"));
    replica.geometry_type = call.parameters.get("geometryType");
    replica.geometry_epsg =
        wire::read_spatial_reference_parameter(call.parameters.get("inSR"), "inSR");
    check_geometry_parameter(replica.geometry, replica.geometry_type, call.limits.input);
    try_filters(call, replica);
}

std::optional<std::int32_t> replica_reference(const Call& call) {
    const auto epsg =
        wire::read_spatial_reference_parameter(call.parameters.get("replicaSR"), "replicaSR");
    // One that nobody can project to must be refused before anything is made.
    if (epsg) geodb::CoordinateTransform(4326, *epsg);
    return epsg;
}

ReplicaView::ReplicaView(const Store& store, const ReplicaRecord& replica) {
    scope_.layers = replica.layers;
    const std::int32_t service = service_epsg(store);
    for (const LayerFilter& filter : replica.layers) {
        const Layer& layer = store.layer(filter.layer);
        if (!layer.geometry) continue;
        const std::int32_t own = layer.geometry->srs_id;
        if (!replica.geometry.empty()) {
            const auto [area, made] = areas_.emplace(
                layer.id, wire::area_filter(*wire::read_geometry_parameter(replica.geometry),
                                            replica.geometry_epsg.value_or(service), own));
            scope_.areas[layer.id] = &area->second;
        }
        if (replica.replica_epsg && *replica.replica_epsg != own) {
            transforms_.emplace(layer.id, geodb::CoordinateTransform(own, *replica.replica_epsg));
        }
    }
}

const geodb::SpatialFilter* ReplicaView::area(LayerId layer) const {
    const auto found = areas_.find(layer);
    return found != areas_.end() ? &found->second : nullptr;
}

const geodb::CoordinateTransform* ReplicaView::transform(LayerId layer) const {
    const auto found = transforms_.find(layer);
    return found != transforms_.end() ? &found->second : nullptr;
}

}  // namespace rhumb::service
