// SPDX-License-Identifier: Apache-2.0
//
// The centre of gravity of polygons, where maps put a symbol or a name.

#pragma once

#include "geodb/geometry/ring.hpp"

#include <optional>

namespace rhumb::geodb {

/// Of the area, holes taken out, whichever way the rings turn; of the vertices where there is no
/// area. None for other types and where there is no finite vertex. It may lie outside.
std::optional<Position> polygon_centroid(const Geometry& geometry);

}  // namespace rhumb::geodb
