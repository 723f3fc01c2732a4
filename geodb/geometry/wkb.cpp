// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/wkb.hpp"

#include "geodb/geometry/byte_order.hpp"
#include "geodb/geometry/parts.hpp"
#include "geodb/geometry/validate.hpp"
#include "geodb/geometry/wkb_walk.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

namespace rhumb::geodb {
namespace {

/// Takes what WkbWalk finds into a Geometry.
class GeometryBuilder {
public:
    void begin(const WkbHead& head) {
        geometry_.type = head.type;
        geometry_.has_z = head.has_z;
        geometry_.has_m = head.has_m;
    }

    void vertices(const WkbVertices& run) {
        const std::size_t numbers = run.count * run.vertex_bytes / sizeof(double);
        if (numbers == 0) return;
        const std::size_t at = geometry_.coordinates.size();
        geometry_.coordinates.resize(at + numbers);
        double* const to = geometry_.coordinates.data() + at;
        if (run.order == kNativeOrder) {
            std::memcpy(to, run.bytes, numbers * sizeof(double));
            return;
        }
        for (std::size_t i = 0; i < numbers; ++i) {
            to[i] = load_double(run.bytes + i * sizeof(double), run.order);
        }
    }

    void end_part() {
        geometry_.part_ends.push_back(static_cast<std::uint32_t>(geometry_.vertex_count()));
    }

    void end_polygon() {
        if (geometry_.type != GeometryType::MultiPolygon) return;
        geometry_.polygon_ends.push_back(static_cast<std::uint32_t>(geometry_.part_ends.size()));
    }

    Geometry finish() {
        if (geometry_.type == GeometryType::Point && std::isnan(geometry_.coordinates[0]) &&
            std::isnan(geometry_.coordinates[1])) {
            geometry_.coordinates.clear();
        }
        if (geometry_.type == GeometryType::LineString && geometry_.empty()) {
            geometry_.part_ends.clear();
        }
        return std::move(geometry_);
    }

private:
    Geometry geometry_;
};

class WkbWriter {
public:
    WkbWriter(std::vector<std::uint8_t>& out, const Geometry& geometry)
        : out_(out), geometry_(geometry) {}

    void write() {
        switch (geometry_.type) {
            case GeometryType::Point:
                point();
                break;
            case GeometryType::LineString:
                line(GeometryType::LineString);
                break;
            case GeometryType::Polygon:
                polygon({0, static_cast<std::uint32_t>(geometry_.part_ends.size())});
                break;
            case GeometryType::MultiPoint:
                points();
                break;
            case GeometryType::MultiLineString:
                lines();
                break;
            case GeometryType::MultiPolygon:
                polygons();
                break;
        }
    }

private:
    void head(GeometryType type) {
        out_.push_back(static_cast<std::uint8_t>(ByteOrder::Little));
        append_u32(out_, static_cast<std::uint32_t>(type) + (geometry_.has_z ? 1000u : 0u) +
                             (geometry_.has_m ? 2000u : 0u));
    }

    void count(std::size_t count) { append_u32(out_, static_cast<std::uint32_t>(count)); }

    void point() {
        head(GeometryType::Point);
        if (!geometry_.empty()) return append_doubles(out_, geometry_.coordinates);
        const std::vector<double> nowhere(geometry_.stride(),
                                          std::numeric_limits<double>::quiet_NaN());
        append_doubles(out_, nowhere);
    }

    void vertices(std::size_t part) {
        const IndexRange range = part_vertices(geometry_, part);
        count(range.size());
        append_doubles(out_, coordinates_of(geometry_, range));
    }

    void line(GeometryType type) {
        head(type);
        if (geometry_.part_ends.empty()) return count(0);
        vertices(0);
    }

    void polygon(IndexRange rings) {
        head(GeometryType::Polygon);
        count(rings.size());
        for (std::uint32_t ring = rings.begin; ring < rings.end; ++ring) vertices(ring);
    }

    void points() {
        head(GeometryType::MultiPoint);
        const auto size = static_cast<std::uint32_t>(geometry_.vertex_count());
        count(size);
        for (std::uint32_t vertex = 0; vertex < size; ++vertex) {
            head(GeometryType::Point);
            append_doubles(out_, coordinates_of(geometry_, {vertex, vertex + 1}));
        }
    }

    void lines() {
        head(GeometryType::MultiLineString);
        count(geometry_.part_ends.size());
        for (std::size_t part = 0; part < geometry_.part_ends.size(); ++part) {
            head(GeometryType::LineString);
            vertices(part);
        }
    }

    void polygons() {
        head(GeometryType::MultiPolygon);
        count(geometry_.polygon_ends.size());
        for (std::size_t i = 0; i < geometry_.polygon_ends.size(); ++i) {
            polygon(polygon_rings(geometry_, i));
        }
    }

    std::vector<std::uint8_t>& out_;
    const Geometry& geometry_;
};

/// What the heads and counts of elements take; an upper bound.
std::size_t size_beside_coordinates(const Geometry& geometry) {
    const std::size_t points =
        geometry.type == GeometryType::MultiPoint ? geometry.vertex_count() : 0;
    return 48 + 5 * points + 9 * geometry.part_ends.size() + 9 * geometry.polygon_ends.size();
}

}  // namespace

Geometry read_wkb(std::span<const std::uint8_t> bytes) {
    GeometryBuilder builder;
    walk_wkb(bytes, builder);
    return builder.finish();
}

void append_wkb(std::vector<std::uint8_t>& out, const Geometry& geometry) {
    check_layout(geometry);
    out.reserve(out.size() + geometry.coordinates.size() * sizeof(double) +
                size_beside_coordinates(geometry));
    WkbWriter{out, geometry}.write();
}

}  // namespace rhumb::geodb
