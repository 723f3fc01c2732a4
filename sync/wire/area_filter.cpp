// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/area_filter.hpp"

#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/envelope.hpp"

namespace rhumb::wire {

using geodb::SpatialFilter;

SpatialFilter area_filter(const geodb::Envelope& box, std::int32_t from_epsg,
                          std::int32_t to_epsg) {
    const geodb::CoordinateTransform transform(from_epsg, to_epsg);
    return SpatialFilter(transform.is_identity() ? box : transform.apply(box));
}

SpatialFilter area_filter(const GeometryParameter& area, std::int32_t from_epsg,
                          std::int32_t to_epsg) {
    const std::int32_t from = area.epsg.value_or(from_epsg);
    if (area.is_box) return area_filter(*geodb::envelope_of(area.geometry), from, to_epsg);
    const geodb::CoordinateTransform transform(from, to_epsg);
    geodb::Geometry geometry = area.geometry;
    if (!transform.is_identity()) transform.apply(geometry);
    return SpatialFilter(geometry);
}

}  // namespace rhumb::wire
