// SPDX-License-Identifier: Apache-2.0
#include "tests/sync/connector/importing.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using connector::ImportOptions;

namespace {

using Texts = std::vector<std::string>;

std::string feature(const std::string& properties, const std::string& geometry = "null") {
    return R"({"type":"Feature","properties":)" + properties + R"(,"geometry":)" + geometry + "}";
}

std::string point_at(const std::string& ordinates) {
    return R"({"type":"Point","coordinates":[)" + ordinates + "]}";
}

std::string collection(const Texts& features, const std::string& members = "") {
    std::string text = R"({"type":"FeatureCollection",)" + members + R"("features":[)";
    for (std::size_t i = 0; i < features.size(); ++i) text += (i == 0 ? "" : ",\n") + features[i];
    return text + "]}";
}

}  // namespace

TEST_CASE("the street trees come in with their types, places and identities",
          "[connector][geojson]") {
    Importing field;
    const auto made = field.import(example("trees.geojson")).at(0);
    CHECK(made.name == "trees");
    CHECK(made.features == 1063);
    CHECK(made.notes.empty());
    CHECK(field.type("trees", "global_id") == FieldType::GlobalId);
    CHECK(field.type("trees", "tree_id") == FieldType::Integer);
    CHECK(field.type("trees", "species") == FieldType::String);
    CHECK(field.type("trees", "dbh_in") == FieldType::Double);
    CHECK(field.type("trees", "plant_date") == FieldType::Date);
    const Layer& trees = field.file.layer("trees");
    REQUIRE(trees.geometry);
    CHECK(trees.geometry->type == GeometryType::Point);
    CHECK(trees.geometry->srs_id == 4326);
    CHECK(field.column("trees", "global_id")[0] == "{E7C84C4F-9886-58E9-B91D-A91354BA92FD}");
    CHECK(field.column("trees", "plant_date")[0] == "2019-03-20T10:48:00.000Z");
    CHECK(field.geometries("trees")[0].coordinates ==
          std::vector<double>{-122.4126159, 37.7525303});
}

TEST_CASE("lines stay lines, and polygons beside multipolygons become multipolygons",
          "[connector][geojson]") {
    Importing field;
    CHECK(field.import(example("sweeping_segments.geojson")).at(0).features == 404);
    CHECK(field.import(example("work_zones.geojson")).at(0).features == 6);
    CHECK(field.file.layer("sweeping_segments").geometry->type == GeometryType::LineString);
    CHECK(field.file.layer("work_zones").geometry->type == GeometryType::Polygon);
    const std::string ring = "[[0,0],[1,0],[1,1],[0,0]]";
    field.import_text(
        "t.json",
        collection({feature("{}", R"({"type":"Polygon","coordinates":[)" + ring + "]}"),
                    feature("{}", R"({"type":"MultiPolygon","coordinates":[[)" + ring + "]]}")}));
    CHECK(field.file.layer("t").geometry->type == GeometryType::MultiPolygon);
    CHECK(field.geometries("t")[0] == field.geometries("t")[1]);
}

TEST_CASE("what is imported is the base and no edit", "[connector][geojson]") {
    Importing field;
    const auto id = field.import(example("work_zones.geojson")).at(0).id;
    CHECK(field.file.database().int64_of("SELECT count(*) FROM rhumb_edit_" +
                                         std::to_string(id.value)) == 0);
}

TEST_CASE("field types follow all values of a property", "[connector][geojson]") {
    Importing field;
    field.import_text(
        "t.geojson",
        collection(
            {feature(R"({"i":1,"big":5000000000,"d":1,"b":true,"when":"2024-05-01T10:00:00+02:00",
            "day":"2024-05-01","ref":"9ccc5175-df19-5e14-85ab-64c3e72cfc95","text":"x","mix":1,
            "list":[1,{"a":null}],"none":null,"long":9007199254740993})"),
             feature(R"({"i":-2,"big":1,"d":1.5,"b":false,"when":"2024-05-01T00:00:00Z",
            "day":"2024-05-02","ref":null,"text":"2024-05-01","mix":"a","list":{},"long":0.5})")}));
    CHECK(field.type("t", "i") == FieldType::Integer);
    CHECK(field.type("t", "big") == FieldType::BigInteger);
    CHECK(field.type("t", "d") == FieldType::Double);
    CHECK(field.type("t", "b") == FieldType::SmallInteger);
    CHECK(field.type("t", "when") == FieldType::Date);
    CHECK(field.type("t", "day") == FieldType::DateOnly);
    CHECK(field.type("t", "ref") == FieldType::Guid);
    CHECK(field.type("t", "none") == FieldType::String);
    CHECK(field.column("t", "b") == Texts{"1", "0"});
    CHECK(field.column("t", "when") ==
          Texts{"2024-05-01T08:00:00.000Z", "2024-05-01T00:00:00.000Z"});
    CHECK(field.column("t", "day") == Texts{"2024-05-01", "2024-05-02"});
    CHECK(field.column("t", "mix") == Texts{"1", "a"});
    CHECK(field.column("t", "list") == Texts{R"([1,{"a":null}])", "{}"});
    CHECK(field.column("t", "long") == Texts{"9007199254740993", "0.5"});  // no double holds it
    CHECK_FALSE(field.file.layer("t").geometry);
}

TEST_CASE("booleans and texts in one property keep their words", "[connector][geojson]") {
    Importing field;
    field.import_text("t.json",
                      collection({feature(R"({"a":true})"), feature(R"({"a":"maybe"})")}));
    CHECK(field.column("t", "a") == Texts{"true", "maybe"});
}

TEST_CASE("a date that no stored date can say makes the field a text", "[connector][geojson]") {
    Importing field;
    field.import_text("t.json", collection({feature(R"({"a":"9999-12-31T23:59:59-05:00"})")}));
    CHECK(field.type("t", "a") == FieldType::String);
}

TEST_CASE("points and multipoints become multipoints, and a missing z is 0",
          "[connector][geojson]") {
    Importing field;
    field.import_text(
        "t.geojson",
        collection({feature("{}", point_at("1,2")), feature("{}"),
                    feature("{}", R"({"type":"MultiPoint","coordinates":[[3,4,5],[6,7]]})"),
                    feature("null", R"({"type":"Point","coordinates":[]})")}));
    const Layer& layer = field.file.layer("t");
    CHECK(layer.geometry->type == GeometryType::MultiPoint);
    CHECK(layer.geometry->has_z);
    const auto shapes = field.geometries("t");
    CHECK(shapes[0].coordinates == std::vector<double>{1, 2, 0});
    CHECK(shapes[1].empty());
    CHECK(shapes[2].coordinates == std::vector<double>{3, 4, 5, 6, 7, 0});
    CHECK(shapes[3].empty());
}

TEST_CASE("the old crs member is honoured, and an option goes before it", "[connector][geojson]") {
    Importing field;
    const Texts features{feature("{}", point_at("-13627000,4548000"))};
    const auto crs = [](const std::string& name) {
        return R"("crs":{"type":"name","properties":{"name":")" + name + R"("}},)";
    };
    const std::string mercator = collection(features, crs("urn:ogc:def:crs:EPSG::3857"));
    CHECK(field.import_text("a.geojson", mercator).notes.empty());
    CHECK(field.file.layer("a").geometry->srs_id == 3857);
    field.import_text("b.geojson", collection(features, crs("EPSG:900913")));
    CHECK(field.file.layer("b").geometry->srs_id == 3857);
    ImportOptions options;
    options.crs = 26910;
    field.import_text("c.geojson", mercator, options);
    CHECK(field.file.layer("c").geometry->srs_id == 26910);
    const auto wgs84 =
        field.import_text("d.geojson", collection(features, crs("urn:ogc:def:crs:OGC:1.3:CRS84")));
    CHECK(field.file.layer("d").geometry->srs_id == 4326);
    REQUIRE(wgs84.notes.size() == 1);
    CHECK_THAT(wgs84.notes[0], Contains("no longitudes and latitudes"));
}

TEST_CASE("a single feature, and features one a line, are sources too", "[connector][geojson]") {
    Importing field;
    CHECK(field.import_text("one.json", feature(R"({"a":1})", point_at("1,2"))).features == 1);
    const std::string lines = feature(R"({"a":1})", point_at("1,2")) + "\n\n" +
                              feature(R"({"a":"}"})", point_at("3,4")) + "\r\n";
    CHECK(field.import_text("lines.geojsonl", lines).features == 2);
    const std::string sequence = "\x1E" + feature("{}") + "\n\x1E" + feature("{}") + "\n";
    CHECK(field.import_text("seq.geojsons", sequence).features == 2);
    CHECK(field.import_text("empty.geojson", collection({})).features == 0);
    CHECK(field.import_text("no_extension", "\n " + collection({feature("{}")})).features == 1);
}

TEST_CASE("any property name makes a field", "[connector][geojson]") {
    Importing field;
    const auto made = field.import_text(
        "t.geojson",
        collection({feature(R"({"select":1,"a \"b\"":2,"Straße":3,"Name":4,"name":5,"fid":6,
                                "geom":7,"":8,"x\u0000y":9,"rowid":10,"name_2":11})",
                            point_at("1,2"))}));
    CHECK(made.notes.size() == 3);
    CHECK(field.column("t", "select") == Texts{"1"});
    CHECK(field.column("t", "a \"b\"") == Texts{"2"});
    CHECK(field.column("t", "Straße") == Texts{"3"});
    CHECK(field.column("t", "Name") == Texts{"4"});
    CHECK(field.column("t", "name_3") == Texts{"5"});
    CHECK(field.field("t", "name_3").alias == "name");
    CHECK(field.column("t", "fid") == Texts{"6"});
    CHECK(field.column("t", "geom") == Texts{"7"});
    CHECK(field.column("t", "field_8") == Texts{"8"});
    CHECK(field.column("t", "x_y") == Texts{"9"});
    CHECK(field.column("t", "rowid") == Texts{"10"});
    CHECK(field.column("t", "name_2") == Texts{"11"});
    CHECK(field.geometries("t")[0].coordinates == std::vector<double>{1, 2});
}

TEST_CASE("the id of a feature is a field when no property is called so", "[connector][geojson]") {
    Importing field;
    const std::string text =
        collection({R"({"type":"Feature","id":"way/7","properties":{"a":1},"geometry":null})",
                    R"({"type":"Feature","id":8,"properties":null,"geometry":null})"});
    field.import_text("t.geojson", text);
    CHECK(field.column("t", "id") == Texts{"way/7", "8"});
}

TEST_CASE("progress grows up to the size of the file, in steps of 64 KB or more",
          "[connector][geojson]") {
    Importing field;
    std::vector<std::uint64_t> steps;
    ImportOptions options;
    options.on_progress = [&](std::uint64_t done, std::uint64_t total) {
        CHECK(total == 673057);
        steps.push_back(done);
    };
    field.import(example("trees.geojson"), options);
    REQUIRE(steps.size() >= 4);
    CHECK(steps.size() <= 673057 / 65536 + 1);
    CHECK(steps.back() == 673057);
    for (std::size_t i = 1; i + 1 < steps.size(); ++i) CHECK(steps[i] >= steps[i - 1] + 65536);
}

TEST_CASE("a caller may stop an import by an exception of its own", "[connector][geojson]") {
    Importing field;
    ImportOptions options;
    options.on_progress = [](std::uint64_t done, std::uint64_t total) {
        if (done > total / 2) throw Error(Status::Cancelled, "enough");
    };
    CHECK(field.refusal(example("trees.geojson"), options).status() == Status::Cancelled);
}
