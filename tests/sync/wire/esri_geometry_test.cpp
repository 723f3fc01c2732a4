// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/esri_geometry.hpp"

#include "geodb/geometry/validate.hpp"
#include "platform/error.hpp"
#include "sync/wire/geometry_parameter.hpp"
#include "sync/wire/spatial_reference.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/geometry_generator.hpp"

#include <cmath>

using namespace rhumb;
using namespace rhumb::wire;
using geodb::Geometry;
using geodb::GeometryType;

namespace {

Json json_of(std::string_view text) {
    return parse_json(text, "geometry");
}

std::optional<Geometry> read(std::string_view text, const EsriGeometryContext& context = {}) {
    return read_esri_geometry(json_of(text), context);
}

std::string written(const Geometry& geometry, const EsriGeometryStyle& style = {}) {
    std::string out;
    JsonWriter writer(out);
    write_esri_geometry(writer, geometry, style);
    return out;
}

Error refusal(std::string_view text, const EsriGeometryContext& context = {}) {
    try {
        read(text, context);
    } catch (const Error& error) {
        return error;
    }
    return Error(Status::Ok, "was read");
}

bool says(const Error& error, std::string_view part) {
    return error.message().find(part) != std::string::npos;
}

const char* const kSquareWithHole =
    R"({"rings":[[[0,0],[0,4],[4,4],[4,0],[0,0]],[[1,1],[2,1],[2,2],[1,2],[1,1]]]})";

}  // namespace

TEST_CASE("every geometry comes back from Esri JSON bit for bit", "[wire][geometry][law]") {
    test::GeometryGenerator generator(3);
    for (int round = 0; round < 20'000; ++round) {
        const Geometry geometry = generator.any();
        EsriGeometryStyle style{.z = geometry.has_z, .m = geometry.has_m};
        style.state_dimensions = round % 2 == 0;
        EsriGeometryContext context{.expected = geometry.type};
        context.has_z = geometry.has_z && !style.state_dimensions;
        context.has_m = geometry.has_m && !style.state_dimensions;
        const std::string text = written(geometry, style);
        INFO(text);
        const auto back = read(text, context);
        REQUIRE(back.has_value() != geometry.empty());
        if (back) REQUIRE(test::same_bits(*back, geometry));
    }
}

TEST_CASE("an empty geometry is no shape", "[wire][geometry]") {
    for (const char* text :
         {"null", "{}", R"({"x":null})", R"({"x":"NaN","y":"NaN"})", R"({"points":[]})",
          R"({"paths":[]})", R"({"paths":[[]]})", R"({"rings":[]})", R"({"rings":[[],[]]})",
          R"({"xmin":null})", R"({"xmin":"NaN","ymin":"NaN","xmax":"NaN","ymax":"NaN"})",
          R"({"spatialReference":{"wkid":4326}})"}) {
        INFO(text);
        CHECK_FALSE(read(text));
    }
    Geometry point;
    CHECK(written(point) == R"({"x":null})");
    point.type = GeometryType::MultiPolygon;
    CHECK(written(point) == R"({"rings":[]})");
}

TEST_CASE("outer rings are written clockwise and holes counter-clockwise", "[wire][geometry]") {
    const auto polygon = read(kSquareWithHole);
    REQUIRE(polygon);
    CHECK(polygon->type == GeometryType::Polygon);
    CHECK(polygon->part_ends == std::vector<std::uint32_t>{5, 10});
    CHECK(written(*polygon) == kSquareWithHole);
    Geometry turned = *polygon;
    geodb::orient_rings(turned, true);
    CHECK(written(turned) == kSquareWithHole);
    turned.coordinates = {0, 0, 4, 0, 4, 4};
    turned.part_ends = {3};
    CHECK(written(turned) == R"({"rings":[[[0,0],[4,4],[4,0],[0,0]]]})");
}

TEST_CASE("a layer of multi geometries gets multi geometries", "[wire][geometry]") {
    const char* path = R"({"paths":[[[0,0],[1,1]]]})";
    CHECK(read(path)->type == GeometryType::LineString);
    CHECK(read(path, {.multi = true})->type == GeometryType::MultiLineString);
    CHECK(read(kSquareWithHole, {.expected = GeometryType::MultiPolygon})->type ==
          GeometryType::MultiPolygon);
    CHECK(read(R"({"x":1,"y":2})", {.multi = true})->type == GeometryType::Point);
    CHECK(says(refusal(path, {.expected = GeometryType::Polygon}),
               "expected esriGeometryPolygon, found esriGeometryPolyline"));
}

TEST_CASE("z and m are read as the innermost says", "[wire][geometry]") {
    const auto vertex = [](std::string_view text, const EsriGeometryContext& context) {
        return read(text, context)->coordinates;
    };
    using Numbers = std::vector<double>;
    CHECK(vertex(R"({"points":[[1,2,3]]})", {.has_z = true}) == Numbers{1, 2, 3});
    CHECK(vertex(R"({"hasZ":false,"points":[[1,2,3]]})", {.has_z = true}) == Numbers{1, 2});
    CHECK(vertex(R"({"hasM":true,"points":[[1,2,3]]})", {}) == Numbers{1, 2, 3});
    CHECK(vertex(R"({"points":[[1,2]]})", {.has_z = true}) == Numbers{1, 2, 0});
    CHECK(vertex(R"({"x":1,"y":2,"z":3})", {}) == Numbers{1, 2, 3});
    CHECK(vertex(R"({"x":1,"y":2,"z":null})", {}) == Numbers{1, 2});
    CHECK(vertex(R"({"x":1,"y":2})", {.has_z = true}) == Numbers{1, 2, 0});

    const auto both =
        read(R"({"points":[[1,2,3],[1,2,3,null],[1,2,"NaN",4]]})", {.has_z = true, .has_m = true});
    REQUIRE(both->coordinates.size() == 12);
    CHECK(std::isnan(both->coordinates[3]));
    CHECK(std::isnan(both->coordinates[7]));
    CHECK(std::isnan(both->coordinates[10]));
    CHECK(both->coordinates[11] == 4);
}

TEST_CASE("every vertex is written with the dimensions of the layer", "[wire][geometry]") {
    const auto flat = read(R"({"points":[[1,2]]})");
    CHECK(written(*flat, {.z = true, .m = true}) == R"({"points":[[1,2,0,null]]})");
    CHECK(written(*flat, {.z = true, .state_dimensions = true, .epsg = 3857}) ==
          R"({"hasZ":true,"points":[[1,2,0]],)"
          R"("spatialReference":{"wkid":102100,"latestWkid":3857}})");
    const auto exact = read(R"({"x":-120.123456789,"y":35.5,"z":1.23456789})");
    CHECK(written(*exact, {.z = true, .precision = 3}) ==
          R"({"x":-120.123,"y":35.5,"z":1.23456789})");
    std::string out;
    JsonWriter writer(out);
    write_esri_point(writer, -120.123456789, 35.5);
    CHECK(out == R"({"x":-120.123456789,"y":35.5})");
}

TEST_CASE("a damaged geometry is read soundly or refused", "[wire][geometry][law]") {
    test::GeometryGenerator generator(4);
    for (int round = 0; round < 20'000; ++round) {
        std::string text = written(generator.any(), {.z = round % 2 == 0});
        for (std::size_t edits = 1 + generator.below(3); edits > 0; --edits) {
            text[generator.below(text.size())] = "[]{},:\"0-.nxyz"[generator.below(14)];
        }
        std::optional<Geometry> geometry;
        try {
            geometry = read(text, {.has_m = true, .multi = round % 3 == 0});
        } catch (const Error&) {
            continue;
        }
        INFO(text);
        if (geometry) REQUIRE_NOTHROW(geodb::check_geometry(*geometry));
    }
}

TEST_CASE("a bad vertex is named", "[wire][geometry]") {
    CHECK(says(refusal(R"({"rings":[[],[[0,0],["a",1],[2,2]]]})"), "rings[1][1]"));
    CHECK(says(refusal(R"({"paths":[[[0,0],[1]]]})"), "paths[0][1]"));
    CHECK(says(refusal(R"({"paths":[[[0,0]]]})"), "paths[0]: a path has 2 vertices"));
    CHECK(says(refusal(R"({"paths":[[0,0]]})"), "paths[0][0]"));
    CHECK(says(refusal(R"({"points":[[0,0],[0,null]]})"), "points[1]"));
    CHECK(says(refusal(R"({"points":[[1,2,3,4,5]]})"), "points[0]"));
    CHECK(says(refusal(R"({"rings":{}})"), "rings: must be an array"));
    CHECK(says(refusal(R"({"x":1,"y":null})"), "y: must be a number"));
    CHECK(says(refusal(R"({"x":1})"), "y: must be a number"));
    CHECK(says(refusal(R"({"xmin":2,"ymin":0,"xmax":1,"ymax":1})"), "minimum"));
    CHECK(says(refusal(R"({"ring":[]})"), "expected one of"));
    CHECK(says(refusal("[1,2]"), "must be an object"));
    CHECK(refusal(R"({"rings":[[[0,0],[1,1]]]})").status() == Status::ConstraintViolated);
}

TEST_CASE("true curves are refused with their own code", "[wire][geometry]") {
    const Error curve = refusal(R"({"curveRings":[[[0,0],{"c":[[3,3],[1,4]]},[0,0]]]})");
    CHECK(curve.status() == Status::Unsupported);
    CHECK(curve.detail_code() == kTrueCurvesNotStored);
    CHECK(refusal(R"({"curvePaths":[]})").detail_code() == kTrueCurvesNotStored);
    CHECK(refusal(R"({"vertexAttributes":{},"parts":[]})").status() == Status::Unsupported);
}

TEST_CASE("the names of Esri's geometry types are known both ways", "[wire][geometry]") {
    CHECK(esri_geometry_type_name(GeometryType::LineString) == "esriGeometryPolyline");
    CHECK(esri_geometry_type_name(GeometryType::MultiPoint) == "esriGeometryMultipoint");
    CHECK(geometry_type_of_esri("esriGeometryPolygon") == GeometryType::MultiPolygon);
    CHECK(geometry_type_of_esri("esrigeometrypoint") == GeometryType::Point);
    CHECK_FALSE(geometry_type_of_esri("esriGeometryMultiPatch"));
}

TEST_CASE("a spatial reference is its EPSG code", "[wire][geometry]") {
    const auto code = [](std::string_view text) { return read_spatial_reference(json_of(text)); };
    CHECK(code(R"({"wkid":102100,"latestWkid":3857})") == 3857);
    CHECK(code(R"({"wkid":102100})") == 3857);
    CHECK(code(R"({"wkid":2226,"latestWkid":null})") == 2226);
    CHECK(code("4326") == 4326);
    CHECK_FALSE(code("null"));
    CHECK_FALSE(code("{}"));
    CHECK_FALSE(code(R"({"wkid":0})"));
    CHECK_THROWS_AS(code(R"({"wkid":"abc"})"), Error);
    CHECK_THROWS_AS(code("99999999999"), Error);
    CHECK_THROWS_AS(code(R"({"wkt":"PROJCS[]"})"), Error);

    CHECK(read_spatial_reference_parameter(" 102100 ", "inSR") == 3857);
    CHECK(read_spatial_reference_parameter("{wkid: 4326}", "inSR") == 4326);
    CHECK_FALSE(read_spatial_reference_parameter("", "inSR"));
    CHECK_THROWS_WITH(read_spatial_reference_parameter("{wkid", "outSR"),
                      Catch::StartsWith("parameter 'outSR'"));
    std::string out;
    JsonWriter writer(out);
    write_spatial_reference(writer, 4326);
    CHECK(out == R"({"wkid":4326,"latestWkid":4326})");
}

TEST_CASE("a box in a request is numbers or Esri JSON", "[wire][geometry]") {
    const geodb::Envelope box{-1, 2, 3, 4.5};
    CHECK(read_envelope_parameter("-1,2, 3 ,4.5").envelope == box);
    const auto typed =
        read_envelope_parameter("{xmin:-1,ymin:2,xmax:3,ymax:4.5,spatialReference:{wkid:102100}}");
    CHECK(typed.envelope == box);
    CHECK(typed.epsg == 3857);
    CHECK_FALSE(read_envelope_parameter("1,2").epsg);
    CHECK(read_geometry_parameter("1,2")->geometry.type == GeometryType::Point);
    CHECK_FALSE(read_geometry_parameter(" "));
    for (const char* text : {"", "1", "1,2,3", "a,b,c,d", "3,0,1,1", "{xmin:null}", "{", "nan,1"}) {
        INFO(text);
        CHECK_THROWS_WITH(read_envelope_parameter(text), Catch::StartsWith("parameter 'geometry'"));
    }
}
