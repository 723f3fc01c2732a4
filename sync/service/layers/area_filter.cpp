// SPDX-License-Identifier: Apache-2.0
#include "sync/service/layers/area_filter.hpp"

#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/envelope.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/wire/geometry_parameter.hpp"
#include "sync/wire/spatial_reference.hpp"

namespace rhumb::service {

using geodb::CoordinateTransform;
using geodb::SpatialFilter;

std::optional<SpatialFilter> area_parameter(const Call& call, const Layer& layer) {
    const auto& parameters = call.parameters;
    const auto asked = wire::read_geometry_parameter(parameters.get("geometry"));
    if (!asked) return std::nullopt;
    if (!layer.geometry) {
        throw Error(Status::InvalidArgument,
                    "'geometry' was given, but '" + layer.name + "' is a table without geometries");
    }
    const std::string relation = lowered(parameters.get("spatialRel"));
    const bool by_box = relation == "esrispatialrelenvelopeintersects";
    if (!relation.empty() && !by_box && relation != "esrispatialrelintersects") {
        throw Error(Status::Unsupported,
                    "'spatialRel' " + excerpt(relation, 60) + " is not offered by this service");
    }
    const std::int32_t own = layer.geometry->srs_id;
    const auto in_sr = wire::read_spatial_reference_parameter(parameters.get("inSR"), "inSR");
    const std::int32_t from = asked->epsg.value_or(in_sr.value_or(own));
    geodb::Geometry geometry = asked->geometry;
    const CoordinateTransform transform(from, own);
    const auto box = geodb::envelope_of(geometry);
    const bool is_box = by_box || parameters.get("geometry").find("xmin") != std::string::npos ||
                        parameters.get("geometry").find('{') == std::string::npos;
    if (is_box && box) {
        return SpatialFilter(transform.is_identity() ? *box : transform.apply(*box));
    }
    if (!transform.is_identity()) transform.apply(geometry);
    return SpatialFilter(geometry);
}

}  // namespace rhumb::service
