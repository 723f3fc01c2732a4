// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/geojson.hpp"

#include "geodb/geometry/ring.hpp"
#include "geodb/geometry/validate.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <limits>

namespace rhumb::wire {
namespace {

using geodb::Geometry;
using geodb::GeometryType;

constexpr std::size_t kLeastLinePositions = 2;
constexpr std::size_t kLeastRingPositions = 4;

/// A list inside `coordinates`, and the way to it.
struct Node {
    const Json& json;
    const Node* parent;
    std::size_t index;

    std::string place() const {
        if (parent == nullptr) return "coordinates";
        return parent->place() + "[" + std::to_string(index) + "]";
    }
    [[noreturn]] void refuse(std::string_view why) const {
        throw Error(Status::InvalidArgument, "geometry: " + place() + ": " + std::string(why));
    }
    const Json::Array& list() const {
        if (json.array() == nullptr) refuse("must be an array");
        return *json.array();
    }
    template <typename Visit>
    void each(Visit visit) const {
        const Json::Array& children = list();
        for (std::size_t i = 0; i < children.size(); ++i) visit(Node{children[i], this, i});
    }
};

/// Whether some position below has a third number. The parser has bounded the depth.
bool any_z(const Json& json) {
    const Json::Array* list = json.array();
    if (list == nullptr || list->empty()) return false;
    if (!list->front().is_number()) return std::any_of(list->begin(), list->end(), any_z);
    return list->size() > 2 && (*list)[2].is_number();
}

void append_position(Geometry& geometry, const Node& node) {
    const Json::Array& numbers = node.list();
    if (numbers.size() < 2) node.refuse("a position has 2 numbers at least");
    const std::size_t ordinates = geometry.stride();
    for (std::size_t i = 0; i < ordinates; ++i) {
        if (i >= numbers.size()) {
            geometry.coordinates.push_back(std::numeric_limits<double>::quiet_NaN());
            continue;
        }
        const auto number = numbers[i].is_number() ? to_double(numbers[i]) : std::nullopt;
        if (!number) node.refuse("a position is made of numbers");
        geometry.coordinates.push_back(*number);
    }
}

void end_part(Geometry& geometry) {
    geometry.part_ends.push_back(static_cast<std::uint32_t>(geometry.vertex_count()));
}

void append_line(Geometry& geometry, const Node& node) {
    if (node.list().empty()) return;
    if (node.list().size() < kLeastLinePositions) node.refuse("a line has 2 positions at least");
    node.each([&](const Node& position) { append_position(geometry, position); });
    end_part(geometry);
}

void append_ring(Geometry& geometry, const Node& node) {
    const auto begin = static_cast<std::uint32_t>(geometry.vertex_count());
    node.each([&](const Node& position) { append_position(geometry, position); });
    end_part(geometry);
    const geodb::IndexRange ring{begin, geometry.part_ends.back()};
    const bool closed = geodb::is_closed(geometry, ring);
    if (ring.size() + (closed ? 0u : 1u) < kLeastRingPositions) {
        node.refuse("a ring has 4 positions at least");
    }
    if (closed) return;
    for (std::size_t i = 0; i < geometry.stride(); ++i) {
        const double first = geometry.coordinates[begin * geometry.stride() + i];
        geometry.coordinates.push_back(first);
    }
    ++geometry.part_ends.back();
}

void append_polygon(Geometry& geometry, const Node& node) {
    const Json::Array& rings = node.list();
    const bool empty = std::all_of(rings.begin(), rings.end(), [](const Json& ring) {
        return ring.array() != nullptr && ring.array()->empty();
    });
    if (empty) return;
    node.each([&](const Node& ring) { append_ring(geometry, ring); });
    if (geometry.type != GeometryType::MultiPolygon) return;
    geometry.polygon_ends.push_back(static_cast<std::uint32_t>(geometry.part_ends.size()));
}

GeometryType type_of(const Json& json) {
    const std::string_view name = text_or_empty(json.find("type"));
    for (const GeometryType type :
         {GeometryType::Point, GeometryType::LineString, GeometryType::Polygon,
          GeometryType::MultiPoint, GeometryType::MultiLineString, GeometryType::MultiPolygon}) {
        if (name == geodb::geometry_type_name(type)) return type;
    }
    if (name == "GeometryCollection") {
        throw Error(Status::Unsupported, "geometry: a GeometryCollection cannot be stored");
    }
    throw Error(Status::InvalidArgument,
                "geometry: '" + excerpt(name, 40) + "' is no GeoJSON geometry type");
}

void append(Geometry& geometry, const Node& node) {
    const auto lines = [&](const Node& line) { append_line(geometry, line); };
    const auto positions = [&](const Node& position) { append_position(geometry, position); };
    const auto polygons = [&](const Node& polygon) { append_polygon(geometry, polygon); };
    switch (geometry.type) {
        case GeometryType::Point:
            if (!node.list().empty()) append_position(geometry, node);
            return;
        case GeometryType::MultiPoint:
            return node.each(positions);
        case GeometryType::LineString:
            return append_line(geometry, node);
        case GeometryType::MultiLineString:
            return node.each(lines);
        case GeometryType::Polygon:
            return append_polygon(geometry, node);
        case GeometryType::MultiPolygon:
            return node.each(polygons);
    }
}

}  // namespace

std::optional<Geometry> read_geojson_geometry(const Json& json) {
    if (json.is_null()) return std::nullopt;
    if (json.object() == nullptr) {
        throw Error(Status::InvalidArgument, "geometry: must be an object or null");
    }
    Geometry geometry;
    geometry.type = type_of(json);
    const Json& coordinates = json.require("coordinates", "geometry");
    geometry.has_z = any_z(coordinates);
    append(geometry, {coordinates, nullptr, 0});
    if (geometry.empty()) return std::nullopt;
    geodb::orient_rings(geometry, false);
    return geometry;
}

}  // namespace rhumb::wire
