// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/predicates.hpp"

#include "geodb/geometry/envelope.hpp"
#include "geodb/geometry/geos_geometry.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/geometry/validate.hpp"
#include "platform/error.hpp"

#include <geos_c.h>

#include <cmath>
#include <optional>
#include <utility>

namespace rhumb::geodb {
namespace {

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

SpatialTest checked_test(const SpatialTest& test) {
    if (test.relation == SpatialRelation::Relate && !is_relation_matrix(test.matrix)) {
        throw Error(Status::InvalidArgument, "spatial filter: a relation is nine of T F * 0 1 2");
    }
    return test;
}

/// Inside, and no part of it on the edge.
bool holds_strictly(const Envelope& outer, const Envelope& inner) {
    return outer.min_x < inner.min_x && inner.max_x < outer.max_x && outer.min_y < inner.min_y &&
           inner.max_y < outer.max_y;
}

}  // namespace

class SpatialFilter::Impl {
public:
    Impl(const Envelope& envelope, bool is_box, const Geometry& area, const SpatialTest& test)
        : envelope_(envelope),
          is_box_(is_box),
          test_(checked_test(test)),
          builder_(session_),
          area_(sound(builder_.build(area))),
          prepared_(GEOSPrepare_r(session_.handle(), area_.get()), GeosDeleter{session_.handle()}) {
        if (!prepared_) session_.fail();
    }

    bool matches(std::span<const std::uint8_t> gpb) {
        if (gpb.empty()) return false;
        if (test_.relation == SpatialRelation::Intersects) return intersects(gpb);
        const std::optional<Envelope> feature = gpb_envelope(gpb);
        if (!feature) return false;
        const bool near = geodb::intersects(envelope_, *feature);
        if (test_.relation == SpatialRelation::EnvelopeIntersects) return near;
        if (!near && !holds_apart(test_)) return false;
        if (test_.relation == SpatialRelation::Contains) {
            if (!contains(envelope_, *feature)) return false;
            if (is_box_ && holds_strictly(envelope_, *feature)) return true;
        }
        if (test_.relation == SpatialRelation::Within && !contains(*feature, envelope_)) {
            return false;
        }
        return related(builder_.build(read_gpb(gpb)));
    }

    const Envelope& envelope() const { return envelope_; }
    bool is_bounded() const { return !holds_apart(test_); }

private:
    static constexpr char kFailed = 2;

    /// Whether two geometries meet GEOS tells of any; how, only of sound ones.
    GeosGeometry sound(GeosGeometry area) const {
        if (test_.relation == SpatialRelation::Intersects) return area;
        return made_valid(session_, std::move(area));
    }

    bool intersects(std::span<const std::uint8_t> gpb) {
        double x;
        double y;
        if (gpb_point(gpb, x, y)) {
            if (!contains(envelope_, x, y)) return false;
            if (is_box_) return true;
            const GeosGeometry point =
                owned(session_, GEOSGeom_createPointFromXY_r(session_.handle(), x, y));
            return answer_of(ask(point.get()));
        }
        const std::optional<Envelope> feature = gpb_envelope(gpb);
        if (!feature || !geodb::intersects(envelope_, *feature)) return false;
        if (is_box_ && contains(envelope_, *feature)) return true;
        return answer_of(ask(builder_.build(read_gpb(gpb)).get()));
    }

    /// A feature that is not sound is mended before it is asked a second time.
    bool related(GeosGeometry feature) const {
        const char answer = ask(feature.get());
        if (answer != kFailed) return answer != 0;
        return answer_of(ask(made_valid(session_, std::move(feature)).get()));
    }

    bool answer_of(char answer) const {
        if (answer == kFailed) session_.fail();
        return answer != 0;
    }

    char ask(const GEOSGeometry* feature) const {
        const GEOSContextHandle_t handle = session_.handle();
        switch (test_.relation) {
            case SpatialRelation::Contains:
                return GEOSPreparedContains_r(handle, prepared_.get(), feature);
            case SpatialRelation::Within:
                return GEOSPreparedWithin_r(handle, prepared_.get(), feature);
            case SpatialRelation::Crosses:
                return GEOSPreparedCrosses_r(handle, prepared_.get(), feature);
            case SpatialRelation::Touches:
                return GEOSPreparedTouches_r(handle, prepared_.get(), feature);
            case SpatialRelation::Overlaps:
                return GEOSPreparedOverlaps_r(handle, prepared_.get(), feature);
            case SpatialRelation::Relate:
                return GEOSRelatePattern_r(handle, area_.get(), feature, test_.matrix.c_str());
            case SpatialRelation::Intersects:
            case SpatialRelation::EnvelopeIntersects:
                break;
        }
        return GEOSPreparedIntersects_r(handle, prepared_.get(), feature);
    }

    Envelope envelope_;
    bool is_box_;
    SpatialTest test_;
    GeosSession session_;
    GeosBuilder builder_;
    GeosGeometry area_;  // the prepared geometry borrows it
    PreparedGeometry prepared_;
};

SpatialFilter::SpatialFilter(const Envelope& box, const SpatialTest& test)
    : impl_(std::make_unique<Impl>(checked_box(box), true, as_geometry(box), test)) {}

SpatialFilter::SpatialFilter(const Geometry& area, const SpatialTest& test)
    : impl_(std::make_unique<Impl>(checked_envelope_of(area), false, area, test)) {}

SpatialFilter::SpatialFilter(SpatialFilter&&) noexcept = default;
SpatialFilter& SpatialFilter::operator=(SpatialFilter&&) noexcept = default;
SpatialFilter::~SpatialFilter() = default;

bool SpatialFilter::matches(std::span<const std::uint8_t> gpb) const {
    return impl_->matches(gpb);
}

Envelope SpatialFilter::envelope() const {
    return impl_->envelope();
}

bool SpatialFilter::is_bounded() const {
    return impl_->is_bounded();
}

}  // namespace rhumb::geodb
