// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/grid.hpp"

#include "geodb/geometry/parts.hpp"

#include <cmath>

namespace rhumb::wire {
namespace {

using geodb::Geometry;
using geodb::GeometryType;
using geodb::IndexRange;

/// Fewer vertices in different cells are no path or ring. Three make a ring that went there and
/// back: maps draw its outline, so that a long thin area does not vanish.
std::uint32_t fewest_vertices(GeometryType type) {
    switch (type) {
        case GeometryType::LineString:
        case GeometryType::MultiLineString:
            return 2;
        case GeometryType::Polygon:
        case GeometryType::MultiPolygon:
            return 3;
        default:
            return 1;
    }
}

class Snapping {
public:
    Snapping(const Geometry& geometry, const Grid& grid) : from_(geometry), grid_(grid) {
        to_.type = geometry.type;
        to_.vertices.reserve(geometry.vertex_count());
    }

    std::optional<GridGeometry> result() {
        if (from_.type == GeometryType::Point || from_.type == GeometryType::MultiPoint) {
            add_part({0, static_cast<std::uint32_t>(from_.vertex_count())});
        } else if (geodb::polygon_count(from_) > 0) {
            add_polygons();
        } else {
            for (std::size_t part = 0; part < from_.part_ends.size(); ++part) {
                add_part(geodb::part_vertices(from_, part));
            }
        }
        if (too_far_ || to_.vertices.empty()) return std::nullopt;
        return std::move(to_);
    }

private:
    void add_polygons() {
        for (std::size_t i = 0; i < geodb::polygon_count(from_); ++i) {
            const IndexRange rings = geodb::polygon_rings(from_, i);
            for (std::uint32_t ring = rings.begin; ring < rings.end; ++ring) {
                const bool outer = ring == rings.begin;
                // What lay in a ring that is gone is gone with it.
                if (!add_ring(geodb::part_vertices(from_, ring), outer) && outer) break;
            }
        }
    }

    bool add_ring(IndexRange ring, bool outer) {
        if (ring.size() == 0) return false;
        const double area = geodb::signed_area(from_, ring);
        const bool backwards = outer ? area > 0 : area < 0;
        const bool closed = geodb::is_closed(from_, ring);
        if (backwards && !closed) add_vertex(ring.begin);
        for (std::uint32_t i = 0; i < ring.size(); ++i) {
            add_vertex(backwards ? ring.end - 1 - i : ring.begin + i);
        }
        if (!backwards && !closed) add_vertex(ring.begin);
        return end_part();
    }

    void add_part(IndexRange vertices) {
        for (std::uint32_t i = vertices.begin; i < vertices.end; ++i) add_vertex(i);
        end_part();
    }

    void add_vertex(std::size_t vertex) {
        const double x = geodb::x_of(from_, vertex);
        const double y = geodb::y_of(from_, vertex);
        if (std::isnan(x) || std::isnan(y)) return;  // it is nowhere
        auto snapped = on_grid({x, y}, grid_);
        if (!snapped) {
            too_far_ = true;
            return;
        }
        const bool same = to_.vertices.size() > part_begin_ &&
                          to_.vertices.back().column == snapped->column &&
                          to_.vertices.back().row == snapped->row;
        if (same && !grid_.every_vertex) return;
        const std::size_t at = vertex * from_.stride();
        if (from_.has_z) snapped->z = from_.coordinates[at + 2];
        if (from_.has_m) snapped->m = from_.coordinates[at + from_.stride() - 1];
        to_.vertices.push_back(*snapped);
    }

    /// False when too little is left.
    bool end_part() {
        const std::size_t count = to_.vertices.size() - part_begin_;
        const bool enough = count >= (grid_.every_vertex ? 1 : fewest_vertices(from_.type));
        if (!enough) {
            to_.vertices.resize(part_begin_);
            return false;
        }
        part_begin_ = to_.vertices.size();
        to_.part_ends.push_back(static_cast<std::uint32_t>(part_begin_));
        return true;
    }

    const Geometry& from_;
    const Grid& grid_;
    GridGeometry to_;
    std::size_t part_begin_ = 0;
    bool too_far_ = false;
};

/// Halves go up, so that the grid is the same on both sides of its origin.
double nearest(double cells) {
    return std::floor(cells + 0.5);
}

}  // namespace

Grid finest_grid(bool geographic) {
    Grid grid;
    grid.cell = geographic ? kFinestDegrees : kFinestUnits;
    grid.every_vertex = true;
    return grid;
}

std::optional<GridVertex> on_grid(geodb::Position position, const Grid& grid) {
    const bool down = grid.origin == Grid::Origin::UpperLeft;
    const double column = nearest((position.x - grid.left) / grid.cell);
    const double row =
        nearest((down ? grid.edge - position.y : position.y - grid.edge) / grid.cell);
    if (!(std::fabs(column) <= kFarthestCell) || !(std::fabs(row) <= kFarthestCell)) {
        return std::nullopt;
    }
    GridVertex vertex;
    vertex.column = static_cast<std::int64_t>(column);
    vertex.row = static_cast<std::int64_t>(row);
    return vertex;
}

std::optional<GridGeometry> on_grid(const Geometry& geometry, const Grid& grid) {
    return Snapping(geometry, grid).result();
}

}  // namespace rhumb::wire
