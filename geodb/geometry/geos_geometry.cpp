// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/geos_geometry.hpp"

#include "geodb/geometry/parts.hpp"
#include "platform/error.hpp"

#include <geos_c.h>

#include <cmath>
#include <limits>
#include <utility>

namespace rhumb::geodb {
namespace {

/// Vertices of a ring, the first repeated at the end.
constexpr std::size_t kShortestRing = 4;

int collection_type(GeometryType type) {
    switch (type) {
        case GeometryType::Point:
        case GeometryType::MultiPoint:
            return GEOS_MULTIPOINT;
        case GeometryType::LineString:
        case GeometryType::MultiLineString:
            return GEOS_MULTILINESTRING;
        default:
            return GEOS_MULTIPOLYGON;
    }
}

/// GEOS takes what it is given, even when it then fails.
std::vector<GEOSGeometry*> released(std::vector<GeosGeometry>& geometries) {
    std::vector<GEOSGeometry*> given;
    given.reserve(geometries.size());
    for (GeosGeometry& geometry : geometries) given.push_back(geometry.release());
    return given;
}

/// Reads GEOS's elements of one kind, one after the other.
class GeosReader {
public:
    GeosReader(const GeosSession& session, const OnGeosVertex& add)
        : handle_(session.handle()), session_(session), add_(add) {}

    Geometry read(const GEOSGeometry* geometry) {
        const int dimensions = GEOSGeom_getDimensions_r(handle_, geometry);
        take(geometry, dimensions);
        const bool many = elements_ > 1;
        if (dimensions == 2) {
            made_.type = many ? GeometryType::MultiPolygon : GeometryType::Polygon;
            if (!many) made_.polygon_ends.clear();
        } else if (dimensions == 1) {
            made_.type = many ? GeometryType::MultiLineString : GeometryType::LineString;
        } else {
            made_.type = many ? GeometryType::MultiPoint : GeometryType::Point;
            made_.part_ends.clear();
        }
        return std::move(made_);
    }

private:
    void take(const GEOSGeometry* geometry, int dimensions) {
        const int type = GEOSGeomTypeId_r(handle_, geometry);
        if (type > GEOS_POLYGON) {
            const int count = GEOSGetNumGeometries_r(handle_, geometry);
            for (int i = 0; i < count; ++i) {
                take(GEOSGetGeometryN_r(handle_, geometry, i), dimensions);
            }
            return;
        }
        const bool wanted = GEOSGeom_getDimensions_r(handle_, geometry) == dimensions;
        if (!wanted || GEOSisEmpty_r(handle_, geometry) != 0) return;
        ++elements_;
        if (type != GEOS_POLYGON) return take_part(geometry);
        take_part(GEOSGetExteriorRing_r(handle_, geometry));
        const int holes = GEOSGetNumInteriorRings_r(handle_, geometry);
        for (int i = 0; i < holes; ++i) take_part(GEOSGetInteriorRingN_r(handle_, geometry, i));
        made_.polygon_ends.push_back(static_cast<std::uint32_t>(made_.part_ends.size()));
    }

    void take_part(const GEOSGeometry* part) {
        const GEOSCoordSequence* const sequence = GEOSGeom_getCoordSeq_r(handle_, part);
        unsigned int size = 0;
        if (sequence == nullptr || GEOSCoordSeq_getSize_r(handle_, sequence, &size) == 0) {
            session_.fail();
        }
        const bool has_z = GEOSHasZ_r(handle_, part) == 1;
        const std::size_t stride = has_z ? 3 : 2;
        vertices_.resize(size * stride);
        if (GEOSCoordSeq_copyToBuffer_r(handle_, sequence, vertices_.data(), has_z ? 1 : 0, 0) ==
            0) {
            session_.fail();
        }
        for (std::size_t i = 0; i < vertices_.size(); i += stride) {
            const double z = has_z ? vertices_[i + 2] : std::numeric_limits<double>::quiet_NaN();
            if (add_) {
                add_(made_, vertices_[i], vertices_[i + 1], z);
            } else {
                made_.coordinates.push_back(vertices_[i]);
                made_.coordinates.push_back(vertices_[i + 1]);
            }
        }
        made_.part_ends.push_back(static_cast<std::uint32_t>(made_.vertex_count()));
    }

    GEOSContextHandle_t handle_;
    const GeosSession& session_;
    const OnGeosVertex& add_;
    Geometry made_;
    std::size_t elements_ = 0;
    std::vector<double> vertices_;
};

}  // namespace

GeosSession::GeosSession() : handle_(GEOS_init_r()) {
    if (handle_ == nullptr) throw Error(Status::Internal, "GEOS: cannot be initialized");
    GEOSContext_setErrorMessageHandler_r(handle_, &GeosSession::remember, this);
}

GeosSession::~GeosSession() {
    GEOS_finish_r(handle_);
}

void GeosSession::fail() const {
    throw Error(Status::Internal, "GEOS: " + error_);
}

void GeosSession::remember(const char* message, void* session) {
    static_cast<GeosSession*>(session)->error_ = message;
}

void GeosDeleter::operator()(GEOSGeometry* geometry) const {
    GEOSGeom_destroy_r(handle, geometry);
}

void GeosDeleter::operator()(const GEOSPreparedGeometry* geometry) const {
    GEOSPreparedGeom_destroy_r(handle, geometry);
}

GeosGeometry owned(const GeosSession& session, GEOSGeometry* geometry) {
    if (geometry == nullptr) session.fail();
    return GeosGeometry{geometry, GeosDeleter{session.handle()}};
}

GeosGeometry made_valid(const GeosSession& session, GeosGeometry geometry) {
    if (GEOSisValid_r(session.handle(), geometry.get()) == 1) return geometry;
    return owned(session, GEOSMakeValid_r(session.handle(), geometry.get()));
}

GeosGeometry GeosBuilder::build(const Geometry& geometry) {
    std::vector<GeosGeometry> elements;
    switch (geometry.type) {
        case GeometryType::Point:
        case GeometryType::MultiPoint:
            add_points(geometry, elements);
            break;
        case GeometryType::LineString:
        case GeometryType::MultiLineString:
            add_lines(geometry, elements);
            break;
        case GeometryType::Polygon:
        case GeometryType::MultiPolygon:
            add_polygons(geometry, elements);
            break;
    }
    if (elements.size() == 1) return std::move(elements.front());
    return collected(collection_type(geometry.type), elements);
}

void GeosBuilder::take_finite(const Geometry& geometry, std::uint32_t begin, std::uint32_t end) {
    vertices_.clear();
    for (std::uint32_t vertex = begin; vertex < end; ++vertex) {
        const double x = x_of(geometry, vertex);
        const double y = y_of(geometry, vertex);
        if (!std::isfinite(x) || !std::isfinite(y)) continue;
        vertices_.push_back(x);
        vertices_.push_back(y);
        if (z_ == Z::Number) vertices_.push_back(vertex);
    }
}

GEOSCoordSequence* GeosBuilder::sequence() const {
    const auto size = static_cast<unsigned int>(vertices_.size() / stride());
    GEOSCoordSequence* const made = GEOSCoordSeq_copyFromBuffer_r(
        session_.handle(), vertices_.data(), size, z_ == Z::Number ? 1 : 0, 0);
    if (made == nullptr) session_.fail();
    return made;  // whoever makes a geometry of it takes it, even when that fails
}

void GeosBuilder::add_points(const Geometry& geometry, std::vector<GeosGeometry>& elements) {
    take_finite(geometry, 0, static_cast<std::uint32_t>(geometry.vertex_count()));
    for (std::size_t i = 0; i < vertices_.size(); i += stride()) {
        elements.push_back(owned(session_, GEOSGeom_createPointFromXY_r(
                                               session_.handle(), vertices_[i], vertices_[i + 1])));
    }
}

void GeosBuilder::add_lines(const Geometry& geometry, std::vector<GeosGeometry>& elements) {
    for (std::size_t part = 0; part < geometry.part_ends.size(); ++part) {
        const IndexRange range = part_vertices(geometry, part);
        take_finite(geometry, range.begin, range.end);
        if (vertices_.size() < 2 * stride()) continue;
        elements.push_back(
            owned(session_, GEOSGeom_createLineString_r(session_.handle(), sequence())));
    }
}

void GeosBuilder::add_polygons(const Geometry& geometry, std::vector<GeosGeometry>& elements) {
    for (std::size_t i = 0; i < polygon_count(geometry); ++i) {
        const IndexRange rings = polygon_rings(geometry, i);
        if (rings.size() == 0) continue;
        GeosGeometry outer = ring(geometry, rings.begin);
        if (!outer) continue;
        std::vector<GeosGeometry> holes;
        for (std::uint32_t part = rings.begin + 1; part < rings.end; ++part) {
            if (GeosGeometry hole = ring(geometry, part)) holes.push_back(std::move(hole));
        }
        std::vector<GEOSGeometry*> given = released(holes);
        elements.push_back(owned(
            session_, GEOSGeom_createPolygon_r(session_.handle(), outer.release(), given.data(),
                                               static_cast<unsigned int>(given.size()))));
    }
}

GeosGeometry GeosBuilder::ring(const Geometry& geometry, std::size_t part) {
    const IndexRange range = part_vertices(geometry, part);
    take_finite(geometry, range.begin, range.end);
    const std::size_t last = vertices_.size() - stride();
    const bool open = !vertices_.empty() &&
                      (vertices_[0] != vertices_[last] || vertices_[1] != vertices_[last + 1]);
    for (std::size_t i = 0; open && i < stride(); ++i) vertices_.push_back(double{vertices_[i]});
    if (vertices_.size() < kShortestRing * stride()) {
        return GeosGeometry{nullptr, GeosDeleter{session_.handle()}};
    }
    return owned(session_, GEOSGeom_createLinearRing_r(session_.handle(), sequence()));
}

GeosGeometry GeosBuilder::collected(int type, std::vector<GeosGeometry>& elements) {
    std::vector<GEOSGeometry*> given = released(elements);
    return owned(session_, GEOSGeom_createCollection_r(session_.handle(), type, given.data(),
                                                       static_cast<unsigned int>(given.size())));
}

Geometry read_geos(const GeosSession& session, const GEOSGeometry* geometry,
                   const OnGeosVertex& add) {
    return GeosReader(session, add).read(geometry);
}

}  // namespace rhumb::geodb
