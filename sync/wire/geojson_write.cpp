// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/parts.hpp"
#include "geodb/geometry/ring.hpp"
#include "geodb/geometry/validate.hpp"
#include "sync/wire/geojson.hpp"

#include <cmath>

namespace rhumb::wire {
namespace {

using geodb::Geometry;
using geodb::GeometryType;
using geodb::IndexRange;

class GeoJsonGeometryWriter {
public:
    GeoJsonGeometryWriter(JsonWriter& writer, const Geometry& geometry, int precision)
        : writer_(writer), geometry_(geometry), precision_(precision) {}

    void write() {
        writer_.begin_object();
        writer_.key("type").string(geodb::geometry_type_name(geometry_.type));
        writer_.key("coordinates");
        write_coordinates();
        writer_.end_object();
    }

private:
    void write_coordinates() {
        if (geometry_.empty()) {
            writer_.begin_array().end_array();
            return;
        }
        switch (geometry_.type) {
            case GeometryType::Point:
                return write_position(0);
            case GeometryType::MultiPoint:
                return write_positions({0, static_cast<std::uint32_t>(geometry_.vertex_count())});
            case GeometryType::LineString:
                return write_positions(geodb::part_vertices(geometry_, 0));
            case GeometryType::MultiLineString:
                return write_lines();
            case GeometryType::Polygon:
                return write_polygon(geodb::polygon_rings(geometry_, 0));
            case GeometryType::MultiPolygon:
                return write_polygons();
        }
    }

    void write_lines() {
        writer_.begin_array();
        for (std::size_t part = 0; part < geometry_.part_ends.size(); ++part) {
            const IndexRange line = geodb::part_vertices(geometry_, part);
            if (line.size() > 0) write_positions(line);
        }
        writer_.end_array();
    }

    void write_polygons() {
        writer_.begin_array();
        for (std::size_t i = 0; i < geodb::polygon_count(geometry_); ++i) {
            const IndexRange rings = geodb::polygon_rings(geometry_, i);
            if (rings.size() > 0) write_polygon(rings);
        }
        writer_.end_array();
    }

    void write_polygon(IndexRange rings) {
        writer_.begin_array();
        for (std::uint32_t ring = rings.begin; ring < rings.end; ++ring) {
            write_ring(geodb::part_vertices(geometry_, ring), ring == rings.begin);
        }
        writer_.end_array();
    }

    /// RFC 7946, 3.1.6: outer rings counter-clockwise, holes clockwise, closed.
    void write_ring(IndexRange ring, bool outer) {
        if (ring.size() == 0) return;
        const double area = geodb::signed_area(geometry_, ring);
        const bool backwards = outer ? area < 0 : area > 0;
        const bool closed = geodb::is_closed(geometry_, ring);
        writer_.begin_array();
        if (backwards && !closed) write_position(ring.begin);
        for (std::uint32_t i = 0; i < ring.size(); ++i) {
            write_position(backwards ? ring.end - 1 - i : ring.begin + i);
        }
        if (!backwards && !closed) write_position(ring.begin);
        writer_.end_array();
    }

    void write_positions(IndexRange vertices) {
        writer_.begin_array();
        for (std::uint32_t i = vertices.begin; i < vertices.end; ++i) write_position(i);
        writer_.end_array();
    }

    void write_position(std::size_t vertex) {
        writer_.begin_array();
        writer_.number(geodb::x_of(geometry_, vertex), precision_);
        writer_.number(geodb::y_of(geometry_, vertex), precision_);
        if (geometry_.has_z) {
            const double z = geometry_.coordinates[vertex * geometry_.stride() + 2];
            if (!std::isnan(z)) writer_.number(z);
        }
        writer_.end_array();
    }

    JsonWriter& writer_;
    const Geometry& geometry_;
    int precision_;
};

}  // namespace

void write_geojson_geometry(JsonWriter& writer, const Geometry& geometry, int precision) {
    GeoJsonGeometryWriter(writer, geometry, precision).write();
}

}  // namespace rhumb::wire
