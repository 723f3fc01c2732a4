// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/predicates.hpp"

#include "geodb/geometry/envelope.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/geometry/parts.hpp"
#include "geodb/geometry/validate.hpp"
#include "platform/error.hpp"

#include <geos_c.h>

#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rhumb::geodb {
namespace {

/// A GEOS context of our own, which keeps the text of its last error.
class GeosSession {
public:
    GeosSession() : handle_(GEOS_init_r()) {
        if (handle_ == nullptr) throw Error(Status::Internal, "GEOS: cannot be initialized");
        GEOSContext_setErrorMessageHandler_r(handle_, &GeosSession::remember, this);
    }
    GeosSession(const GeosSession&) = delete;
    GeosSession& operator=(const GeosSession&) = delete;
    ~GeosSession() { GEOS_finish_r(handle_); }

    GEOSContextHandle_t handle() const { return handle_; }
    [[noreturn]] void fail() const { throw Error(Status::Internal, "GEOS: " + error_); }

private:
    static void remember(const char* message, void* session) {
        static_cast<GeosSession*>(session)->error_ = message;
    }

    GEOSContextHandle_t handle_;
    std::string error_ = "no reason given";
};

struct GeosDeleter {
    GEOSContextHandle_t handle;
    void operator()(GEOSGeometry* geometry) const { GEOSGeom_destroy_r(handle, geometry); }
    void operator()(const GEOSPreparedGeometry* geometry) const {
        GEOSPreparedGeom_destroy_r(handle, geometry);
    }
};
using GeosGeometry = std::unique_ptr<GEOSGeometry, GeosDeleter>;
using PreparedGeometry = std::unique_ptr<const GEOSPreparedGeometry, GeosDeleter>;

/// Makes GEOS geometries in x and y. Vertices that are not finite are left out, rings are closed,
/// and parts too short to be one are left out: GEOS must never meet what it does not expect.
class GeosBuilder {
public:
    explicit GeosBuilder(const GeosSession& session) : session_(session) {}

    GeosGeometry build(const Geometry& geometry) {
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

private:
    GeosGeometry owned(GEOSGeometry* geometry) const {
        if (geometry == nullptr) session_.fail();
        return GeosGeometry{geometry, GeosDeleter{session_.handle()}};
    }

    static int collection_type(GeometryType type) {
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

    void take_finite(const Geometry& geometry, IndexRange vertices) {
        xy_.clear();
        for (std::uint32_t vertex = vertices.begin; vertex < vertices.end; ++vertex) {
            const double x = x_of(geometry, vertex);
            const double y = y_of(geometry, vertex);
            if (std::isfinite(x) && std::isfinite(y)) xy_.insert(xy_.end(), {x, y});
        }
    }

    GEOSCoordSequence* sequence() const {
        const auto size = static_cast<unsigned int>(xy_.size() / 2);
        GEOSCoordSequence* const made =
            GEOSCoordSeq_copyFromBuffer_r(session_.handle(), xy_.data(), size, 0, 0);
        if (made == nullptr) session_.fail();
        return made;  // whoever makes a geometry of it takes it, even when that fails
    }

    void add_points(const Geometry& geometry, std::vector<GeosGeometry>& elements) {
        take_finite(geometry, {0, static_cast<std::uint32_t>(geometry.vertex_count())});
        for (std::size_t i = 0; i < xy_.size(); i += 2) {
            elements.push_back(
                owned(GEOSGeom_createPointFromXY_r(session_.handle(), xy_[i], xy_[i + 1])));
        }
    }

    void add_lines(const Geometry& geometry, std::vector<GeosGeometry>& elements) {
        for (std::size_t part = 0; part < geometry.part_ends.size(); ++part) {
            take_finite(geometry, part_vertices(geometry, part));
            if (xy_.size() < 4) continue;
            elements.push_back(owned(GEOSGeom_createLineString_r(session_.handle(), sequence())));
        }
    }

    void add_polygons(const Geometry& geometry, std::vector<GeosGeometry>& elements) {
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
            elements.push_back(
                owned(GEOSGeom_createPolygon_r(session_.handle(), outer.release(), given.data(),
                                               static_cast<unsigned int>(given.size()))));
        }
    }

    /// Null when too few vertices are left.
    GeosGeometry ring(const Geometry& geometry, std::size_t part) {
        take_finite(geometry, part_vertices(geometry, part));
        if (xy_.empty()) return GeosGeometry{nullptr, GeosDeleter{session_.handle()}};
        if (xy_[0] != xy_[xy_.size() - 2] || xy_[1] != xy_.back()) {
            xy_.insert(xy_.end(), {double{xy_[0]}, double{xy_[1]}});
        }
        if (xy_.size() < 8) return GeosGeometry{nullptr, GeosDeleter{session_.handle()}};
        return owned(GEOSGeom_createLinearRing_r(session_.handle(), sequence()));
    }

    GeosGeometry collected(int type, std::vector<GeosGeometry>& elements) {
        std::vector<GEOSGeometry*> given = released(elements);
        return owned(GEOSGeom_createCollection_r(session_.handle(), type, given.data(),
                                                 static_cast<unsigned int>(given.size())));
    }

    /// GEOS takes what it is given, even when it then fails.
    static std::vector<GEOSGeometry*> released(std::vector<GeosGeometry>& geometries) {
        std::vector<GEOSGeometry*> given;
        given.reserve(geometries.size());
        for (GeosGeometry& geometry : geometries) given.push_back(geometry.release());
        return given;
    }

    const GeosSession& session_;
    std::vector<double> xy_;
};

/// A polygon, or the line or point that a box without width or height is.
Geometry as_geometry(const Envelope& box) {
    Geometry geometry;
    const bool flat_x = box.min_x == box.max_x;
    const bool flat_y = box.min_y == box.max_y;
    if (flat_x && flat_y) {
        geometry.coordinates = {box.min_x, box.min_y};
    } else if (flat_x || flat_y) {
        geometry.type = GeometryType::LineString;
        geometry.coordinates = {box.min_x, box.min_y, box.max_x, box.max_y};
        geometry.part_ends = {2};
    } else {
        geometry.type = GeometryType::Polygon;
        geometry.coordinates = {box.min_x, box.min_y, box.max_x, box.min_y, box.max_x,
                                box.max_y, box.min_x, box.max_y, box.min_x, box.min_y};
        geometry.part_ends = {5};
    }
    return geometry;
}

Envelope checked_box(const Envelope& box) {
    if (!std::isfinite(box.min_x) || !std::isfinite(box.min_y) || !std::isfinite(box.max_x) ||
        !std::isfinite(box.max_y)) {
        throw Error(Status::InvalidArgument, "spatial filter: the box is not finite");
    }
    if (box.min_x > box.max_x || box.min_y > box.max_y) {
        throw Error(Status::InvalidArgument, "spatial filter: the box ends before it begins");
    }
    return box;
}

Envelope checked_envelope_of(const Geometry& area) {
    check_layout(area);
    const std::optional<Envelope> envelope = envelope_of(area);
    if (!envelope) throw Error(Status::InvalidArgument, "spatial filter: the geometry is empty");
    return checked_box(*envelope);
}

}  // namespace

class SpatialFilter::Impl {
public:
    Impl(const Envelope& envelope, bool is_box, const Geometry& area)
        : envelope_(envelope),
          is_box_(is_box),
          builder_(session_),
          area_(builder_.build(area)),
          prepared_(GEOSPrepare_r(session_.handle(), area_.get()), GeosDeleter{session_.handle()}) {
        if (!prepared_) session_.fail();
    }

    bool intersects(std::span<const std::uint8_t> gpb) {
        if (gpb.empty()) return false;
        double x;
        double y;
        if (gpb_point(gpb, x, y)) {
            if (!contains(envelope_, x, y)) return false;
            if (is_box_) return true;
            const GeosGeometry point{GEOSGeom_createPointFromXY_r(session_.handle(), x, y),
                                     GeosDeleter{session_.handle()}};
            return meets(point.get());
        }
        const std::optional<Envelope> feature = gpb_envelope(gpb);
        if (!feature || !geodb::intersects(envelope_, *feature)) return false;
        if (is_box_ && contains(envelope_, *feature)) return true;
        const GeosGeometry geometry = builder_.build(read_gpb(gpb));
        return meets(geometry.get());
    }

    const Envelope& envelope() const { return envelope_; }

private:
    bool meets(const GEOSGeometry* geometry) const {
        constexpr char kFailed = 2;
        if (geometry == nullptr) session_.fail();
        const char answer = GEOSPreparedIntersects_r(session_.handle(), prepared_.get(), geometry);
        if (answer == kFailed) session_.fail();
        return answer != 0;
    }

    Envelope envelope_;
    bool is_box_;
    GeosSession session_;
    GeosBuilder builder_;
    GeosGeometry area_;  // the prepared geometry borrows it
    PreparedGeometry prepared_;
};

SpatialFilter::SpatialFilter(const Envelope& box)
    : impl_(std::make_unique<Impl>(checked_box(box), true, as_geometry(box))) {}

SpatialFilter::SpatialFilter(const Geometry& area)
    : impl_(std::make_unique<Impl>(checked_envelope_of(area), false, area)) {}

SpatialFilter::SpatialFilter(SpatialFilter&&) noexcept = default;
SpatialFilter& SpatialFilter::operator=(SpatialFilter&&) noexcept = default;
SpatialFilter::~SpatialFilter() = default;

bool SpatialFilter::intersects(std::span<const std::uint8_t> gpb) const {
    return impl_->intersects(gpb);
}

Envelope SpatialFilter::envelope() const {
    return impl_->envelope();
}

}  // namespace rhumb::geodb
