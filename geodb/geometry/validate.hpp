// SPDX-License-Identifier: Apache-2.0
//
// The structural laws of a geometry, and small repairs of its form.
//
// These laws need no arithmetic: whether rings cross is not asked here. Messages name parts and
// vertices by their index, counted from 0 as in Esri JSON and GeoJSON.

#pragma once

#include "geodb/geometry/geometry.hpp"

#include <string_view>

namespace rhumb::geodb {

/// "MultiPolygon" and so on: the spelling of OGC and GeoJSON.
std::string_view geometry_type_name(GeometryType type);

/// The ends are monotone, within, and account for every vertex; a simple type has one element at
/// most. Writers stand on this. Throws Error(ConstraintViolated) naming the part.
void check_layout(const Geometry& geometry);

/// The layout, and: rings are closed and have 4 vertices at least, lines 2; x and y are finite.
/// An empty geometry passes. Throws Error(ConstraintViolated) naming the part.
void check_geometry(const Geometry& geometry);

/// Point becomes MultiPoint and so on; multi geometries stay as they are.
Geometry promoted_to_multi(Geometry geometry);

/// Turns rings round where needed: first rings of polygons one way, holes the other. Rings
/// without area and geometries without rings are left alone.
void orient_rings(Geometry& geometry, bool outer_clockwise);

}  // namespace rhumb::geodb
