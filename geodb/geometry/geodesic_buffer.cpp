// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/geodesic_buffer.hpp"

#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/geodesic.hpp"
#include "geodb/geometry/geos_geometry.hpp"
#include "geodb/geometry/lon_lat_area.hpp"
#include "geodb/geometry/parts.hpp"
#include "geodb/geometry/validate.hpp"
#include "platform/error.hpp"

#include <geos_c.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

namespace rhumb::geodb {
namespace {

constexpr std::int32_t kWgs84 = 4326;
/// How far from its centre a plane is used, in metres: there it is true to 0.25 %.
constexpr double kPlaneReach = 800'000;
/// Of a piece of a line that gets a plane of its own.
constexpr double kPieceLength = 300'000;
/// Vertices in a quarter of a circle: a chord stays within 0.03 % of it.
constexpr int kQuarter = 32;
/// Longest step of a line in degrees, whatever its length: the whole world's edge has none.
constexpr double kMostDegrees = 2;
/// Latitudes that projections with the poles infinitely far away can still place.
constexpr double kMostLatitude = 89.9;

using Line = std::vector<LonLat>;

[[noreturn]] void refuse(const std::string& problem) {
    throw Error(Status::InvalidArgument, "buffer: " + problem);
}

/// How long a step of a line may be so that a straight step in the plane leaves the line, which
/// runs straight elsewhere, by a thousandth of the distance at most.
double longest_step(double metres) {
    constexpr double kCurvature = 0.004 * 6'371'000;
    return std::min(std::sqrt(kCurvature * metres), 0.05 * std::max(metres, kPlaneReach));
}

/// Places vertices of one reference on the globe, with steps in between.
class Stepper {
public:
    Stepper(std::int32_t epsg, double step) : transform_(epsg, kWgs84), step_(step) {}

    /// The vertices of a part, or of all points one by one.
    Line steps(const Geometry& geometry, IndexRange range, bool joined) {
        Geometry flat;
        flat.type = GeometryType::MultiPoint;
        for (std::uint32_t i = range.begin; i < range.end; ++i) {
            flat.coordinates.push_back(x_of(geometry, i));
            flat.coordinates.push_back(y_of(geometry, i));
        }
        Geometry placed = flat;
        transform_.apply(placed);
        if (joined) placed = with_steps(flat, placed);
        Line line;
        for (std::size_t i = 0; i < placed.vertex_count(); ++i) {
            line.push_back({x_of(placed, i), y_of(placed, i)});
        }
        count(0);
        return line;
    }

private:
    Geometry with_steps(const Geometry& flat, const Geometry& placed) {
        Geometry made;
        made.type = GeometryType::MultiPoint;
        for (std::size_t i = 0; i < flat.vertex_count(); ++i) {
            const double x = x_of(flat, i);
            const double y = y_of(flat, i);
            const std::size_t steps = i == 0 ? 1 : steps_between(placed, i - 1, i);
            count(steps);
            for (std::size_t k = 1; k <= steps; ++k) {
                const double part = static_cast<double>(k) / static_cast<double>(steps);
                const double from_x = i == 0 ? x : x_of(flat, i - 1);
                const double from_y = i == 0 ? y : y_of(flat, i - 1);
                made.coordinates.push_back(k == steps ? x : from_x + part * (x - from_x));
                made.coordinates.push_back(k == steps ? y : from_y + part * (y - from_y));
            }
        }
        transform_.apply(made);
        return made;
    }

    std::size_t steps_between(const Geometry& placed, std::size_t from, std::size_t to) const {
        const LonLat a{x_of(placed, from), y_of(placed, from)};
        const LonLat b{x_of(placed, to), y_of(placed, to)};
        const double degrees =
            std::max(std::abs(a.longitude - b.longitude), std::abs(a.latitude - b.latitude));
        const double steps =
            std::max({1.0, geodesic_distance(a, b) / step_, degrees / kMostDegrees});
        return static_cast<std::size_t>(
            std::min(std::ceil(steps), static_cast<double>(kMaxBufferPieces) + 1));
    }

    void count(std::size_t more) {
        pieces_ += more;
        if (pieces_ > kMaxBufferPieces) {
            refuse("the geometry is too long for this distance: more than " +
                   std::to_string(kMaxBufferPieces) + " pieces");
        }
    }

    CoordinateTransform transform_;
    double step_;
    std::size_t pieces_ = 0;
};

/// A polygon whose rings lie on the globe: ours turn counter-clockwise, holes clockwise.
struct GlobePolygon {
    Line outer;
    std::vector<Line> holes;
};

/// The middle of places that may lie around a pole.
LonLat middle_of(const Line& line) {
    constexpr double kRadian = std::numbers::pi / 180;
    double x = 0;
    double y = 0;
    double z = 0;
    for (const LonLat& at : line) {
        x += std::cos(at.latitude * kRadian) * std::cos(at.longitude * kRadian);
        y += std::cos(at.latitude * kRadian) * std::sin(at.longitude * kRadian);
        z += std::sin(at.latitude * kRadian);
    }
    const double longitude = std::hypot(x, y) < 1e-12 ? 0 : std::atan2(y, x) / kRadian;
    return {longitude, std::atan2(z, std::hypot(x, y)) / kRadian};
}

double reach_from(const LonLat& centre, const Line& line) {
    double reach = 0;
    for (const LonLat& at : line) reach = std::max(reach, geodesic_distance(centre, at));
    return reach;
}

/// The parts of a geometry on the globe.
struct Parts {
    std::vector<Line> lines;  ///< points are lines of one vertex
    bool polygons = false;    ///< then the lines are rings
};

class Buffering {
public:
    Buffering(const Geometry& geometry, std::int32_t from_epsg, double metres)
        : geometry_(geometry), metres_(metres), step_(longest_step(metres)) {
        Stepper stepper(from_epsg, step_);
        parts_ = parts_of(stepper);
        for (const Line& line : parts_.lines) all_.insert(all_.end(), line.begin(), line.end());
    }

    std::vector<GlobePolygon> polygons() {
        const LonLat centre = middle_of(all_);
        if (reach_from(centre, all_) + metres_ <= kPlaneReach) {
            buffer_in_plane(centre, geometry_with(parts_, centre));
        } else {
            for (const Line& line : parts_.lines) buffer_line(line);
            if (parts_.polygons) add_insides();
        }
        return std::move(made_);
    }

    const GeosSession& session() const { return session_; }

private:
    Parts parts_of(Stepper& stepper) const {
        Parts parts;
        if (geometry_.part_ends.empty()) {
            const auto count = static_cast<std::uint32_t>(geometry_.vertex_count());
            for (const LonLat& at : stepper.steps(geometry_, {0, count}, false)) {
                parts.lines.push_back({at});
            }
            if (parts.lines.size() > kMaxBufferPieces) refuse("too many points");
            return parts;
        }
        parts.polygons = polygon_count(geometry_) > 0;
        for (std::size_t i = 0; i < geometry_.part_ends.size(); ++i) {
            const IndexRange range = part_vertices(geometry_, i);
            if (range.size() > 0) parts.lines.push_back(stepper.steps(geometry_, range, true));
        }
        return parts;
    }

    /// The whole geometry, its vertices placed in the plane around `centre`.
    Geometry geometry_with(const Parts& parts, const LonLat& centre) const {
        const LocalPlane plane(centre);
        Geometry placed;
        placed.type = geometry_.type;
        placed.polygon_ends = geometry_.polygon_ends;
        for (const Line& line : parts.lines) {
            for (const LonLat& at : line) {
                const auto place = plane.place_of(at);
                placed.coordinates.push_back(place.x);
                placed.coordinates.push_back(place.y);
            }
            if (geometry_.part_ends.empty()) continue;
            placed.part_ends.push_back(static_cast<std::uint32_t>(placed.vertex_count()));
        }
        if (parts.lines.size() != geometry_.part_ends.size() && !geometry_.part_ends.empty()) {
            placed.polygon_ends.clear();  // an empty part: only lines may have one
        }
        return placed;
    }

    void buffer_line(const Line& line) {
        if (metres_ > kPlaneReach / 2) {
            for (const LonLat& at : line) circle(at);
            return;
        }
        std::size_t begin = 0;
        while (begin < line.size()) {
            std::size_t end = begin + 1;
            double length = 0;
            while (end < line.size() && length < kPieceLength) {
                length += geodesic_distance(line[end - 1], line[end]);
                ++end;
            }
            const Line piece(line.begin() + static_cast<std::ptrdiff_t>(begin),
                             line.begin() + static_cast<std::ptrdiff_t>(end));
            buffer_piece(piece);
            if (end == line.size()) break;
            begin = end - 1;
        }
    }

    void buffer_piece(const Line& piece) {
        const LonLat centre = middle_of(piece);
        const LocalPlane plane(centre);
        Geometry placed;
        placed.type = piece.size() > 1 ? GeometryType::LineString : GeometryType::Point;
        for (const LonLat& at : piece) {
            const auto place = plane.place_of(at);
            placed.coordinates.push_back(place.x);
            placed.coordinates.push_back(place.y);
        }
        if (piece.size() > 1) placed.part_ends = {static_cast<std::uint32_t>(piece.size())};
        buffer_in_plane(centre, placed);
    }

    void buffer_in_plane(const LonLat& centre, const Geometry& placed) {
        const GeosGeometry flat = GeosBuilder(session_).build(placed);
        const GeosGeometry grown =
            owned(session_, GEOSBuffer_r(session_.handle(), flat.get(), metres_, kQuarter));
        Geometry area = read_geos(session_, grown.get());
        orient_rings(area, false);
        const LocalPlane plane(centre);
        for (std::size_t i = 0; i < polygon_count(area); ++i) {
            const IndexRange rings = polygon_rings(area, i);
            GlobePolygon polygon{ring_on_globe(area, rings.begin, plane), {}};
            for (std::uint32_t part = rings.begin + 1; part < rings.end; ++part) {
                polygon.holes.push_back(ring_on_globe(area, part, plane));
            }
            made_.push_back(std::move(polygon));
        }
    }

    /// Without the repeated last vertex.
    Line ring_on_globe(const Geometry& area, std::size_t part, const LocalPlane& plane) const {
        const IndexRange range = part_vertices(area, part);
        Line line;
        for (std::uint32_t i = range.begin; i + 1 < range.end; ++i) {
            const double x = x_of(area, i);
            const double y = y_of(area, i);
            const double to_x = x_of(area, i + 1);
            const double to_y = y_of(area, i + 1);
            const double steps = std::ceil(std::hypot(to_x - x, to_y - y) / step_);
            for (double k = 0; k < std::max(1.0, steps); ++k) {
                const double t = k / std::max(1.0, steps);
                line.push_back(plane.at({x + t * (to_x - x), y + t * (to_y - y)}));
            }
        }
        return line;
    }

    void circle(const LonLat& centre) {
        const LocalPlane plane(centre);
        GlobePolygon polygon;
        constexpr int kVertices = 4 * kQuarter;
        for (int i = 0; i < kVertices; ++i) {
            const double angle = 2 * std::numbers::pi * i / kVertices;
            polygon.outer.push_back(
                plane.at({metres_ * std::cos(angle), metres_ * std::sin(angle)}));
        }
        made_.push_back(std::move(polygon));
    }

    /// The polygons themselves: what is far from every edge belongs to the area too.
    void add_insides() {
        for (std::size_t i = 0; i < polygon_count(geometry_); ++i) {
            const IndexRange rings = polygon_rings(geometry_, i);
            GlobePolygon polygon;
            for (std::uint32_t part = rings.begin; part < rings.end; ++part) {
                Line ring = parts_.lines.at(part);
                if (ring.size() > 1) ring.pop_back();
                const bool outer = part == rings.begin;
                const bool clockwise = signed_area_of(part) < 0;
                if (clockwise == outer) std::reverse(ring.begin(), ring.end());
                (outer ? polygon.outer : polygon.holes.emplace_back()) = std::move(ring);
            }
            if (polygon.outer.size() > 2) made_.push_back(std::move(polygon));
        }
    }

    double signed_area_of(std::uint32_t part) const {
        const IndexRange range = part_vertices(geometry_, part);
        double sum = 0;
        for (std::uint32_t i = range.begin; i + 1 < range.end; ++i) {
            sum += x_of(geometry_, i) * y_of(geometry_, i + 1) -
                   x_of(geometry_, i + 1) * y_of(geometry_, i);
        }
        return sum;
    }

    const Geometry& geometry_;
    double metres_;
    double step_;
    GeosSession session_;
    Parts parts_;
    Line all_;
    std::vector<GlobePolygon> made_;
};

/// Whether the target tears the globe apart at 180 degrees, as maps of the whole world do.
bool is_cut_at_antimeridian(std::int32_t epsg) {
    if (crs_is_geographic(epsg)) return true;
    Geometry sides;
    sides.type = GeometryType::MultiPoint;
    sides.coordinates = {-179.9999, 0, 179.9999, 0};
    try {
        CoordinateTransform(kWgs84, epsg).apply(sides);
    } catch (const Error&) {
        return false;  // far from the area it is made for
    }
    constexpr double kFarApart = 1'000'000;
    return std::abs(sides.coordinates[0] - sides.coordinates[2]) > kFarApart;
}

GeosGeometry united(const GeosSession& session, std::vector<GeosGeometry> areas) {
    std::vector<GEOSGeometry*> given;
    for (GeosGeometry& area : areas) given.push_back(area.release());
    const GeosGeometry all =
        owned(session,
              GEOSGeom_createCollection_r(session.handle(), GEOS_GEOMETRYCOLLECTION, given.data(),
                                          static_cast<unsigned int>(given.size())));
    return owned(session, GEOSUnaryUnion_r(session.handle(), all.get()));
}

GeosGeometry cut_at_antimeridian(const GeosSession& session,
                                 const std::vector<GlobePolygon>& polygons) {
    std::vector<GeosGeometry> areas;
    for (const GlobePolygon& polygon : polygons) {
        GeosGeometry area = area_left_of(session, polygon.outer);
        for (Line hole : polygon.holes) {
            std::reverse(hole.begin(), hole.end());
            area = owned(session, GEOSDifference_r(session.handle(), area.get(),
                                                   area_left_of(session, hole).get()));
        }
        areas.push_back(std::move(area));
    }
    return united(session, std::move(areas));
}

/// Each polygon as it lies in the target.
GeosGeometry projected_whole(const GeosSession& session, const CoordinateTransform& transform,
                             const std::vector<GlobePolygon>& polygons) {
    std::vector<GeosGeometry> areas;
    for (const GlobePolygon& polygon : polygons) {
        Geometry flat;
        flat.type = GeometryType::Polygon;
        const auto add = [&flat](const Line& ring) {
            for (const LonLat& at : ring) {
                flat.coordinates.push_back(std::remainder(at.longitude, 360));
                flat.coordinates.push_back(at.latitude);
            }
            flat.part_ends.push_back(static_cast<std::uint32_t>(flat.vertex_count()));
        };
        add(polygon.outer);
        for (const Line& hole : polygon.holes) add(hole);
        transform.apply(flat);
        areas.push_back(made_valid(session, GeosBuilder(session).build(flat)));
    }
    return united(session, std::move(areas));
}

/// Farther out than any reference places anything.
Geometry everything() {
    constexpr double kFar = 1e9;
    Geometry box;
    box.type = GeometryType::Polygon;
    box.coordinates = {-kFar, -kFar, kFar, -kFar, kFar, kFar, -kFar, kFar, -kFar, -kFar};
    box.part_ends = {5};
    return box;
}

}  // namespace

Geometry geodesic_buffer(const Geometry& geometry, std::int32_t from_epsg, double metres,
                         std::int32_t to_epsg) {
    check_geometry(geometry);
    if (geometry.empty()) refuse("the geometry is empty");
    if (metres >= kHalfTheEarth) return everything();
    Buffering buffering(geometry, from_epsg, metres);
    const auto polygons = buffering.polygons();
    const GeosSession& session = buffering.session();
    const CoordinateTransform transform(kWgs84, to_epsg);
    if (!is_cut_at_antimeridian(to_epsg)) {
        return read_geos(session, projected_whole(session, transform, polygons).get());
    }
    Geometry area = read_geos(session, cut_at_antimeridian(session, polygons).get());
    if (!crs_is_geographic(to_epsg)) {
        for (std::size_t i = 1; i < area.coordinates.size(); i += 2) {
            area.coordinates[i] = std::clamp(area.coordinates[i], -kMostLatitude, kMostLatitude);
        }
    }
    transform.apply(area);
    return area;
}

}  // namespace rhumb::geodb
