// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/wkt.hpp"

#include "platform/number.hpp"

#include <cmath>

namespace rhumb::geodb {
namespace {

const char* type_name(GeometryType type) {
    switch (type) {
        case GeometryType::Point:
            return "POINT";
        case GeometryType::LineString:
            return "LINESTRING";
        case GeometryType::Polygon:
            return "POLYGON";
        case GeometryType::MultiPoint:
            return "MULTIPOINT";
        case GeometryType::MultiLineString:
            return "MULTILINESTRING";
        case GeometryType::MultiPolygon:
            break;
    }
    return "MULTIPOLYGON";
}

class Writer {
public:
    explicit Writer(const Geometry& geometry) : geometry_(geometry) {}

    std::string text() {
        out_ = type_name(geometry_.type);
        if (geometry_.has_z || geometry_.has_m) out_ += ' ';
        if (geometry_.has_z) out_ += 'Z';
        if (geometry_.has_m) out_ += 'M';
        if (geometry_.empty()) return out_ + " EMPTY";
        out_ += ' ';
        switch (geometry_.type) {
            case GeometryType::Point:
            case GeometryType::LineString:
            case GeometryType::MultiPoint:
                vertices(0, geometry_.vertex_count());
                break;
            case GeometryType::Polygon:
            case GeometryType::MultiLineString:
                parts(0, geometry_.part_ends.size());
                break;
            case GeometryType::MultiPolygon:
                polygons();
                break;
        }
        return out_;
    }

private:
    void ordinate(double value) {
        if (std::isfinite(value)) {
            append_double(out_, value);
        } else {
            out_ += "nan";
        }
    }

    void vertices(std::size_t begin, std::size_t end) {
        const std::size_t stride = geometry_.stride();
        out_ += '(';
        for (std::size_t i = begin; i < end; ++i) {
            if (i > begin) out_ += ", ";
            for (std::size_t k = 0; k < stride; ++k) {
                if (k > 0) out_ += ' ';
                ordinate(geometry_.coordinates[i * stride + k]);
            }
        }
        out_ += ')';
    }

    void parts(std::size_t begin, std::size_t end) {
        out_ += '(';
        for (std::size_t part = begin; part < end; ++part) {
            if (part > begin) out_ += ", ";
            vertices(part == 0 ? 0 : geometry_.part_ends[part - 1], geometry_.part_ends[part]);
        }
        out_ += ')';
    }

    void polygons() {
        out_ += '(';
        for (std::size_t i = 0; i < geometry_.polygon_ends.size(); ++i) {
            if (i > 0) out_ += ", ";
            parts(i == 0 ? 0 : geometry_.polygon_ends[i - 1], geometry_.polygon_ends[i]);
        }
        out_ += ')';
    }

    const Geometry& geometry_;
    std::string out_;
};

}  // namespace

std::string write_wkt(const Geometry& geometry) {
    return Writer(geometry).text();
}

}  // namespace rhumb::geodb
