// SPDX-License-Identifier: Apache-2.0
#include "sync/service/query/query_parameters.hpp"

#include "geodb/query/order_by.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/service/call.hpp"
#include "sync/wire/feature_json.hpp"
#include "sync/wire/layer_json.hpp"
#include "sync/wire/spatial_reference.hpp"

#include <algorithm>
#include <cmath>

namespace rhumb::service {
namespace {

constexpr std::int32_t kWgs84 = 4326;
constexpr std::size_t kShownBytes = 60;
/// A double has no more decimals to show.
constexpr std::int64_t kMostDecimals = 15;

double not_negative(const http::Parameters& parameters, std::string_view name) {
    const double value = number_parameter(parameters, name).value_or(0);
    if (value >= 0) return value;
    throw Error(Status::InvalidArgument, "'" + std::string(name) + "' is negative");
}

int precision_parameter(const http::Parameters& parameters) {
    const auto decimals = integer_parameter(parameters, "geometryPrecision");
    if (!decimals) return -1;
    if (*decimals < 0) throw Error(Status::InvalidArgument, "'geometryPrecision' is negative");
    return static_cast<int>(std::min(*decimals, kMostDecimals));
}

}  // namespace

std::optional<double> number_parameter(const http::Parameters& parameters, std::string_view name) {
    const std::string& text = parameters.get(name);
    if (trimmed(text).empty()) return std::nullopt;
    const auto number = parse_double(trimmed(text));
    if (number && std::isfinite(*number)) return number;
    throw Error(Status::InvalidArgument, "'" + std::string(name) + "' is '" +
                                             excerpt(text, kShownBytes) + "', not a number");
}

QueryFormat query_format(const http::Parameters& parameters, bool of_layer) {
    const std::string format = lowered(parameters.get("f"));
    for (const char* json : {"", "html", "json", "pjson"}) {
        if (format == json) return QueryFormat::Json;
    }
    if (of_layer && format == "geojson") return QueryFormat::GeoJson;
    if (of_layer && format == "pbf") return QueryFormat::Pbf;
    throw Error(Status::InvalidArgument, "'f' is '" + excerpt(format, kShownBytes) +
                                             "'; offered are json, pjson, html" +
                                             (of_layer ? ", geojson and pbf" : ""));
}

std::optional<std::vector<ObjectId>> object_ids_parameter(const http::Parameters& parameters) {
    if (!parameters.has("objectIds")) return std::nullopt;
    std::vector<ObjectId> ids;
    for (const std::int64_t id : integer_list_parameter(parameters, "objectIds")) {
        ids.push_back({id});
    }
    return ids;
}

geodb::SummaryColumn column_parameter(const Layer& layer, const std::string& name,
                                      std::string_view parameter) {
    if (const auto field = layer.find_field(name)) return *field;
    const bool is_oid = equal_ignoring_case(name, wire::object_id_name(layer)) ||
                        equal_ignoring_case(name, layer.fid_column);
    if (is_oid) return std::nullopt;
    throw Error(Status::InvalidArgument, "'" + std::string(parameter) +
                                             "' names an unknown field '" +
                                             excerpt(name, kShownBytes) + "'");
}

std::vector<std::size_t> out_fields_parameter(const http::Parameters& parameters,
                                              const Layer& layer) {
    std::vector<std::size_t> fields;
    for (const std::string& name : list_parameter(parameters, "outFields")) {
        if (name == "*") return wire::json_columns(layer);
        const auto field = column_parameter(layer, name, "outFields");
        const bool known =
            !field || std::find(fields.begin(), fields.end(), *field) != fields.end();
        if (!known) fields.push_back(*field);
    }
    return fields;
}

std::vector<geodb::OrderColumn> order_parameter(const http::Parameters& parameters,
                                                const Layer& layer) {
    std::vector<geodb::OrderColumn> order;
    for (const auto& wanted : geodb::parse_order_by(parameters.get("orderByFields"))) {
        order.push_back({column_parameter(layer, wanted.name, "orderByFields"), wanted.descending});
    }
    return order;
}

std::optional<std::int32_t> reference_parameter(const http::Parameters& parameters,
                                                std::string_view name) {
    const auto own = wire::read_spatial_reference_parameter(parameters.get(name), name);
    if (own) return own;
    return wire::read_spatial_reference_parameter(parameters.get("defaultSR"), "defaultSR");
}

ShapeStyle shape_parameters(const http::Parameters& parameters, const Layer& layer,
                            QueryFormat format) {
    ShapeStyle style;
    const bool geojson = format == QueryFormat::GeoJson;
    style.with = boolean_parameter(parameters, "returnGeometry", true) && layer.geometry;
    style.z =
        boolean_parameter(parameters, "returnZ", false) && layer.geometry && layer.geometry->has_z;
    const bool m = boolean_parameter(parameters, "returnM", false);
    if (m && geojson) throw Error(Status::Unsupported, "'returnM': GeoJSON has no m");
    style.m = m && layer.geometry && layer.geometry->has_m;
    style.precision = precision_parameter(parameters);
    style.max_offset = not_negative(parameters, "maxAllowableOffset");
    const std::int32_t own = layer.geometry ? layer.geometry->srs_id : kWgs84;
    style.epsg = reference_parameter(parameters, "outSR").value_or(geojson ? kWgs84 : own);
    return style;
}

}  // namespace rhumb::service
