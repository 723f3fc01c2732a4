// SPDX-License-Identifier: Apache-2.0
//
// GeoJSON geometries (RFC 7946): read into our one form, and written from it.
//
// GeoJSON knows no M. Its outer rings turn counter-clockwise, as ours do; older files do not care,
// so rings are turned as they are read.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "sync/wire/json.hpp"
#include "sync/wire/json_writer.hpp"

#include <optional>

namespace rhumb::wire {

/// nullopt for null and for no positions. There is a Z when some position has three numbers; where
/// it is missing it is NaN. Further numbers are dropped. Open rings are closed.
/// Throws InvalidArgument naming the position ("coordinates[0][2]"), Unsupported for a
/// GeometryCollection.
std::optional<geodb::Geometry> read_geojson_geometry(const Json& json);

/// M is left out, and a Z that is NaN. Empty elements of a multi geometry are left out too.
/// `precision` is the number of digits after the point of x and y; negative: all.
void write_geojson_geometry(JsonWriter& writer, const geodb::Geometry& geometry,
                            int precision = -1);

}  // namespace rhumb::wire
