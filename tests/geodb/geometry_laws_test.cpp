// SPDX-License-Identifier: Apache-2.0
//
// Laws over random geometries: what goes through a format comes back, what is broken is refused.

#include "geodb/geometry/envelope.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/geometry/parts.hpp"
#include "geodb/geometry/ring.hpp"
#include "geodb/geometry/validate.hpp"
#include "geodb/geometry/wkb.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/geometry_generator.hpp"

#include <span>

using namespace rhumb;
using namespace rhumb::geodb;
using test::GeometryGenerator;
using test::same_bits;
using Bytes = std::vector<std::uint8_t>;

namespace {

constexpr int kRounds = 1500;

/// Reads what may be anything; whatever is read must be written and read again.
void read_anything(const Bytes& bytes) {
    double x;
    double y;
    gpb_point(bytes, x, y);
    try {
        gpb_envelope(bytes);
    } catch (const Error&) {
    }
    try {
        const Geometry geometry = read_gpb(bytes);
        const Bytes again = write_gpb(geometry, 0);
        if (!same_bits(read_gpb(again), geometry)) FAIL("read otherwise the second time");
    } catch (const Error&) {
    }
}

}  // namespace

TEST_CASE("WKB gives back every bit", "[geometry][law]") {
    GeometryGenerator generator{1};
    for (int round = 0; round < kRounds; ++round) {
        const Geometry geometry = generator.any();
        Bytes bytes{7, 7};
        append_wkb(bytes, geometry);
        REQUIRE(same_bits(read_wkb(std::span{bytes}.subspan(2)), geometry));
    }
}

TEST_CASE("a GeoPackage blob gives back every bit and the box", "[geometry][law]") {
    GeometryGenerator generator{2};
    for (int round = 0; round < kRounds; ++round) {
        const Geometry geometry = generator.any();
        const Bytes blob = write_gpb(geometry, round);
        REQUIRE(same_bits(read_gpb(blob), geometry));
        REQUIRE(read_gpb_header(blob).srs_id == round);
        REQUIRE(read_gpb_header(blob).empty == geometry.empty());
        REQUIRE(gpb_envelope(blob) == envelope_of(geometry));
    }
}

TEST_CASE("a header without envelope leads to the same box", "[geometry][law]") {
    // Big endian header before little endian WKB, as writers in JavaScript make it.
    GeometryGenerator generator{3};
    for (int round = 0; round < kRounds; ++round) {
        const Geometry geometry = generator.any();
        Bytes blob{'G', 'P', 0, 0, 0, 0, 0x0F, 0x11};
        append_wkb(blob, geometry);
        REQUIRE(read_gpb_header(blob).srs_id == 3857);
        REQUIRE(same_bits(read_gpb(blob), geometry));
        REQUIRE(gpb_envelope(blob) == envelope_of(geometry));
    }
}

TEST_CASE("a blob cut off anywhere is refused", "[geometry][law]") {
    GeometryGenerator generator{4};
    for (int round = 0; round < 60; ++round) {
        const Bytes blob = write_gpb(generator.any(), 4326);
        for (std::size_t size = 0; size < blob.size(); ++size) {
            const Bytes cut(blob.begin(), blob.begin() + static_cast<std::ptrdiff_t>(size));
            CHECK_THROWS_AS(read_gpb(cut), Error);
            read_anything(cut);
        }
    }
}

TEST_CASE("flipped bytes never lead astray", "[geometry][law]") {
    GeometryGenerator generator{5};
    for (int round = 0; round < 20000; ++round) {
        Bytes blob = write_gpb(generator.any(), 4326);
        const std::size_t flips = 1 + generator.below(4);
        for (std::size_t i = 0; i < flips; ++i) {
            // Heads and counts lie in front: there a flip does most.
            const std::size_t reach =
                generator.one_in(2) ? std::min<std::size_t>(blob.size(), 64) : blob.size();
            blob[generator.below(reach)] = static_cast<std::uint8_t>(generator.below(256));
        }
        read_anything(blob);
    }
    SUCCEED();
}

TEST_CASE("generated geometries keep the structural laws", "[geometry][law]") {
    GeometryGenerator generator{6};
    for (int round = 0; round < kRounds; ++round) {
        const Geometry geometry = generator.any();
        CHECK_NOTHROW(check_geometry(geometry));
        const Geometry multi = promoted_to_multi(geometry);
        CHECK_NOTHROW(check_geometry(multi));
        CHECK(multi.type >= GeometryType::MultiPoint);
        CHECK(envelope_of(multi) == envelope_of(geometry));
        CHECK(same_bits(promoted_to_multi(multi), multi));
    }
}

TEST_CASE("rings turned round and back again are the same", "[geometry][law]") {
    GeometryGenerator generator{7};
    for (int round = 0; round < 300; ++round) {
        const Geometry before = generator.any();
        Geometry after = before;
        orient_rings(after, true);
        for (std::size_t i = 0; i < polygon_count(after); ++i) {
            const IndexRange rings = polygon_rings(after, i);
            for (auto ring = rings.begin; ring < rings.end; ++ring) {
                const bool clockwise = signed_area(after, part_vertices(after, ring)) < 0;
                CHECK(clockwise == (ring == rings.begin));
            }
        }
        orient_rings(after, false);
        CHECK(same_bits(after, before));
    }
}

TEST_CASE("a geometry that breaks a law is refused naming the part", "[geometry]") {
    const auto message = [](const Geometry& geometry) -> std::string {
        try {
            check_geometry(geometry);
        } catch (const Error& error) {
            CHECK(error.status() == Status::ConstraintViolated);
            return error.message();
        }
        return {};
    };
    using Type = GeometryType;
    const double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(message({Type::Polygon, false, false, {0, 0, 1, 0, 1, 1, 2, 2}, {4}, {}}) ==
          "Polygon: ring 0 is not closed");
    CHECK(message({Type::Polygon, false, false, {0, 0, 1, 0, 0, 0}, {3}, {}}) ==
          "Polygon: ring 0 has 3 vertices, a closed ring needs 4");
    CHECK(message({Type::MultiLineString, false, false, {0, 0, 1, 0, 1, 1}, {2, 3}, {}}) ==
          "MultiLineString: line 1 has 1 vertices, a line needs 2");
    CHECK(message({Type::MultiPoint, false, false, {0, 0, nan, 1}, {}, {}}) ==
          "MultiPoint: vertex 1 has no finite x and y");
    CHECK(message({Type::Point, true, false, {0, 0, 1, 1}, {}, {}}) ==
          "Point: the last vertex is not complete");
    CHECK(message({Type::LineString, false, false, {0, 0, 1, 0}, {1}, {}}) ==
          "LineString: 1 vertices belong to no part");
    CHECK(message({Type::MultiPolygon, false, false, {}, {}, {1}}) ==
          "MultiPolygon: polygon 0 ends at ring 1 of 0");
}
