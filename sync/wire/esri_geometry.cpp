// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/esri_geometry.hpp"

#include "geodb/geometry/polygon_assembly.hpp"
#include "geodb/geometry/validate.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"

#include <cmath>
#include <limits>

namespace rhumb::wire {
namespace {

using geodb::Geometry;
using geodb::GeometryType;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kLeastLineVertices = 2;

[[noreturn]] void refuse(const std::string& place, std::string_view why) {
    throw Error(Status::InvalidArgument, "geometry: " + place + std::string(why));
}

bool is_nan_text(const Json& value) {
    return equal_ignoring_case(text_or_empty(&value), "nan");
}

/// Older services write "NaN" where newer ones write null.
bool is_nothing(const Json* value) {
    return value != nullptr && (value->is_null() || is_nan_text(*value));
}

/// Where a vertex stands, written out only when it is needed.
struct Place {
    std::string_view list;
    std::size_t part;
    std::size_t vertex;
    bool in_part;

    std::string text() const {
        const std::string whole = std::string(list) + "[" + std::to_string(part) + "]";
        return in_part ? whole + "[" + std::to_string(vertex) + "]" : whole;
    }
};

/// z or m of a vertex array: NaN for null and "NaN".
double measure(const Json& value, const Place& place) {
    if (is_nothing(&value)) return kNaN;
    const auto number = to_double(value);
    if (!number) refuse(place.text(), ": an ordinate is not a number");
    return *number;
}

double coordinate(const Json& value, const Place& place) {
    const auto number = to_double(value);
    if (!number) refuse(place.text(), ": x and y must be numbers");
    return *number;
}

/// ArcGIS REST, geometry objects: [x,y], [x,y,z], [x,y,m] or [x,y,z,m] as hasZ and hasM say.
void append_vertex(Geometry& geometry, const Json& vertex, const Place& place) {
    const Json::Array* ordinates = vertex.array();
    if (ordinates == nullptr || ordinates->size() < 2 || ordinates->size() > 4) {
        refuse(place.text(), ": a vertex is an array of 2 to 4 numbers");
    }
    std::vector<double>& out = geometry.coordinates;
    out.push_back(coordinate((*ordinates)[0], place));
    out.push_back(coordinate((*ordinates)[1], place));
    std::size_t next = 2;
    for (const auto& [present, missing] :
         {std::pair(geometry.has_z, 0.0), std::pair(geometry.has_m, kNaN)}) {
        if (!present) continue;
        out.push_back(next < ordinates->size() ? measure((*ordinates)[next], place) : missing);
        ++next;
    }
}

const Json::Array& list_of(const Json& json, std::string_view list) {
    const Json::Array* elements = json.array();
    if (elements == nullptr) refuse(std::string(list), ": must be an array");
    return *elements;
}

/// Paths or rings, as they come: one part for each, empty ones too.
void append_parts(Geometry& geometry, const Json& json, std::string_view list, std::size_t most) {
    const Json::Array& parts = list_of(json, list);
    for (std::size_t part = 0; part < parts.size(); ++part) {
        const Json::Array* vertices = parts[part].array();
        if (vertices == nullptr) refuse(Place{list, part, 0, false}.text(), ": must be an array");
        if (vertices->size() + geometry.vertex_count() > most) {
            refuse(Place{list, part, 0, false}.text(),
                   ": the geometry has more than " + std::to_string(most) + " vertices");
        }
        geometry.coordinates.reserve(geometry.coordinates.size() +
                                     vertices->size() * geometry.stride());
        for (std::size_t i = 0; i < vertices->size(); ++i) {
            append_vertex(geometry, (*vertices)[i], {list, part, i, true});
        }
        geometry.part_ends.push_back(static_cast<std::uint32_t>(geometry.vertex_count()));
    }
}

Geometry read_points(const Json& points, Geometry geometry, std::size_t most) {
    geometry.type = GeometryType::MultiPoint;
    const Json::Array& vertices = list_of(points, "points");
    if (vertices.size() > most) {
        refuse("points", ": the geometry has more than " + std::to_string(most) + " vertices");
    }
    for (std::size_t i = 0; i < vertices.size(); ++i) {
        append_vertex(geometry, vertices[i], {"points", i, 0, false});
    }
    return geometry;
}

Geometry read_paths(const Json& paths, Geometry geometry, std::size_t most) {
    append_parts(geometry, paths, "paths", most);
    std::vector<std::uint32_t> ends;
    for (std::size_t part = 0; part < geometry.part_ends.size(); ++part) {
        const std::uint32_t begin = ends.empty() ? 0 : ends.back();
        const std::uint32_t vertices = geometry.part_ends[part] - begin;
        if (vertices == 0) continue;
        if (vertices < kLeastLineVertices) {
            refuse(Place{"paths", part, 0, false}.text(), ": a path has 2 vertices at least");
        }
        ends.push_back(geometry.part_ends[part]);
    }
    geometry.part_ends = std::move(ends);
    geometry.type =
        geometry.part_ends.size() > 1 ? GeometryType::MultiLineString : GeometryType::LineString;
    return geometry;
}

Geometry read_rings(const Json& rings, Geometry geometry, std::size_t most) {
    geometry.type = GeometryType::Polygon;
    append_parts(geometry, rings, "rings", most);
    if (geometry.empty()) return geometry;
    return geodb::polygons_from_rings(geometry);
}

double member_coordinate(const Json& json, std::string_view name) {
    const auto value = to_double(json.find(name));
    if (!value) refuse(std::string(name), ": must be a number");
    return *value;
}

/// A point shows its z and m by having them; hasZ and hasM are seldom sent along.
std::optional<double> point_measure(const Json& json, std::string_view name, bool declared,
                                    double missing) {
    const Json* value = json.find(name);
    if (value == nullptr) return declared ? std::optional(missing) : std::nullopt;
    if (value->is_null() && !declared) return std::nullopt;
    return measure(*value, {name, 0, 0, false});
}

Geometry read_point(const Json& json, Geometry geometry) {
    geometry.type = GeometryType::Point;
    const bool z_declared = std::exchange(geometry.has_z, false);
    const bool m_declared = std::exchange(geometry.has_m, false);
    if (is_nothing(json.find("x"))) return geometry;
    geometry.coordinates = {member_coordinate(json, "x"), member_coordinate(json, "y")};
    if (const auto z = point_measure(json, "z", z_declared, 0.0)) {
        geometry.has_z = true;
        geometry.coordinates.push_back(*z);
    }
    if (const auto m = point_measure(json, "m", m_declared, kNaN)) {
        geometry.has_m = true;
        geometry.coordinates.push_back(*m);
    }
    return geometry;
}

Geometry read_envelope(const Json& json) {
    Geometry box;
    box.type = GeometryType::Polygon;
    if (is_nothing(json.find("xmin"))) return box;
    const double west = member_coordinate(json, "xmin");
    const double south = member_coordinate(json, "ymin");
    const double east = member_coordinate(json, "xmax");
    const double north = member_coordinate(json, "ymax");
    if (west > east || south > north) refuse("envelope", ": a minimum is above its maximum");
    box.coordinates = {west, south, east, south, east, north, west, north, west, south};
    box.part_ends = {5};
    return box;
}

void refuse_curves(const Json& json) {
    for (const std::string_view list : {"curvePaths", "curveRings"}) {
        const Json* curves = json.find(list);
        if (curves == nullptr || curves->is_null()) continue;
        throw Error(Status::Unsupported,
                    "geometry: " + std::string(list) + ": true curves are not stored")
            .with_code(kTrueCurvesNotStored);
    }
}

/// A misspelt geometry must not pass for "no shape".
bool says_nothing(const Json::Object& members) {
    for (const Json::Member& member : members) {
        if (member.name != "spatialReference" && member.name != "hasZ" && member.name != "hasM") {
            return false;
        }
    }
    return true;
}

Geometry read_any(const Json& json, const EsriGeometryContext& context) {
    Geometry blank;
    blank.has_z = to_bool(json.find("hasZ")).value_or(context.has_z);
    blank.has_m = to_bool(json.find("hasM")).value_or(context.has_m);
    const std::size_t most = context.most_vertices;
    if (json.find("x") != nullptr) return read_point(json, std::move(blank));
    if (const Json* points = json.find("points"))
        return read_points(*points, std::move(blank), most);
    if (const Json* paths = json.find("paths")) return read_paths(*paths, std::move(blank), most);
    if (const Json* rings = json.find("rings")) return read_rings(*rings, std::move(blank), most);
    if (json.find("xmin") != nullptr) return read_envelope(json);
    if (json.find("vertexAttributes") != nullptr || json.find("parts") != nullptr) {
        throw Error(Status::Unsupported, "geometry: multipatches are not stored");
    }
    refuse("", "expected one of x, points, paths, rings, xmin");
}

void check_kind(const Geometry& geometry, const EsriGeometryContext& context) {
    if (!context.expected) return;
    const std::string_view expected = esri_geometry_type_name(*context.expected);
    const std::string_view found = esri_geometry_type_name(geometry.type);
    if (expected == found) return;
    refuse("expected " + std::string(expected) + ", found ", found);
}

bool wants_multi(const EsriGeometryContext& context) {
    return context.multi || context.expected == GeometryType::MultiLineString ||
           context.expected == GeometryType::MultiPolygon;
}

}  // namespace

std::optional<Geometry> read_esri_geometry(const Json& json, const EsriGeometryContext& context) {
    if (json.is_null()) return std::nullopt;
    if (json.object() == nullptr) refuse("", "must be an object");
    refuse_curves(json);
    if (says_nothing(*json.object())) return std::nullopt;
    Geometry geometry = read_any(json, context);
    check_kind(geometry, context);
    if (geometry.empty()) return std::nullopt;
    const bool may_be_multi = geometry.type != GeometryType::Point;
    return may_be_multi && wants_multi(context) ? geodb::promoted_to_multi(std::move(geometry))
                                                : std::move(geometry);
}

std::string_view esri_geometry_type_name(GeometryType type) {
    switch (type) {
        case GeometryType::Point:
            return "esriGeometryPoint";
        case GeometryType::MultiPoint:
            return "esriGeometryMultipoint";
        case GeometryType::LineString:
        case GeometryType::MultiLineString:
            return "esriGeometryPolyline";
        case GeometryType::Polygon:
        case GeometryType::MultiPolygon:
            return "esriGeometryPolygon";
    }
    return "esriGeometryNull";
}

std::optional<GeometryType> geometry_type_of_esri(std::string_view name) {
    for (const GeometryType type : {GeometryType::Point, GeometryType::MultiPoint,
                                    GeometryType::MultiLineString, GeometryType::MultiPolygon}) {
        if (equal_ignoring_case(name, esri_geometry_type_name(type))) return type;
    }
    return std::nullopt;
}

}  // namespace rhumb::wire
