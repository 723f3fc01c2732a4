// SPDX-License-Identifier: Apache-2.0
//
// A geometry in memory: all vertices in one flat array, parts and polygons as ends into it.
//
// GeoPackage, WKB, Esri JSON and GeoJSON are all read into and written from this one form.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rhumb::geodb {

/// The numbers are those of OGC WKB.
enum class GeometryType : std::uint8_t {
    Point = 1,
    LineString = 2,
    Polygon = 3,
    MultiPoint = 4,
    MultiLineString = 5,
    MultiPolygon = 6,
};

struct Envelope {
    double min_x;
    double min_y;
    double max_x;
    double max_y;
    bool operator==(const Envelope&) const = default;
};

struct Geometry {
    GeometryType type = GeometryType::Point;
    bool has_z = false;
    bool has_m = false;
    /// x, y[, z][, m] of each vertex. An empty geometry has none. NaN is kept as it came.
    std::vector<double> coordinates;
    /// Lines and rings: for each the index of the vertex after its last. Unused for points.
    std::vector<std::uint32_t> part_ends;
    /// MultiPolygon only: for each polygon the index of the part after its last ring.
    std::vector<std::uint32_t> polygon_ends;

    std::size_t stride() const { return 2u + (has_z ? 1u : 0u) + (has_m ? 1u : 0u); }
    std::size_t vertex_count() const { return coordinates.size() / stride(); }
    bool empty() const { return coordinates.empty(); }
    bool operator==(const Geometry&) const = default;
};

}  // namespace rhumb::geodb
