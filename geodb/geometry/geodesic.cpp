// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/geodesic.hpp"

#include <geodesic.h>

#include <cmath>

namespace rhumb::geodb {
namespace {

constexpr double kRadius = 6378137;
constexpr double kFlattening = 1 / 298.257223563;
constexpr double kRadian = 0.017453292519943295;

const geod_geodesic& wgs84() {
    static const geod_geodesic ellipsoid = [] {
        geod_geodesic made;
        geod_init(&made, kRadius, kFlattening);
        return made;
    }();
    return ellipsoid;
}

}  // namespace

double geodesic_distance(const LonLat& from, const LonLat& to) {
    double metres = 0;
    geod_inverse(&wgs84(), from.latitude, from.longitude, to.latitude, to.longitude, &metres,
                 nullptr, nullptr);
    return metres;
}

LocalPlane::Place LocalPlane::place_of(const LonLat& at) const {
    double metres = 0;
    double azimuth = 0;
    geod_inverse(&wgs84(), centre_.latitude, centre_.longitude, at.latitude, at.longitude, &metres,
                 &azimuth, nullptr);
    return {metres * std::sin(azimuth * kRadian), metres * std::cos(azimuth * kRadian)};
}

LonLat LocalPlane::at(const Place& place) const {
    const double azimuth = std::atan2(place.x, place.y) / kRadian;
    LonLat found{};
    geod_direct(&wgs84(), centre_.latitude, centre_.longitude, azimuth,
                std::hypot(place.x, place.y), &found.latitude, &found.longitude, nullptr);
    return found;
}

}  // namespace rhumb::geodb
