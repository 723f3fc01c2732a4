// SPDX-License-Identifier: Apache-2.0
//
// Distances and directions on the ellipsoid of WGS 84, and a plane that is true around its centre.

#pragma once

namespace rhumb::geodb {

/// Degrees. Longitudes may run on beyond 180.
struct LonLat {
    double longitude;
    double latitude;
};

/// Along the shortest way, in metres.
double geodesic_distance(const LonLat& from, const LonLat& to);

/// The azimuthal equidistant plane around a centre: x east and y north in metres. Distances from
/// the centre are true wherever they lead; others differ by a sixth of the square of their distance
/// from the centre in radii of the earth: 0.25 % at 800 km.
class LocalPlane {
public:
    struct Place {
        double x;
        double y;
    };
    explicit LocalPlane(const LonLat& centre) : centre_(centre) {}

    Place place_of(const LonLat& at) const;
    LonLat at(const Place& place) const;

private:
    LonLat centre_;
};

}  // namespace rhumb::geodb
