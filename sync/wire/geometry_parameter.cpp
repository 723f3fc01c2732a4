// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/geometry_parameter.hpp"

#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/envelope.hpp"
#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/wire/esri_geometry.hpp"
#include "sync/wire/json_parameter.hpp"
#include "sync/wire/spatial_reference.hpp"

#include <array>

namespace rhumb::wire {
namespace {

constexpr std::string_view kParameter = "parameter 'geometry'";

/// The Esri JSON that bare numbers stand for.
Json spelled_out(std::string_view text) {
    static constexpr std::array<const char*, 4> kBox{"xmin", "ymin", "xmax", "ymax"};
    static constexpr std::array<const char*, 2> kPoint{"x", "y"};
    const std::vector<std::string> numbers = split(text, ',');
    if (numbers.size() != kBox.size() && numbers.size() != kPoint.size()) {
        throw Error(Status::InvalidArgument, "expected x,y or xmin,ymin,xmax,ymax or Esri JSON");
    }
    Json json;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto number = parse_double(trimmed(numbers[i]));
        json.set(numbers.size() == kBox.size() ? kBox[i] : kPoint[i],
                 number ? Json(*number) : Json(numbers[i]));
    }
    return json;
}

Json json_of(std::string_view text, const JsonLimits& limits) {
    return text.front() == '{' ? parse_relaxed_parameter(text, "JSON", limits) : spelled_out(text);
}

std::optional<GeometryParameter> read(std::string_view text, const InputLimits& limits) {
    const Json json = json_of(text, limits.json);
    EsriGeometryContext context;
    context.most_vertices = limits.vertices;
    auto geometry = read_esri_geometry(json, context);
    if (!geometry) return std::nullopt;
    const Json* reference = json.find("spatialReference");
    GeometryParameter parameter{std::move(*geometry)};
    if (reference != nullptr) parameter.epsg = read_spatial_reference(*reference);
    if (parameter.epsg) geodb::check_crs(*parameter.epsg);
    parameter.is_box = json.find("xmin") != nullptr;
    return parameter;
}

}  // namespace

Json geometry_parameter_json(std::string_view text) {
    return json_of(trimmed(text), {});
}

std::string_view geometry_type_name(const Json& json) {
    if (json.find("rings") != nullptr) return "esriGeometryPolygon";
    if (json.find("paths") != nullptr) return "esriGeometryPolyline";
    if (json.find("points") != nullptr) return "esriGeometryMultipoint";
    if (json.find("xmin") != nullptr) return "esriGeometryEnvelope";
    return "esriGeometryPoint";
}

std::optional<GeometryParameter> read_geometry_parameter(std::string_view text,
                                                         const InputLimits& limits) {
    text = trimmed(text);
    if (text.empty() || equal_ignoring_case(text, "null")) return std::nullopt;
    try {
        return read(text, limits);
    } catch (const Error& error) {
        if (error.status() == Status::Unsupported) throw error.within(kParameter);
        throw Error(Status::InvalidArgument, std::string(kParameter) + ": " + error.message())
            .with_code(error.detail_code());
    }
}

EnvelopeParameter read_envelope_parameter(std::string_view text) {
    const auto parameter = read_geometry_parameter(text);
    const auto box = parameter ? geodb::envelope_of(parameter->geometry) : std::nullopt;
    if (!box) throw Error(Status::InvalidArgument, std::string(kParameter) + ": has no extent");
    return {*box, parameter->epsg};
}

}  // namespace rhumb::wire
