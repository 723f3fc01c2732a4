// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/simplify.hpp"

#include "geodb/geometry/parts.hpp"
#include "geodb/geometry/validate.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/geometry_generator.hpp"

#include <algorithm>
#include <cmath>

using namespace rhumb;
using namespace rhumb::geodb;

TEST_CASE("vertices near the line go, those left keep z and m", "[simplify]") {
    Geometry way{GeometryType::LineString,
                 true,
                 true,
                 {0, 0, 10, 1, 5, 0.01, 11, 2, 10, 0, 12, 3, 10, 5, 13, 4},
                 {4},
                 {}};
    Simplifier(0.1).apply(way);
    CHECK(way.coordinates == std::vector<double>{0, 0, 10, 1, 10, 0, 12, 3, 10, 5, 13, 4});
    CHECK(way.part_ends == std::vector<std::uint32_t>{3});
}

TEST_CASE("simple geometries keep type, layout and closed rings, within the tolerance",
          "[simplify][law]") {
    test::GeometryGenerator generator(31);
    std::size_t before = 0;
    std::size_t after = 0;
    for (int round = 0; round < 800; ++round) {
        const Geometry original = generator.any();
        Geometry simple = original;
        const double tolerance = 0.01 + generator.fraction();
        Simplifier(tolerance).apply(simple);
        INFO("round " << round);
        REQUIRE_NOTHROW(check_geometry(simple));
        CHECK(simple.type == original.type);
        CHECK(simple.has_z == original.has_z);
        CHECK(simple.has_m == original.has_m);
        CHECK(simple.empty() == original.empty());
        CHECK(simple.vertex_count() <= original.vertex_count());
        before += original.vertex_count();
        after += simple.vertex_count();
    }
    CHECK(after < before);
}

TEST_CASE("a ring is never simplified away", "[simplify]") {
    Geometry speck{GeometryType::MultiPolygon,
                   false,
                   false,
                   {0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 5, 5, 6, 5, 6, 6, 5, 5},
                   {5, 9},
                   {1, 2}};
    Simplifier(1000).apply(speck);
    CHECK(speck.polygon_ends == std::vector<std::uint32_t>{1, 2});
    CHECK_NOTHROW(check_geometry(speck));
}
