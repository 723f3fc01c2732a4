// SPDX-License-Identifier: Apache-2.0
//
// Esri JSON geometries: read into our one form, and written from it.
//
// Esri's outer rings turn clockwise and its polygons come as a heap of rings; ours turn
// counter-clockwise and know their holes. Both ways the vertices keep every bit.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "sync/wire/input_limits.hpp"
#include "sync/wire/json.hpp"
#include "sync/wire/json_writer.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace rhumb::wire {

/// The code of the error for true curves, which ArcGIS keeps and we do not.
constexpr std::int64_t kTrueCurvesNotStored = 1005;

/// What the layer and the feature set say; a geometry's own hasZ and hasM go before it.
struct EsriGeometryContext {
    /// Another kind of geometry is refused. MultiLineString and MultiPolygon ask for `multi`.
    /// Esri has one word for single and multi lines, and one for polygons.
    std::optional<geodb::GeometryType> expected = std::nullopt;
    bool has_z = false;
    bool has_m = false;
    /// One path or one outer ring becomes a multi geometry too.
    bool multi = false;
    std::size_t most_vertices = kMostVertices;
};

/// nullopt when there is no shape: null, {}, {"x":null}, "NaN", no vertices. An envelope becomes a
/// polygon. A missing z is 0, a missing or null m is NaN. A point has a z or m also when it brings
/// one unasked; further ordinates of other vertices are dropped.
/// Throws InvalidArgument or ConstraintViolated naming ring and vertex ("rings[1][4]"), also for
/// more than `most_vertices`, and Unsupported for true curves and multipatches.
std::optional<geodb::Geometry> read_esri_geometry(const Json& json,
                                                  const EsriGeometryContext& context = {});

struct EsriGeometryStyle {
    /// Every vertex is written with these, whatever the geometry has: a lacking z as 0, m as null.
    bool z = false;
    bool m = false;
    /// Digits after the point of x and y; negative: all.
    int precision = -1;
    /// Writes hasZ and hasM into the geometry, for when no feature set around it says so.
    bool state_dimensions = false;
    /// Writes a spatialReference into the geometry.
    std::optional<std::int32_t> epsg = std::nullopt;
};

/// An empty geometry becomes the empty form of its type: {"x":null}, {"rings":[]}.
void write_esri_geometry(JsonWriter& writer, const geodb::Geometry& geometry,
                         const EsriGeometryStyle& style = {});

/// The commonest geometry without the way over a Geometry.
inline void write_esri_point(JsonWriter& writer, double x, double y, int precision = -1) {
    writer.begin_object();
    writer.key("x").number(x, precision).key("y").number(y, precision);
    writer.end_object();
}

/// "esriGeometryPolyline" for both LineString and MultiLineString, and so on.
std::string_view esri_geometry_type_name(geodb::GeometryType type);

/// The widest type of that name (MultiPolygon for "esriGeometryPolygon"); nullopt for envelopes,
/// multipatches and anything else. Any letter case.
std::optional<geodb::GeometryType> geometry_type_of_esri(std::string_view name);

}  // namespace rhumb::wire
