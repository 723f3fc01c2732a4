// SPDX-License-Identifier: Apache-2.0
//
// Between degrees of EPSG:4326 and metres of EPSG:3857, in closed form.
//
// The same formula as PROJ's, without its bookkeeping for every vertex.

#pragma once

#include <cmath>
#include <limits>
#include <numbers>

namespace rhumb::geodb::web_mercator {

inline constexpr double kRadius = 6378137.0;
inline constexpr double kDegree = std::numbers::pi / 180.0;

inline double x_from_longitude(double degrees) {
    return degrees * kDegree * kRadius;
}

/// Infinite for what is no latitude.
inline double y_from_latitude(double degrees) {
    if (std::abs(degrees) > 90.0) return std::numeric_limits<double>::infinity();
    return std::asinh(std::tan(degrees * kDegree)) * kRadius;
}

inline double longitude_from_x(double x) {
    return x / kRadius / kDegree;
}

inline double latitude_from_y(double y) {
    return std::atan(std::sinh(y / kRadius)) / kDegree;
}

}  // namespace rhumb::geodb::web_mercator
