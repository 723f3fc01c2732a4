// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/grid_json.hpp"

namespace rhumb::wire {
namespace {

using geodb::GeometryType;

void write_part(JsonWriter& writer, const GridGeometry& geometry, std::uint32_t begin,
                std::uint32_t end, bool z, bool m) {
    GridVertex before;
    writer.begin_array();
    for (std::uint32_t i = begin; i < end; ++i) {
        const GridVertex& vertex = geometry.vertices[i];
        writer.begin_array();
        writer.integer(vertex.column - before.column).integer(vertex.row - before.row);
        if (z) writer.number(vertex.z);
        if (m) writer.number(vertex.m);
        writer.end_array();
        before = vertex;
    }
    writer.end_array();
}

bool is_polygon(GeometryType type) {
    return type == GeometryType::Polygon || type == GeometryType::MultiPolygon;
}

}  // namespace

void write_transform(JsonWriter& writer, const Grid& grid) {
    writer.key("transform").begin_object().key("originPosition");
    writer.string(grid.origin == Grid::Origin::UpperLeft ? "upperLeft" : "lowerLeft");
    writer.key("scale").begin_array().number(grid.cell).number(grid.cell).end_array();
    writer.key("translate").begin_array().number(grid.left).number(grid.edge).end_array();
    writer.end_object();
}

void write_grid_point(JsonWriter& writer, const GridVertex& vertex, bool z, bool m) {
    writer.begin_object();
    writer.key("x").integer(vertex.column).key("y").integer(vertex.row);
    if (z) writer.key("z").number(vertex.z);
    if (m) writer.key("m").number(vertex.m);
    writer.end_object();
}

void write_grid_geometry(JsonWriter& writer, const GridGeometry& geometry, bool z, bool m) {
    if (geometry.type == GeometryType::Point) {
        return write_grid_point(writer, geometry.vertices.front(), z, m);
    }
    writer.begin_object();
    if (geometry.type == GeometryType::MultiPoint) {
        writer.key("points");
        write_part(writer, geometry, 0, geometry.part_ends.front(), z, m);
    } else {
        writer.key(is_polygon(geometry.type) ? "rings" : "paths").begin_array();
        std::uint32_t begin = 0;
        for (const std::uint32_t end : geometry.part_ends) {
            write_part(writer, geometry, begin, end, z, m);
            begin = end;
        }
        writer.end_array();
    }
    writer.end_object();
}

}  // namespace rhumb::wire
