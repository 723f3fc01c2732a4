// SPDX-License-Identifier: Apache-2.0
//
// Looking into a Geometry: the vertices of a part, the parts of a polygon.
//
// Conventions every reader and writer keeps: an empty geometry of the simple types has no parts;
// inside a multi geometry an element may be empty (two equal ends). Indexes count from 0.
// The functions stand on a sound layout (`check_layout` in validate.hpp).

#pragma once

#include "geodb/geometry/geometry.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace rhumb::geodb {

/// Half open: `end` is one past the last.
struct IndexRange {
    std::uint32_t begin;
    std::uint32_t end;
    std::uint32_t size() const { return end - begin; }
    bool operator==(const IndexRange&) const = default;
};

/// The vertices of a line or ring.
inline IndexRange part_vertices(const Geometry& geometry, std::size_t part) {
    return {part == 0 ? 0 : geometry.part_ends[part - 1], geometry.part_ends[part]};
}

/// How many polygons a Polygon (0 or 1) or MultiPolygon has; 0 for other types.
inline std::size_t polygon_count(const Geometry& geometry) {
    if (geometry.type == GeometryType::MultiPolygon) return geometry.polygon_ends.size();
    return geometry.type == GeometryType::Polygon && !geometry.part_ends.empty() ? 1 : 0;
}

/// The rings of a polygon: the outer one first, then its holes.
inline IndexRange polygon_rings(const Geometry& geometry, std::size_t polygon) {
    if (geometry.type != GeometryType::MultiPolygon) {
        return {0, static_cast<std::uint32_t>(geometry.part_ends.size())};
    }
    return {polygon == 0 ? 0 : geometry.polygon_ends[polygon - 1], geometry.polygon_ends[polygon]};
}

/// x, y[, z][, m] of one vertex after the other.
inline std::span<const double> coordinates_of(const Geometry& geometry, IndexRange vertices) {
    const std::size_t stride = geometry.stride();
    return std::span{geometry.coordinates}.subspan(vertices.begin * stride,
                                                   vertices.size() * stride);
}

inline double x_of(const Geometry& geometry, std::size_t vertex) {
    return geometry.coordinates[vertex * geometry.stride()];
}

inline double y_of(const Geometry& geometry, std::size_t vertex) {
    return geometry.coordinates[vertex * geometry.stride() + 1];
}

}  // namespace rhumb::geodb
