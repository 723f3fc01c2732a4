// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/centroid.hpp"

#include <cmath>

namespace rhumb::geodb {
namespace {

/// Twice an area, and six times its moments, about an origin.
struct Moments {
    double area = 0;
    double x = 0;
    double y = 0;

    void add(const Moments& ring, bool outer) {
        const double sign = (ring.area < 0) == outer ? -1 : 1;
        area += sign * ring.area;
        x += sign * ring.x;
        y += sign * ring.y;
    }
};

Moments moments_of(const Geometry& geometry, IndexRange ring, Position origin) {
    Moments sum;
    for (std::uint32_t vertex = ring.begin; vertex < ring.end; ++vertex) {
        const std::uint32_t next = vertex + 1 < ring.end ? vertex + 1 : ring.begin;
        const double ax = x_of(geometry, vertex) - origin.x;
        const double ay = y_of(geometry, vertex) - origin.y;
        const double bx = x_of(geometry, next) - origin.x;
        const double by = y_of(geometry, next) - origin.y;
        const double cross = ax * by - bx * ay;
        sum.area += cross;
        sum.x += (ax + bx) * cross;
        sum.y += (ay + by) * cross;
    }
    return sum;
}

std::optional<Position> mean_of_vertices(const Geometry& geometry) {
    double x = 0;
    double y = 0;
    double count = 0;
    for (std::size_t i = 0; i < geometry.vertex_count(); ++i) {
        if (!std::isfinite(x_of(geometry, i)) || !std::isfinite(y_of(geometry, i))) continue;
        ++count;
        x += (x_of(geometry, i) - x) / count;
        y += (y_of(geometry, i) - y) / count;
    }
    if (count == 0) return std::nullopt;
    return Position{x, y};
}

}  // namespace

std::optional<Position> polygon_centroid(const Geometry& geometry) {
    if (polygon_count(geometry) == 0 || geometry.empty()) return std::nullopt;
    // Measured from the first vertex: coordinates are large and polygons small.
    const Position origin{x_of(geometry, 0), y_of(geometry, 0)};
    Moments sum;
    for (std::size_t i = 0; i < polygon_count(geometry); ++i) {
        const IndexRange rings = polygon_rings(geometry, i);
        for (std::uint32_t ring = rings.begin; ring < rings.end; ++ring) {
            sum.add(moments_of(geometry, part_vertices(geometry, ring), origin),
                    ring == rings.begin);
        }
    }
    const Position centre{origin.x + sum.x / (3 * sum.area), origin.y + sum.y / (3 * sum.area)};
    const bool there = sum.area > 0 && std::isfinite(centre.x) && std::isfinite(centre.y);
    return there ? centre : mean_of_vertices(geometry);
}

}  // namespace rhumb::geodb
