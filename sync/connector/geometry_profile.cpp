// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/geometry_profile.hpp"

#include "geodb/geometry/validate.hpp"
#include "platform/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace rhumb::connector {
namespace {

using geodb::Geometry;
using geodb::GeometryType;

GeometryType multi_of(GeometryType type) {
    switch (type) {
        case GeometryType::Point:
            return GeometryType::MultiPoint;
        case GeometryType::LineString:
            return GeometryType::MultiLineString;
        case GeometryType::Polygon:
            return GeometryType::MultiPolygon;
        default:
            return type;
    }
}

}  // namespace

void GeometryProfile::add(const Geometry& geometry, std::uint64_t row) {
    if (!type_) {
        type_ = first_type_ = geometry.type;
        first_row_ = row;
    }
    if (multi_of(geometry.type) != multi_of(*type_)) {
        throw Error(Status::Unsupported,
                    "a " + std::string(geodb::geometry_type_name(geometry.type)) + ", but " +
                        row_name_(first_row_) + " is a " +
                        std::string(geodb::geometry_type_name(first_type_)) +
                        "; a layer keeps points, lines or polygons, not a mixture");
    }
    if (geometry.type != *type_) type_ = multi_of(*type_);
    has_z_ |= geometry.has_z;
    has_m_ |= geometry.has_m;
}

std::optional<geodb::GeometryColumn> GeometryProfile::column(std::int32_t srs_id) const {
    if (!type_) return std::nullopt;
    geodb::GeometryColumn column;
    column.type = *type_;
    column.srs_id = srs_id;
    column.has_z = has_z_;
    column.has_m = has_m_;
    return column;
}

Geometry with_ordinates_of(const geodb::GeometryColumn& column, Geometry geometry) {
    const std::size_t stride = geometry.stride();
    const bool whole = geometry.has_z == column.has_z && geometry.has_m == column.has_m;
    if (whole && column.has_z) {
        for (std::size_t at = 2; at < geometry.coordinates.size(); at += stride) {
            if (std::isnan(geometry.coordinates[at])) geometry.coordinates[at] = 0;
        }
    }
    if (whole) return geometry;
    std::vector<double> coordinates;
    for (std::size_t at = 0; at < geometry.coordinates.size(); at += stride) {
        const double* vertex = &geometry.coordinates[at];
        coordinates.insert(coordinates.end(), vertex, vertex + 2);
        const double z = geometry.has_z ? vertex[2] : 0;
        if (column.has_z) coordinates.push_back(std::isnan(z) ? 0 : z);
        const double no_measure = std::numeric_limits<double>::quiet_NaN();
        if (column.has_m) coordinates.push_back(geometry.has_m ? vertex[stride - 1] : no_measure);
    }
    geometry.coordinates = std::move(coordinates);
    geometry.has_z = column.has_z;
    geometry.has_m = column.has_m;
    return geometry;
}

}  // namespace rhumb::connector
