// SPDX-License-Identifier: Apache-2.0
//
// Quantization: geometries as whole numbers, columns and rows of a grid laid over the plane.
//
// On a map two vertices in one pixel are one, and small whole numbers are short on the wire. Who
// reads them has them back by the grid, which is told beside them as `transform`.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "geodb/geometry/ring.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace rhumb::wire {

struct Grid {
    enum class Origin : std::uint8_t {
        UpperLeft,  ///< rows are counted downwards: y = edge - row * cell
        LowerLeft   ///< upwards: y = edge + row * cell
    };
    Origin origin = Origin::UpperLeft;
    double cell = 1;  ///< side of a cell, above 0
    double left = 0;  ///< x of column 0
    double edge = 0;  ///< y of row 0
    /// Keeps vertices that fall together, for those who edit; else they become one, and a line or
    /// ring that is no more is left out.
    bool every_vertex = false;
};

/// The cell within which nobody in the field can tell two places apart: a tenth of a millimetre.
inline constexpr double kFinestDegrees = 1e-9;
inline constexpr double kFinestUnits = 1e-4;

/// A grid for answers that know only whole numbers, where nobody asked for another.
Grid finest_grid(bool geographic);

/// Columns and rows stay whole in the doubles of other languages, and so do their differences.
inline constexpr double kFarthestCell = 4503599627370496.0;  // 2^52

struct GridVertex {
    std::int64_t column = 0;
    std::int64_t row = 0;
    double z = 0;                                         ///< as it was
    double m = std::numeric_limits<double>::quiet_NaN();  ///< as it was
};

struct GridGeometry {
    geodb::GeometryType type = geodb::GeometryType::Point;
    std::vector<GridVertex> vertices;
    /// For each path, ring or heap of points the index of the vertex after its last.
    std::vector<std::uint32_t> part_ends;
};

/// nullopt for what is too far away.
std::optional<GridVertex> on_grid(geodb::Position position, const Grid& grid);

/// Rings are closed, outer ones clockwise and holes counter-clockwise, as they lie on the plane:
/// where rows are counted downwards the numbers alone would tell the opposite. nullopt when
/// nothing is left of the geometry, or it is too far away.
std::optional<GridGeometry> on_grid(const geodb::Geometry& geometry, const Grid& grid);

}  // namespace rhumb::wire
