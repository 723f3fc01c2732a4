// SPDX-License-Identifier: Apache-2.0
//
// The relations of a spatial filter against plain GEOS, on a small grid where all of them happen.
#include "geodb/geometry/spatial_relation.hpp"

#include "geodb/geometry/gpb.hpp"
#include "geodb/geometry/predicates.hpp"
#include "geodb/geometry/wkt.hpp"
#include "platform/error.hpp"
#include "platform/random.hpp"
#include "tests/support/catch.hpp"

#include <geos_c.h>
#include <map>
#include <string>

using namespace rhumb;
using namespace rhumb::geodb;

namespace {

using Relation = SpatialRelation;

Geometry box(double x, double y, double to_x, double to_y) {
    return {
        GeometryType::Polygon, false, false, {x, y, to_x, y, to_x, to_y, x, to_y, x, y}, {5}, {}};
}

/// Points, lines and boxes whose vertices are whole numbers, so that edges often coincide.
class Grid {
public:
    explicit Grid(std::uint64_t seed) : random_(seed) {}

    Geometry any() {
        switch (random_.below(4)) {
            case 0:
                return {GeometryType::Point, false, false, {at(), at()}, {}, {}};
            case 1:
                return {GeometryType::LineString,     false, false,
                        {at(), at(), at() + 7, at()}, {2},   {}};
            case 2:
                return {GeometryType::MultiPoint, false, false, {at(), at(), at(), at()}, {}, {}};
            default: {
                const double x = at();
                const double y = at();
                return box(x, y, x + 1 + at(), y + 1 + at());
            }
        }
    }

private:
    double at() { return static_cast<double>(random_.below(5)); }
    SeededRandom random_;
};

struct Oracle {
    GEOSContextHandle_t handle = GEOS_init_r();
    ~Oracle() { GEOS_finish_r(handle); }

    GEOSGeometry* made(const Geometry& geometry) const {
        GEOSWKTReader* const reader = GEOSWKTReader_create_r(handle);
        GEOSGeometry* const geos =
            GEOSWKTReader_read_r(handle, reader, write_wkt(geometry).c_str());
        GEOSWKTReader_destroy_r(handle, reader);
        REQUIRE(geos != nullptr);
        return geos;
    }

    bool holds(const SpatialTest& test, const Geometry& query, const Geometry& feature) const {
        GEOSGeometry* const a = made(query);
        GEOSGeometry* const b = made(feature);
        const char answer = asked(test, a, b);
        GEOSGeom_destroy_r(handle, a);
        GEOSGeom_destroy_r(handle, b);
        REQUIRE(answer != 2);
        return answer == 1;
    }

    char asked(const SpatialTest& test, const GEOSGeometry* a, const GEOSGeometry* b) const {
        switch (test.relation) {
            case Relation::Intersects:
                return GEOSIntersects_r(handle, a, b);
            case Relation::Contains:
                return GEOSContains_r(handle, a, b);
            case Relation::Within:
                return GEOSContains_r(handle, b, a);
            case Relation::Crosses:
                return GEOSCrosses_r(handle, a, b);
            case Relation::Touches:
                return GEOSTouches_r(handle, a, b);
            case Relation::Overlaps:
                return GEOSOverlaps_r(handle, a, b);
            case Relation::EnvelopeIntersects:
                return boxes_meet(a, b);
            case Relation::Relate:
                break;
        }
        return GEOSRelatePattern_r(handle, a, b, test.matrix.c_str());
    }

    char boxes_meet(const GEOSGeometry* a, const GEOSGeometry* b) const {
        const Envelope of_a = sides(a);
        const Envelope of_b = sides(b);
        const bool apart = of_a.max_x < of_b.min_x || of_b.max_x < of_a.min_x ||
                           of_a.max_y < of_b.min_y || of_b.max_y < of_a.min_y;
        return apart ? 0 : 1;
    }

    Envelope sides(const GEOSGeometry* geometry) const {
        Envelope box{};
        GEOSGeom_getXMin_r(handle, geometry, &box.min_x);
        GEOSGeom_getYMin_r(handle, geometry, &box.min_y);
        GEOSGeom_getXMax_r(handle, geometry, &box.max_x);
        GEOSGeom_getYMax_r(handle, geometry, &box.max_y);
        return box;
    }
};

std::vector<SpatialTest> all_tests() {
    return {{Relation::Intersects},
            {Relation::Contains},
            {Relation::Within},
            {Relation::Crosses},
            {Relation::Touches},
            {Relation::Overlaps},
            {Relation::EnvelopeIntersects},
            {Relation::Relate, "T********"},
            {Relation::Relate, "FF*FF****"},  // apart
            {Relation::Relate, "T*F**FFF*"},  // equal
            {Relation::Relate, "T*T***T**"},
            {Relation::Relate, "F**T*****"},
            {Relation::Relate, "1*1******"},
            {Relation::Relate, "*********"}};
}

bool matches(const SpatialTest& test, const Geometry& query, const Geometry& feature) {
    return SpatialFilter(query, test).matches(write_gpb(feature, 4326));
}

}  // namespace

TEST_CASE("every relation answers as plain GEOS does", "[predicates][law]") {
    Grid grid(21);
    const Oracle oracle;
    for (const SpatialTest& test : all_tests()) {
        int yes = 0;
        constexpr int kRounds = 1500;
        for (int round = 0; round < kRounds; ++round) {
            const Geometry query = grid.any();
            const Geometry feature = grid.any();
            INFO(static_cast<int>(test.relation)
                 << " " << test.matrix << " " << write_wkt(query) << " " << write_wkt(feature));
            const bool expected = oracle.holds(test, query, feature);
            REQUIRE(matches(test, query, feature) == expected);
            yes += expected ? 1 : 0;
        }
        INFO(static_cast<int>(test.relation) << " " << test.matrix);
        CHECK(yes > 2);
    }
}

TEST_CASE("a box as a filter relates as the polygon of that box does", "[predicates][law]") {
    Grid grid(22);
    for (const SpatialTest& test : all_tests()) {
        const Envelope envelope{1, 1, 4, 3};
        const SpatialFilter by_box(envelope, test);
        const SpatialFilter by_polygon(box(1, 1, 4, 3), test);
        for (int round = 0; round < 500; ++round) {
            const Geometry feature = grid.any();
            INFO(static_cast<int>(test.relation) << " " << write_wkt(feature));
            const auto gpb = write_gpb(feature, 4326);
            REQUIRE(by_box.matches(gpb) == by_polygon.matches(gpb));
        }
    }
}

TEST_CASE("the query contains what lies in it, and lies within what is around it", "[predicates]") {
    const Geometry small = box(2, 2, 3, 3);
    const Geometry large = box(0, 0, 9, 9);
    CHECK(matches({Relation::Contains}, large, small));
    CHECK_FALSE(matches({Relation::Contains}, small, large));
    CHECK(matches({Relation::Within}, small, large));
    CHECK_FALSE(matches({Relation::Within}, large, small));
}

TEST_CASE("features that are not sound are mended for a relation", "[predicates]") {
    const Geometry bow{GeometryType::Polygon,          false, false,
                       {2, 2, 6, 6, 6, 2, 2, 6, 2, 2}, {5},   {}};
    CHECK(matches({Relation::Contains}, box(0, 0, 9, 9), bow));
    CHECK(matches({Relation::Overlaps}, box(0, 0, 4, 9), bow));
    CHECK_FALSE(matches({Relation::Touches}, box(0, 0, 4, 9), bow));
    CHECK(matches({Relation::Overlaps}, bow, box(0, 0, 4, 9)));
}

TEST_CASE("a relation is nine letters, and tells whether it needs a common point", "[predicates]") {
    CHECK(is_relation_matrix("T*F012***"));
    for (const char* wrong : {"", "T*F", "T*F012****", "t********", "X********", "T* ******"}) {
        INFO(wrong);
        CHECK_FALSE(is_relation_matrix(wrong));
        CHECK_THROWS_AS(SpatialFilter(box(0, 0, 1, 1), {Relation::Relate, wrong}), Error);
    }
    CHECK(holds_apart({Relation::Relate, "FF*FF****"}));
    CHECK_FALSE(holds_apart({Relation::Relate, "***T*****"}));
    CHECK_FALSE(holds_apart({Relation::Touches}));
}
