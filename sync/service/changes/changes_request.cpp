// SPDX-License-Identifier: Apache-2.0
#include "sync/service/changes/changes_request.hpp"

#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/service/replicas/replica_answer.hpp"
#include "sync/service/replicas/replica_attachments.hpp"
#include "sync/wire/json.hpp"
#include "sync/wire/json_parameter.hpp"
#include "sync/wire/layer_json.hpp"
#include "sync/wire/spatial_reference.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rhumb::service {
namespace {

using wire::Json;

[[noreturn]] void refuse(const std::string& what) {
    throw Error(Status::InvalidArgument, what);
}

Json json_parameter(const Call& call, const std::string& name) {
    return wire::parse_json_parameter(call.parameters.get(name), "'" + name + "'",
                                      call.limits.input.json);
}

/// A table that `layerQueries` does not name is told of whole: here nobody has said that its rows
/// come through others.
void read_filter(const Call& call, ChangesRequest& request) {
    if (!call.parameters.has("layers")) refuse("'layers' is missing");
    if (call.parameters.has("layerQueries")) json_parameter(call, "layerQueries");
    read_replica_filter(call, request.filter);
    const Json queries = call.parameters.has("layerQueries") ? json_parameter(call, "layerQueries")
                                                             : Json{Json::Object{}};
    for (LayerFilter& filter : request.filter.layers) {
        if (call.store.layer(filter.layer).geometry) continue;
        if (queries.find(std::to_string(filter.layer.value)) != nullptr) continue;
        filter.option = wire::QueryOption::UseFilter;
        filter.include_related = false;
    }
    request.filter.replica_epsg =
        wire::read_spatial_reference_parameter(call.parameters.get("outSR"), "outSR");
    if (request.filter.replica_epsg) geodb::CoordinateTransform(4326, *request.filter.replica_epsg);
}

void read_server_gens(const Call& call, ChangesRequest& request) {
    const auto numbers = integer_list_parameter(call.parameters, "serverGens");
    if (numbers.empty() || numbers.size() > 2) {
        refuse("'serverGens' is '" + excerpt(call.parameters.get("serverGens"), 40) +
               "', not one generation or [min,max]");
    }
    geodb::GenerationRange range{{numbers[0]}, std::nullopt};
    if (numbers.size() == 2) range.until = Generation{numbers[1]};
    for (const LayerFilter& filter : request.filter.layers) {
        request.layers.push_back({filter.layer, range});
    }
}

/// `minServerGen` comes back from our own answers and says nothing about the range.
void read_layer_server_gens(const Call& call, ChangesRequest& request) {
    const Json list = json_parameter(call, "layerServerGens");
    for (const Json& entry : list.as_array("'layerServerGens'")) {
        const auto id = wire::to_int64(entry.find_any_case("id"));
        const auto generation = wire::to_int64(entry.find_any_case("serverGen"));
        if (!id || !generation) {
            refuse("'layerServerGens': an entry has no whole number as 'id' or 'serverGen'");
        }
        const bool known = request.filter.layer({static_cast<std::int32_t>(*id)}) != nullptr;
        if (!known) {
            refuse("'layerServerGens' names layer " + std::to_string(*id) +
                   ", which is not among 'layers'");
        }
        request.layers.push_back({{static_cast<std::int32_t>(*id)}, {{*generation}, std::nullopt}});
    }
    for (const LayerFilter& filter : request.filter.layers) {
        const auto times =
            std::count_if(request.layers.begin(), request.layers.end(),
                          [&](const LayerRange& each) { return each.layer == filter.layer; });
        if (times != 1) {
            refuse("'layerServerGens' must name layer " + std::to_string(filter.layer.value) +
                   " once");
        }
    }
}

void read_ranges(const Call& call, ChangesRequest& request) {
    const bool of_all = call.parameters.has("serverGens");
    const bool of_each = call.parameters.has("layerServerGens");
    if (of_all == of_each) refuse("one of 'serverGens' and 'layerServerGens' must be there");
    of_all ? read_server_gens(call, request) : read_layer_server_gens(call, request);
}

void read_kinds(const Call& call, ChangesRequest& request) {
    const auto& parameters = call.parameters;
    const std::array<std::pair<const char*, bool*>, 3> kinds{{{"returnInserts", &request.inserts},
                                                              {"returnUpdates", &request.updates},
                                                              {"returnDeletes", &request.deletes}}};
    const bool any = std::any_of(kinds.begin(), kinds.end(),
                                 [&](const auto& kind) { return parameters.has(kind.first); });
    for (const auto& [name, wanted] : kinds) *wanted = boolean_parameter(parameters, name, !any);
}

void read_compared_fields(const Call& call, ChangesRequest& request) {
    if (!call.parameters.has("fieldsToCompare")) return;
    const Json json = json_parameter(call, "fieldsToCompare");
    const Json& fields = json.array() != nullptr ? json : json.require("fields", "fieldsToCompare");
    for (const Json& field : fields.as_array("'fieldsToCompare'.fields")) {
        const std::string name = field.as_string("'fieldsToCompare'.fields");
        const bool known =
            std::any_of(request.layers.begin(), request.layers.end(), [&](const LayerRange& each) {
                return call.store.layer(each.layer).find_field(name).has_value();
            });
        if (!known) refuse("'fieldsToCompare' names an unknown field '" + excerpt(name, 60) + "'");
        request.compared_fields.push_back(name);
    }
}

std::int32_t grid_parameter(const http::Parameters& parameters) {
    const std::string grid = lowered(trimmed(parameters.get("changesExtentGridCell")));
    if (grid.empty() || grid == "none") return 0;
    if (grid == "large") return 4;
    if (grid == "medium") return 8;
    if (grid == "small") return 16;
    refuse("'changesExtentGridCell' is '" + excerpt(grid, 40) +
           "', not none, large, medium or small");
}

void read_form(const Call& call, ChangesRequest& request) {
    const auto& parameters = call.parameters;
    const auto flag = [&](const char* name) { return boolean_parameter(parameters, name, false); };
    request.ids_only = flag("returnIdsOnly");
    request.deleted_features = flag("returnDeletedFeatures");
    request.mark_geometry = flag("returnHasGeometryUpdates");
    request.extent_only = flag("returnExtentOnly");
    request.attachments = flag("returnAttachments");
    request.attachments_by_url = by_url_parameter(parameters, true);
    request.grid = grid_parameter(parameters);
    request.transport = transport_parameter(parameters);
    read_compared_fields(call, request);
    if (request.deleted_features && (!request.deletes || request.ids_only)) {
        refuse("'returnDeletedFeatures' needs 'returnDeletes', and not 'returnIdsOnly'");
    }
    if (request.mark_geometry && !request.updates) {
        refuse("'returnHasGeometryUpdates' needs 'returnUpdates'");
    }
    if (!request.compared_fields.empty() && !request.updates) {
        refuse("'fieldsToCompare' needs 'returnUpdates'");
    }
    if (request.grid > 0 && !request.extent_only) {
        refuse("'changesExtentGridCell' needs 'returnExtentOnly'");
    }
    const std::string format = lowered(trimmed(parameters.get("dataFormat")));
    if (format.empty() || format == "json") return;
    throw Error(Status::Unsupported,
                "'dataFormat' is '" + excerpt(format, 40) + "'; this service offers json");
}

}  // namespace

ChangesRequest read_changes_request(const Call& call) {
    ChangesRequest request;
    read_filter(call, request);
    read_ranges(call, request);
    read_kinds(call, request);
    read_form(call, request);
    return request;
}

void check_ranges(const ChangesRequest& request, const StoreSnapshot& snapshot) {
    for (const LayerRange& each : request.layers) {
        const Generation base = each.range.base;
        const Generation until = each.range.until.value_or(snapshot.head());
        for (const Generation generation : {base, until}) {
            if (generation <= snapshot.head() && generation.value >= 0) continue;
            throw Error(Status::InvalidArgument,
                        "Generation " + std::to_string(generation.value) + " is unknown.");
        }
        if (until < base) refuse("'serverGens' ends before it begins");
        if (base < snapshot.oldest_kept()) {
            throw Error(Status::GenerationExpired,
                        "Generation " + std::to_string(base.value) +
                            " is no longer available; the oldest is " +
                            std::to_string(snapshot.oldest_kept().value) + ".");
        }
    }
}

}  // namespace rhumb::service
