// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/lon_lat_area.hpp"

#include <geos_c.h>

#include <cmath>
#include <utility>

namespace rhumb::geodb {
namespace {

constexpr double kWholeTurn = 360;

/// Longitudes that run on, so that neighbours differ by half a turn at most.
std::vector<LonLat> unrolled(const std::vector<LonLat>& line) {
    std::vector<LonLat> ring;
    ring.reserve(line.size() + 3);
    for (std::size_t i = 0; i <= line.size(); ++i) {
        LonLat at = line[i % line.size()];
        if (!ring.empty()) {
            const double step = std::remainder(at.longitude - ring.back().longitude, kWholeTurn);
            at.longitude = ring.back().longitude + step;
        }
        ring.push_back(at);
    }
    return ring;
}

double turned_area(const std::vector<LonLat>& ring) {
    double sum = 0;
    for (std::size_t i = 0; i + 1 < ring.size(); ++i) {
        sum +=
            (ring[i + 1].longitude - ring[i].longitude) * (ring[i].latitude + ring[i + 1].latitude);
    }
    return -sum;
}

class Globe {
public:
    explicit Globe(const GeosSession& session) : session_(session) {}

    GeosGeometry box(double from, double to) const {
        Geometry world;
        world.type = GeometryType::Polygon;
        world.coordinates = {from, -90, to, -90, to, 90, from, 90, from, -90};
        world.part_ends = {5};
        return GeosBuilder(session_).build(world);
    }

    /// A ring with longitudes of any size, brought into -180 to 180.
    GeosGeometry cut(const std::vector<LonLat>& ring) const {
        double west = ring[0].longitude;
        double east = west;
        for (const LonLat& at : ring) {
            west = std::min(west, at.longitude);
            east = std::max(east, at.longitude);
        }
        const double first = std::floor((west + 180) / kWholeTurn);
        const double last = std::floor((east + 180) / kWholeTurn);
        GeosGeometry all;
        for (double turn = first; turn <= last; ++turn) {
            const GeosGeometry piece =
                owned(session_,
                      GEOSIntersection_r(session_.handle(), moved(ring, -turn * kWholeTurn).get(),
                                         box(-180, 180).get()));
            all = !all ? owned(session_, GEOSGeom_clone_r(session_.handle(), piece.get()))
                       : owned(session_, GEOSUnion_r(session_.handle(), all.get(), piece.get()));
        }
        return all;
    }

    GeosGeometry without(const GeosGeometry& area) const {
        return owned(session_,
                     GEOSDifference_r(session_.handle(), box(-180, 180).get(), area.get()));
    }

private:
    GeosGeometry moved(const std::vector<LonLat>& ring, double by) const {
        Geometry geometry;
        geometry.type = GeometryType::Polygon;
        for (const LonLat& at : ring) {
            geometry.coordinates.push_back(at.longitude + by);
            geometry.coordinates.push_back(at.latitude);
        }
        geometry.part_ends = {static_cast<std::uint32_t>(ring.size())};
        return made_valid(session_, GeosBuilder(session_).build(geometry));
    }

    const GeosSession& session_;
};

}  // namespace

GeosGeometry area_left_of(const GeosSession& session, const std::vector<LonLat>& line) {
    std::vector<LonLat> ring = unrolled(line);
    const double turn = ring.back().longitude - ring.front().longitude;
    const Globe globe(session);
    if (std::abs(turn) < kWholeTurn / 2) {
        GeosGeometry area = globe.cut(ring);
        // Clockwise: what it goes round is what is not meant.
        return turned_area(ring) >= 0 ? std::move(area) : globe.without(area);
    }
    // Eastward round the globe the north pole lies to the left, westward the south pole.
    const double pole = turn > 0 ? 90 : -90;
    const double begin = ring.front().longitude;
    ring.push_back({ring.back().longitude, pole});
    ring.push_back({begin, pole});
    return globe.cut(ring);
}

}  // namespace rhumb::geodb
