// SPDX-License-Identifier: Apache-2.0
//
// An area on the globe as polygons in longitude and latitude, cut at the antimeridian.

#pragma once

#include "geodb/geometry/geodesic.hpp"
#include "geodb/geometry/geos_geometry.hpp"

#include <vector>

namespace rhumb::geodb {

/// The area to the left of a closed line on the globe, whose neighbouring vertices lie close
/// together: within -180 to 180, the pole included when the line goes round it. The first vertex
/// need not be repeated.
GeosGeometry area_left_of(const GeosSession& session, const std::vector<LonLat>& line);

}  // namespace rhumb::geodb
