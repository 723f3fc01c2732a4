// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/geojson.hpp"

#include "geodb/geometry/validate.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/geometry_generator.hpp"

#include <cmath>

using namespace rhumb;
using namespace rhumb::wire;
using geodb::Geometry;
using geodb::GeometryType;

namespace {

std::optional<Geometry> read(std::string_view text) {
    return read_geojson_geometry(parse_json(text, "geojson"));
}

std::string written(const Geometry& geometry, int precision = -1) {
    std::string out;
    JsonWriter writer(out);
    write_geojson_geometry(writer, geometry, precision);
    return out;
}

const char* const kSquareWithHole =
    R"({"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,4],[0,0]],)"
    R"([[1,1],[1,2],[2,2],[2,1],[1,1]]]})";

}  // namespace

TEST_CASE("every geometry without m comes back from GeoJSON bit for bit", "[wire][geometry][law]") {
    test::GeometryGenerator generator(5);
    for (int round = 0; round < 20'000; ++round) {
        const auto type = static_cast<GeometryType>(1 + generator.below(6));
        const Geometry geometry = generator.one_in(10)
                                      ? generator.empty(type, generator.one_in(2), false)
                                      : generator.of(type, generator.one_in(2), false);
        const std::string text = written(geometry);
        INFO(text);
        const auto back = read(text);
        REQUIRE(back.has_value() != geometry.empty());
        if (back) REQUIRE(test::same_bits(*back, geometry));
    }
}

TEST_CASE("m is left out of GeoJSON", "[wire][geometry]") {
    test::GeometryGenerator generator(6);
    for (int round = 0; round < 1000; ++round) {
        const auto type = static_cast<GeometryType>(1 + generator.below(6));
        const auto back = read(written(generator.of(type, round % 2 == 0, true)));
        REQUIRE(back);
        REQUIRE(back->has_z == (round % 2 == 0));
        REQUIRE_FALSE(back->has_m);
        REQUIRE_NOTHROW(geodb::check_geometry(*back));
    }
}

TEST_CASE("rings are turned when they are read and when they are written", "[wire][geometry]") {
    const auto polygon = read(kSquareWithHole);
    CHECK(written(*polygon) == kSquareWithHole);
    Geometry turned = *polygon;
    geodb::orient_rings(turned, true);
    CHECK(written(turned) == kSquareWithHole);
    const auto old = read(R"({"type":"Polygon","coordinates":[[[0,0],[0,4],[4,4],[4,0]],)"
                          R"([[1,1],[2,1],[2,2],[1,2]]]})");
    CHECK(*old == *polygon);
}

TEST_CASE("a lacking altitude is NaN, and not written", "[wire][geometry]") {
    const char* text = R"({"type":"MultiPoint","coordinates":[[1,2],[3,4,5]]})";
    const auto points = read(text);
    CHECK(points->has_z);
    CHECK(std::isnan(points->coordinates[2]));
    CHECK(written(*points) == text);
    CHECK(read(R"({"type":"Point","coordinates":[1,2,3,4,5]})")->coordinates ==
          std::vector<double>{1, 2, 3});
}

TEST_CASE("null and no positions are no shape in GeoJSON", "[wire][geometry]") {
    for (const char* text :
         {"null", R"({"type":"Point","coordinates":[]})", R"({"type":"Polygon","coordinates":[]})",
          R"({"type":"Polygon","coordinates":[[]]})",
          R"({"type":"MultiPolygon","coordinates":[[],[[]]]})",
          R"({"type":"MultiLineString","coordinates":[[]]})"}) {
        INFO(text);
        CHECK_FALSE(read(text));
    }
    CHECK(written(Geometry{}) == R"({"type":"Point","coordinates":[]})");
}

TEST_CASE("a damaged GeoJSON geometry is read soundly or refused", "[wire][geometry][law]") {
    test::GeometryGenerator generator(8);
    for (int round = 0; round < 20'000; ++round) {
        std::string text = written(generator.any());
        for (std::size_t edits = 1 + generator.below(3); edits > 0; --edits) {
            text[generator.below(text.size())] = "[]{},:\"0-.nPSM"[generator.below(14)];
        }
        std::optional<Geometry> geometry;
        try {
            geometry = read(text);
        } catch (const Error&) {
            continue;
        }
        INFO(text);
        if (geometry) REQUIRE_NOTHROW(geodb::check_geometry(*geometry));
    }
}

TEST_CASE("a bad position is named", "[wire][geometry]") {
    const auto refused = [](std::string_view text, std::string_view part) {
        INFO(text);
        CHECK_THROWS_WITH(read(text), Catch::Contains(std::string(part)));
    };
    refused(R"({"type":"Point","coordinates":[1]})", "coordinates: a position has 2 numbers");
    refused(R"({"type":"Point","coordinates":[1,"2"]})", "coordinates: a position is made");
    refused(R"({"type":"Point","coordinates":[[1,2]]})", "coordinates: a position");
    refused(R"({"type":"LineString","coordinates":[[1,2],[3,null]]})", "coordinates[1]");
    refused(R"({"type":"LineString","coordinates":[[1,2]]})", "coordinates: a line has 2");
    refused(R"({"type":"Polygon","coordinates":[[1,2],[3,4]]})", "coordinates[0][0]: must be");
    refused(R"({"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]})", "coordinates[0]: a ring");
    refused(R"({"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0]],[]]})", "coordinates[1]");
    refused(R"({"type":"MultiPolygon","coordinates":[[[[0,0],[1,1],{},[0,0]]]]})",
            "coordinates[0][0][2]");
    refused(R"({"type":"Point"})", "member 'coordinates' is missing");
    refused(R"({"type":"Point","coordinates":null})", "coordinates: must be an array");
    refused(R"({"type":"Feature","geometry":null})", "'Feature' is no GeoJSON geometry type");
    refused("[]", "must be an object");
}

TEST_CASE("a GeometryCollection is not supported", "[wire][geometry]") {
    try {
        read(R"({"type":"GeometryCollection","geometries":[]})");
        FAIL("was read");
    } catch (const Error& error) {
        CHECK(error.status() == Status::Unsupported);
    }
}

TEST_CASE("coordinates are rounded when fewer digits are asked for", "[wire][geometry]") {
    const auto point = read(R"({"type":"Point","coordinates":[-122.4194155,37.7749295]})");
    CHECK(written(*point, 5) == R"({"type":"Point","coordinates":[-122.41942,37.77493]})");
}
