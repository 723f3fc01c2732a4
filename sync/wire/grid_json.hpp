// SPDX-License-Identifier: Apache-2.0
//
// Quantized geometries as Esri JSON: the first vertex of a path, ring or heap of points as it is,
// each further one as the way there from the one before; z and m of each as they are.

#pragma once

#include "sync/wire/grid.hpp"
#include "sync/wire/json_writer.hpp"

namespace rhumb::wire {

/// `"transform":{…}`, by which readers have the coordinates back.
void write_transform(JsonWriter& writer, const Grid& grid);

/// Each vertex is written with z and m when asked for: a lacking z as 0, m as null.
void write_grid_geometry(JsonWriter& writer, const GridGeometry& geometry, bool z, bool m);
void write_grid_point(JsonWriter& writer, const GridVertex& vertex, bool z = false, bool m = false);

}  // namespace rhumb::wire
