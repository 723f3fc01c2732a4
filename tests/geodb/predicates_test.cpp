// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/predicates.hpp"

#include "geodb/geometry/envelope.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/geometry/parts.hpp"
#include "geodb/geometry/ring.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/geometry_generator.hpp"

#include <limits>

using namespace rhumb;
using namespace rhumb::geodb;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool meets(const SpatialFilter& filter, const Geometry& geometry) {
    return filter.matches(write_gpb(geometry, 4326));
}

Geometry point(double x, double y) {
    return {GeometryType::Point, false, false, {x, y}, {}, {}};
}

Geometry line(std::vector<double> xy) {
    const auto vertices = static_cast<std::uint32_t>(xy.size() / 2);
    return {GeometryType::LineString, false, false, std::move(xy), {vertices}, {}};
}

const Geometry kTriangle{GeometryType::Polygon, false, false, {0, 0, 10, 0, 0, 10, 0, 0}, {4}, {}};

}  // namespace

TEST_CASE("a point on the edge of the box meets it", "[predicates]") {
    const SpatialFilter box{Envelope{0, 0, 10, 5}};
    CHECK(meets(box, point(0, 0)));
    CHECK(meets(box, point(10, 3)));
    CHECK_FALSE(meets(box, point(10.0000001, 3)));
    CHECK(box.envelope() == Envelope{0, 0, 10, 5});
}

TEST_CASE("a line whose box meets the filter may still pass it by", "[predicates]") {
    const SpatialFilter box{Envelope{0, 0, 10, 10}};
    CHECK_FALSE(meets(box, line({-5, 8, 2, 15})));
    CHECK(meets(box, line({-5, 5, 15, 6})));
    CHECK(meets(box, line({-5, 5, 5, 15})));  // touches the corner
}

TEST_CASE("a box in the hole of a polygon does not meet it", "[predicates]") {
    const Geometry ring_road{GeometryType::Polygon,
                             false,
                             false,
                             {0, 0, 9, 0, 9, 9, 0, 9, 0, 0, 1, 1, 1, 8, 8, 8, 8, 1, 1, 1},
                             {5, 10},
                             {}};
    CHECK_FALSE(meets(SpatialFilter{Envelope{3, 3, 4, 4}}, ring_road));
    CHECK(meets(SpatialFilter{Envelope{3, 3, 8, 4}}, ring_road));
    CHECK_FALSE(meets(SpatialFilter{ring_road}, point(4, 4)));
    CHECK(meets(SpatialFilter{ring_road}, point(0.5, 4)));
}

TEST_CASE("a triangle is no box", "[predicates]") {
    const SpatialFilter triangle{kTriangle};
    CHECK(meets(triangle, point(1, 1)));
    CHECK(meets(triangle, point(5, 5)));
    CHECK_FALSE(meets(triangle, point(8, 8)));
    CHECK_FALSE(meets(triangle, line({9, 9, 7, 9})));
    CHECK(meets(triangle, line({9, 9, 0, 1})));
}

TEST_CASE("a filter may be a point, a line or a box without width", "[predicates]") {
    CHECK(meets(SpatialFilter{point(1, 1)}, kTriangle));
    CHECK(meets(SpatialFilter{line({-1, 1, 20, 1})}, kTriangle));
    CHECK(meets(SpatialFilter{Envelope{1, -5, 1, 5}}, kTriangle));
    CHECK(meets(SpatialFilter{Envelope{1, 1, 1, 1}}, kTriangle));
    CHECK_FALSE(meets(SpatialFilter{Envelope{8, 8, 8, 8}}, kTriangle));
}

TEST_CASE("no geometry and empty geometries meet nothing", "[predicates]") {
    const SpatialFilter box{Envelope{-1e9, -1e9, 1e9, 1e9}};
    CHECK_FALSE(box.matches({}));
    CHECK_FALSE(meets(box, {GeometryType::Point, false, false, {}, {}, {}}));
    CHECK_FALSE(meets(box, {GeometryType::MultiPolygon, true, false, {}, {}, {}}));
    CHECK_FALSE(meets(box, {GeometryType::MultiPoint, false, false, {kNan, kNan}, {}, {}}));
}

TEST_CASE("vertices that are nowhere are passed over, open rings closed", "[predicates]") {
    const SpatialFilter box{Envelope{0, 0, 10, 10}};
    CHECK(meets(box, line({-5, 5, kNan, kNan, 15, 6})));
    CHECK_FALSE(meets(box, line({-5, 5, kNan, 5})));
    CHECK_NOTHROW(meets(box, line({-5, 5, kInfinity, 6})));
    const Geometry open{GeometryType::Polygon, false, false, {-5, -5, 20, -5, 20, 20}, {3}, {}};
    CHECK(meets(box, open));
    const Geometry broken{GeometryType::Polygon, false, false, {-5, -5, 20, 20}, {2}, {}};
    CHECK_FALSE(meets(box, broken));
}

TEST_CASE("a filter that is no area is refused", "[predicates]") {
    CHECK_THROWS_AS(SpatialFilter(Envelope{1, 0, 0, 1}), Error);
    CHECK_THROWS_AS(SpatialFilter(Envelope{kNan, 0, 0, 1}), Error);
    CHECK_THROWS_AS(SpatialFilter(Envelope{0, 0, kInfinity, 1}), Error);
    CHECK_THROWS_AS(SpatialFilter(Geometry{}), Error);
    CHECK_THROWS_AS(SpatialFilter(line({0, kInfinity, 1, 1})), Error);
}

TEST_CASE("bytes that are no geometry are refused by the filter too", "[predicates]") {
    const SpatialFilter box{Envelope{0, 0, 10, 10}};
    const std::vector<std::uint8_t> junk{1, 2, 3};
    CHECK_THROWS_AS(box.matches(junk), Error);
}

TEST_CASE("a filter as a box and as a polygon agree", "[predicates][law]") {
    test::GeometryGenerator generator{11};
    int met = 0;
    for (int round = 0; round < 3000; ++round) {
        const double x = generator.fraction() * 12;
        const double y = generator.fraction() * 50;
        const double size = 0.05 + generator.fraction() * 3;
        const SpatialFilter as_box{Envelope{x, y, x + size, y + size}};
        const SpatialFilter as_polygon{
            Geometry{GeometryType::Polygon,
                     false,
                     false,
                     {x, y, x + size, y, x + size, y + size, x, y + size, x, y},
                     {5},
                     {}}};
        const auto gpb = write_gpb(generator.any(), 4326);
        REQUIRE(as_box.matches(gpb) == as_polygon.matches(gpb));
        met += as_box.matches(gpb) ? 1 : 0;
    }
    CHECK(met > 50);
}

TEST_CASE("a feature meets any filter that holds one of its vertices", "[predicates][law]") {
    test::GeometryGenerator generator{12};
    for (int round = 0; round < 500; ++round) {
        const Geometry feature = generator.any();
        if (feature.empty()) continue;
        const std::size_t vertex = generator.below(feature.vertex_count());
        const double x = x_of(feature, vertex);
        const double y = y_of(feature, vertex);
        REQUIRE(meets(SpatialFilter{Envelope{x, y, x, y}}, feature));
        REQUIRE(meets(SpatialFilter{Envelope{x - 1, y - 1, x, y}}, feature));
        REQUIRE(meets(SpatialFilter{feature}, feature));
    }
}
