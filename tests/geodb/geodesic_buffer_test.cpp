// SPDX-License-Identifier: Apache-2.0
//
// Buffers against PROJ's own geodesics: who is nearer than 99.5 % of the distance is in, who is
// farther than 100.5 % is out.
#include "geodb/geometry/geodesic_buffer.hpp"

#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/geometry/parts.hpp"
#include "geodb/geometry/predicates.hpp"
#include "platform/error.hpp"
#include "platform/random.hpp"
#include "tests/support/catch.hpp"

#include <geodesic.h>
#include <algorithm>
#include <cmath>
#include <numbers>

using namespace rhumb;
using namespace rhumb::geodb;

namespace {

struct Place {
    double longitude;
    double latitude;
};

const geod_geodesic& earth() {
    static const geod_geodesic ellipsoid = [] {
        geod_geodesic made;
        geod_init(&made, 6378137, 1 / 298.257223563);
        return made;
    }();
    return ellipsoid;
}

double metres(const Place& a, const Place& b) {
    double distance = 0;
    geod_inverse(&earth(), a.latitude, a.longitude, b.latitude, b.longitude, &distance, nullptr,
                 nullptr);
    return distance;
}

Place moved(const Place& from, double azimuth, double distance) {
    Place to{};
    geod_direct(&earth(), from.latitude, from.longitude, azimuth, distance, &to.latitude,
                &to.longitude, nullptr);
    return to;
}

Geometry point(double x, double y) {
    return {GeometryType::Point, false, false, {x, y}, {}, {}};
}

Geometry line(std::vector<double> coordinates) {
    const auto size = static_cast<std::uint32_t>(coordinates.size() / 2);
    return {GeometryType::LineString, false, false, std::move(coordinates), {size}, {}};
}

/// Along a line that is straight in longitude and latitude: the nearest of many points on each
/// edge, then of many around that one.
double metres_to_line(const Geometry& line, const Place& from) {
    double nearest = 1e12;
    for (std::size_t i = 0; i + 1 < line.vertex_count(); ++i) {
        const auto away = [&](double t) {
            return metres(from, {x_of(line, i) + t * (x_of(line, i + 1) - x_of(line, i)),
                                 y_of(line, i) + t * (y_of(line, i + 1) - y_of(line, i))});
        };
        constexpr int kSteps = 300;
        double best = 0;
        double step = 1.0 / kSteps;
        for (int k = 0; k <= kSteps; ++k) {
            if (away(k * step) < away(best)) best = k * step;
        }
        for (; step > 1e-9; step /= 10) {
            const double middle = best;
            for (int k = -10; k <= 10; ++k) {
                const double t = std::clamp(middle + k * step / 10, 0.0, 1.0);
                if (away(t) < away(best)) best = t;
            }
        }
        nearest = std::min(nearest, away(best));
    }
    return nearest;
}

/// The buffer as a filter in `epsg`, asked about places on the globe.
struct Area {
    Area(const Geometry& geometry, double distance, std::int32_t to = 4326)
        : epsg(to), filter(geodesic_buffer(geometry, 4326, distance, to)) {}

    bool has(const Place& at) const {
        Geometry there = point(at.longitude, at.latitude);
        CoordinateTransform(4326, epsg).apply(there);
        return filter.matches(write_gpb(there, epsg));
    }
    std::int32_t epsg;
    SpatialFilter filter;
};

void check_circle(const Place& centre, double distance, std::int32_t epsg = 4326) {
    const Area area(point(centre.longitude, centre.latitude), distance, epsg);
    for (int azimuth = 0; azimuth < 360; azimuth += 7) {
        const Place in = moved(centre, azimuth, distance * 0.995);
        const Place out = moved(centre, azimuth, distance * 1.005);
        INFO(centre.longitude << " " << centre.latitude << " " << distance << " m, EPSG " << epsg
                              << ", towards " << azimuth << ": " << in.longitude << " "
                              << in.latitude);
        CHECK(area.has(in));
        CHECK_FALSE(area.has(out));
    }
    CHECK(area.has(centre));
}

}  // namespace

TEST_CASE("the buffer of a point is a circle on the globe wherever it lies", "[buffer]") {
    for (const Place centre :
         {Place{8.5, 47.4}, Place{-122.4, 37.7}, Place{179.99, -17.5}, Place{-179.999, 65},
          Place{0, 0}, Place{30, 84}, Place{12, 89.5}, Place{-77, -89.99}}) {
        for (const double distance : {1.0, 250.0, 40'000.0, 700'000.0}) {
            check_circle(centre, distance);
        }
    }
    check_circle({0, 90}, 100'000);
    check_circle({100, -90}, 2'000'000);
}

TEST_CASE("circles of continents and oceans keep their measure", "[buffer]") {
    check_circle({8.5, 47.4}, 3'000'000);
    check_circle({-170, 10}, 6'000'000);
    check_circle({20, 80}, 12'000'000);
    check_circle({20, 5}, 15'000'000);
    const Area all(point(10, 10), 25'000'000);
    for (const Place at : {Place{10, 10}, Place{-170, -9}, Place{0, 89.9}, Place{0, -89.9}}) {
        CHECK(all.has(at));
    }
}

TEST_CASE("the buffer is right in maps and in local references too", "[buffer]") {
    check_circle({8.5, 47.4}, 5'000, 3857);
    check_circle({179.95, 10}, 30'000, 3857);
    check_circle({8.5, 47.4}, 5'000, 2056);
    check_circle({8.5, 47.4}, 60'000, 25832);
    check_circle({178.9, -38}, 200'000, 2193);  // New Zealand's plane knows no antimeridian
    check_circle({12, -89}, 300'000, 3031);     // nor has the pole's
    check_circle({-120, -72}, 300'000, 3031);
    check_circle({8.5, 47.4}, 50'000, 4269);
}

TEST_CASE("lines and polygons are grown by the distance on every side", "[buffer][law]") {
    SeededRandom random(5);
    const auto fraction = [&] { return static_cast<double>(random.below(1'000'000)) / 1e6; };
    const Geometry lines[] = {line({8, 47, 8.2, 47.1, 8.3, 46.9}), line({-20, 60, 40, 65}),
                              line({175, -40, 185, -30}), line({0, 88, 170, 88.5})};
    for (const Geometry& way : lines) {
        for (const double distance : {300.0, 20'000.0, 500'000.0}) {
            const Area area(way, distance);
            for (int round = 0; round < 60; ++round) {
                const double t = fraction();
                const std::size_t edge = random.below(way.vertex_count() - 1);
                const Place on{x_of(way, edge) + t * (x_of(way, edge + 1) - x_of(way, edge)),
                               y_of(way, edge) + t * (y_of(way, edge + 1) - y_of(way, edge))};
                const Place at = moved(on, 360 * fraction(), distance * 2 * fraction());
                const double measured = metres_to_line(way, at);
                INFO(on.longitude << " " << on.latitude << " to " << at.longitude << " "
                                  << at.latitude << ": " << measured << " of " << distance);
                if (measured < distance * 0.995) CHECK(area.has(at));
                if (measured > distance * 1.005) CHECK_FALSE(area.has(at));
            }
        }
    }
}

TEST_CASE("what is deep inside a polygon is within its buffer, what is deep in its hole is not",
          "[buffer]") {
    const Geometry land{GeometryType::Polygon,
                        false,
                        false,
                        {0,  40, 30, 40, 30, 60, 0,  60, 0,  40,   // twenty degrees high
                         10, 45, 10, 55, 20, 55, 20, 45, 10, 45},  // with a lake
                        {5, 10},
                        {}};
    const Area area(land, 50'000);
    CHECK(area.has({5, 50}));
    CHECK_FALSE(area.has({15, 50}));
    CHECK(area.has({10.3, 50}));      // 21 km from the shore
    CHECK_FALSE(area.has({11, 50}));  // 72 km
    CHECK(area.has({30.5, 50}));
    CHECK_FALSE(area.has({31, 50}));
    CHECK(area.has({15, 60.4}));
    const Geometry small{GeometryType::Polygon,          false, false,
                         {0, 0, 1, 0, 1, 1, 0, 1, 0, 0}, {5},   {}};
    const Area around(small, 1000);
    CHECK(around.has({0.5, 0.5}));
    CHECK(around.has({-0.0089, 0.5}));
    CHECK_FALSE(around.has({-0.0091, 0.5}));
}

TEST_CASE("a world wide box and points far apart are grown too", "[buffer]") {
    const Geometry band{GeometryType::Polygon,
                        false,
                        false,
                        {-180, -10, 180, -10, 180, 10, -180, 10, -180, -10},
                        {5},
                        {}};
    const Area area(band, 111'000);
    CHECK(area.has({77, 0}));
    CHECK(area.has({77, 10.9}));
    CHECK_FALSE(area.has({77, 11.2}));
    CHECK(area.has({-180, -10.9}));
    const Geometry islands{GeometryType::MultiPoint, false, false, {0, 0, 120, 40}, {}, {}};
    const Area both(islands, 1000);
    CHECK(both.has({0.005, 0}));
    CHECK(both.has({120, 40.005}));
    CHECK_FALSE(both.has({60, 20}));
}

TEST_CASE("what cannot be grown is refused", "[buffer]") {
    CHECK_THROWS_AS(geodesic_buffer(Geometry{}, 4326, 10, 4326), Error);
    CHECK_THROWS_AS(geodesic_buffer(point(0, std::nan("")), 4326, 10, 4326), Error);
    CHECK_THROWS_WITH(geodesic_buffer(line({-170, 0, 170, 0}), 4326, 0.001, 4326),
                      Catch::Contains("too long"));
}
