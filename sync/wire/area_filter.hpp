// SPDX-License-Identifier: Apache-2.0
//
// The area of a replica as the layers of another spatial reference have it.

#pragma once

#include "geodb/geometry/predicates.hpp"
#include "sync/wire/geometry_parameter.hpp"

#include <cstdint>

namespace rhumb::wire {

/// A box stays a box. Throws Error naming a reference that nobody has defined.
geodb::SpatialFilter area_filter(const geodb::Envelope& box, std::int32_t from_epsg,
                                 std::int32_t to_epsg);
/// `from_epsg` is that of an area which says none of its own.
geodb::SpatialFilter area_filter(const GeometryParameter& area, std::int32_t from_epsg,
                                 std::int32_t to_epsg);

}  // namespace rhumb::wire
