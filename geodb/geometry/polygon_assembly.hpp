// SPDX-License-Identifier: Apache-2.0
//
// Polygons from a heap of rings, as Esri JSON delivers them: clockwise rings are outer ones,
// counter-clockwise rings are holes, in any order.
//
// Orientation decides, as long as it can be believed. It cannot when a hole lies in no outer ring,
// or when a ring turns the same way as the ring it lies wholly inside of: then the writer did not
// care for orientation, and rings count as outer or hole by how deep they are nested (even-odd).

#pragma once

#include "geodb/geometry/geometry.hpp"

namespace rhumb::geodb {

/// Takes the rings from `coordinates` and `part_ends`; the type is not looked at. Open rings are
/// closed, rings without vertices dropped. Gives a Polygon when there is one outer ring or none,
/// else a MultiPolygon: each outer ring counter-clockwise and followed by its holes, clockwise;
/// outer rings and the holes of each in the order they came. A hole belongs to the smallest outer
/// ring around it. Throws Error(ConstraintViolated) naming the ring, counted from 0, that has a
/// coordinate that is not finite, or fewer than 3 vertices.
Geometry polygons_from_rings(const Geometry& rings);

}  // namespace rhumb::geodb
