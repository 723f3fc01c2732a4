// SPDX-License-Identifier: Apache-2.0
//
// All that lies within a distance of a geometry, measured along the ellipsoid.
//
// True to less than half a percent of the distance, at the poles and across the antimeridian too.

#pragma once

#include "geodb/geometry/geometry.hpp"

#include <cstdint>

namespace rhumb::geodb {

/// Farther apart than this no two places are, in metres.
inline constexpr double kHalfTheEarth = 20'003'932;
/// Points and pieces of lines that are measured one by one.
inline constexpr std::size_t kMaxBufferPieces = 50'000;

/// The area within `metres` (above 0) of a geometry in `from_epsg`, as a Polygon or MultiPolygon in
/// `to_epsg`. Lines run straight in `from_epsg`. Where longitudes of the target end at 180 degrees
/// the area is cut there.
/// Throws Error(InvalidArgument) for an empty geometry, one with a vertex that is not finite or has
/// no place, or too many pieces.
Geometry geodesic_buffer(const Geometry& geometry, std::int32_t from_epsg, double metres,
                         std::int32_t to_epsg);

}  // namespace rhumb::geodb
