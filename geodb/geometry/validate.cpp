// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/validate.hpp"

#include "geodb/geometry/parts.hpp"
#include "geodb/geometry/ring.hpp"
#include "platform/error.hpp"

#include <cmath>
#include <cstddef>
#include <string>

namespace rhumb::geodb {
namespace {

bool is_ring_type(GeometryType type) {
    return type == GeometryType::Polygon || type == GeometryType::MultiPolygon;
}

bool is_line_type(GeometryType type) {
    return type == GeometryType::LineString || type == GeometryType::MultiLineString;
}

std::string part_name(const Geometry& geometry, std::size_t part) {
    return (is_ring_type(geometry.type) ? "ring " : "line ") + std::to_string(part);
}

[[noreturn]] void refuse(const Geometry& geometry, const std::string& what) {
    throw Error(Status::ConstraintViolated,
                std::string{geometry_type_name(geometry.type)} + ": " + what);
}

void check_part_ends(const Geometry& geometry) {
    std::size_t previous = 0;
    const std::size_t vertices = geometry.vertex_count();
    for (std::size_t part = 0; part < geometry.part_ends.size(); ++part) {
        const std::size_t end = geometry.part_ends[part];
        if (end < previous) refuse(geometry, part_name(geometry, part) + " ends before it begins");
        if (end > vertices) {
            refuse(geometry, part_name(geometry, part) + " ends at vertex " + std::to_string(end) +
                                 " of " + std::to_string(vertices));
        }
        previous = end;
    }
    if (previous != vertices) {
        refuse(geometry, std::to_string(vertices - previous) + " vertices belong to no part");
    }
}

void check_polygon_ends(const Geometry& geometry) {
    std::size_t previous = 0;
    const std::size_t rings = geometry.part_ends.size();
    for (std::size_t polygon = 0; polygon < geometry.polygon_ends.size(); ++polygon) {
        const std::size_t end = geometry.polygon_ends[polygon];
        if (end < previous || end > rings) {
            refuse(geometry, "polygon " + std::to_string(polygon) + " ends at ring " +
                                 std::to_string(end) + " of " + std::to_string(rings));
        }
        previous = end;
    }
    if (previous != rings) {
        refuse(geometry, std::to_string(rings - previous) + " rings belong to no polygon");
    }
}

void check_finite(const Geometry& geometry) {
    for (std::size_t vertex = 0; vertex < geometry.vertex_count(); ++vertex) {
        if (!std::isfinite(x_of(geometry, vertex)) || !std::isfinite(y_of(geometry, vertex))) {
            refuse(geometry, "vertex " + std::to_string(vertex) + " has no finite x and y");
        }
    }
}

void check_line(const Geometry& geometry, std::size_t part) {
    const std::size_t size = part_vertices(geometry, part).size();
    if (size < 2) {
        refuse(geometry, part_name(geometry, part) + " has " + std::to_string(size) +
                             " vertices, a line needs 2");
    }
}

void check_ring(const Geometry& geometry, std::size_t part) {
    const IndexRange ring = part_vertices(geometry, part);
    if (ring.size() < 4) {
        refuse(geometry, part_name(geometry, part) + " has " + std::to_string(ring.size()) +
                             " vertices, a closed ring needs 4");
    }
    if (!is_closed(geometry, ring)) refuse(geometry, part_name(geometry, part) + " is not closed");
}

}  // namespace

std::string_view geometry_type_name(GeometryType type) {
    switch (type) {
        case GeometryType::Point:
            return "Point";
        case GeometryType::LineString:
            return "LineString";
        case GeometryType::Polygon:
            return "Polygon";
        case GeometryType::MultiPoint:
            return "MultiPoint";
        case GeometryType::MultiLineString:
            return "MultiLineString";
        case GeometryType::MultiPolygon:
            return "MultiPolygon";
    }
    return "unknown geometry type";
}

void check_layout(const Geometry& geometry) {
    if (geometry.coordinates.size() % geometry.stride() != 0) {
        refuse(geometry, "the last vertex is not complete");
    }
    if (geometry.type == GeometryType::Point && geometry.vertex_count() > 1) {
        refuse(geometry, std::to_string(geometry.vertex_count()) + " vertices in one point");
    }
    if (geometry.type == GeometryType::LineString && geometry.part_ends.size() > 1) {
        refuse(geometry, std::to_string(geometry.part_ends.size()) + " parts in one line");
    }
    if (is_line_type(geometry.type) || is_ring_type(geometry.type)) check_part_ends(geometry);
    if (geometry.type == GeometryType::MultiPolygon) check_polygon_ends(geometry);
}

void check_geometry(const Geometry& geometry) {
    check_layout(geometry);
    check_finite(geometry);
    if (geometry.empty()) return;
    if (is_line_type(geometry.type)) {
        for (std::size_t i = 0; i < geometry.part_ends.size(); ++i) check_line(geometry, i);
    } else if (is_ring_type(geometry.type)) {
        for (std::size_t i = 0; i < geometry.part_ends.size(); ++i) check_ring(geometry, i);
    }
}

Geometry promoted_to_multi(Geometry geometry) {
    switch (geometry.type) {
        case GeometryType::Point:
            geometry.type = GeometryType::MultiPoint;
            break;
        case GeometryType::LineString:
            geometry.type = GeometryType::MultiLineString;
            break;
        case GeometryType::Polygon:
            geometry.polygon_ends.clear();
            if (!geometry.part_ends.empty()) {
                geometry.polygon_ends.push_back(
                    static_cast<std::uint32_t>(geometry.part_ends.size()));
            }
            geometry.type = GeometryType::MultiPolygon;
            break;
        default:
            break;
    }
    return geometry;
}

void orient_rings(Geometry& geometry, bool outer_clockwise) {
    for (std::size_t polygon = 0; polygon < polygon_count(geometry); ++polygon) {
        const IndexRange rings = polygon_rings(geometry, polygon);
        for (std::uint32_t ring = rings.begin; ring < rings.end; ++ring) {
            const bool want_clockwise = (ring == rings.begin) == outer_clockwise;
            const IndexRange vertices = part_vertices(geometry, ring);
            const double area = signed_area(geometry, vertices);
            if (want_clockwise ? area > 0 : area < 0) reverse_ring(geometry, vertices);
        }
    }
}

}  // namespace rhumb::geodb
