// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/parts.hpp"
#include "geodb/geometry/ring.hpp"
#include "sync/wire/esri_geometry.hpp"
#include "sync/wire/spatial_reference.hpp"

#include <cmath>
#include <limits>

namespace rhumb::wire {
namespace {

using geodb::Geometry;
using geodb::GeometryType;
using geodb::IndexRange;

class EsriGeometryWriter {
public:
    EsriGeometryWriter(JsonWriter& writer, const Geometry& geometry, const EsriGeometryStyle& style)
        : writer_(writer), geometry_(geometry), style_(style) {}

    void write() {
        writer_.begin_object();
        if (style_.state_dimensions) {
            if (style_.z) writer_.key("hasZ").boolean(true);
            if (style_.m) writer_.key("hasM").boolean(true);
        }
        write_body();
        if (style_.epsg) {
            writer_.key("spatialReference");
            write_spatial_reference(writer_, *style_.epsg);
        }
        writer_.end_object();
    }

private:
    void write_body() {
        switch (geometry_.type) {
            case GeometryType::Point:
                return write_point();
            case GeometryType::MultiPoint:
                writer_.key("points");
                return write_vertices({0, static_cast<std::uint32_t>(geometry_.vertex_count())});
            case GeometryType::LineString:
            case GeometryType::MultiLineString:
                return write_paths();
            case GeometryType::Polygon:
            case GeometryType::MultiPolygon:
                return write_rings();
        }
    }

    void write_point() {
        if (geometry_.empty()) {
            writer_.key("x").null();
            return;
        }
        writer_.key("x").number(geometry_.coordinates[0], style_.precision);
        writer_.key("y").number(geometry_.coordinates[1], style_.precision);
        if (style_.z) writer_.key("z").number(z_of(0));
        if (style_.m) writer_.key("m").number(m_of(0));
    }

    void write_paths() {
        writer_.key("paths").begin_array();
        for (std::size_t part = 0; part < geometry_.part_ends.size(); ++part) {
            const IndexRange path = geodb::part_vertices(geometry_, part);
            if (path.size() > 0) write_vertices(path);
        }
        writer_.end_array();
    }

    void write_rings() {
        writer_.key("rings").begin_array();
        for (std::size_t i = 0; i < geodb::polygon_count(geometry_); ++i) {
            const IndexRange rings = geodb::polygon_rings(geometry_, i);
            for (std::uint32_t ring = rings.begin; ring < rings.end; ++ring) {
                write_ring(geodb::part_vertices(geometry_, ring), ring == rings.begin);
            }
        }
        writer_.end_array();
    }

    /// Outer rings clockwise, holes counter-clockwise: a wrong one is written from its end, which
    /// keeps its first vertex first because the ring is closed.
    void write_ring(IndexRange ring, bool outer) {
        if (ring.size() == 0) return;
        const double area = geodb::signed_area(geometry_, ring);
        const bool backwards = outer ? area > 0 : area < 0;
        const bool closed = geodb::is_closed(geometry_, ring);
        writer_.begin_array();
        if (backwards && !closed) write_vertex(ring.begin);
        for (std::uint32_t i = 0; i < ring.size(); ++i) {
            write_vertex(backwards ? ring.end - 1 - i : ring.begin + i);
        }
        if (!backwards && !closed) write_vertex(ring.begin);
        writer_.end_array();
    }

    void write_vertices(IndexRange vertices) {
        writer_.begin_array();
        for (std::uint32_t i = vertices.begin; i < vertices.end; ++i) write_vertex(i);
        writer_.end_array();
    }

    void write_vertex(std::size_t vertex) {
        writer_.begin_array();
        writer_.number(geodb::x_of(geometry_, vertex), style_.precision);
        writer_.number(geodb::y_of(geometry_, vertex), style_.precision);
        if (style_.z) writer_.number(z_of(vertex));
        if (style_.m) writer_.number(m_of(vertex));
        writer_.end_array();
    }

    double z_of(std::size_t vertex) const {
        return geometry_.has_z ? geometry_.coordinates[vertex * geometry_.stride() + 2] : 0.0;
    }

    double m_of(std::size_t vertex) const {
        if (!geometry_.has_m) return std::numeric_limits<double>::quiet_NaN();
        return geometry_.coordinates[(vertex + 1) * geometry_.stride() - 1];
    }

    JsonWriter& writer_;
    const Geometry& geometry_;
    const EsriGeometryStyle& style_;
};

}  // namespace

void write_esri_geometry(JsonWriter& writer, const Geometry& geometry,
                         const EsriGeometryStyle& style) {
    EsriGeometryWriter(writer, geometry, style).write();
}

}  // namespace rhumb::wire
