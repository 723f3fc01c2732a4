// SPDX-License-Identifier: Apache-2.0
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

std::size_t features_in(const Json& answer) {
    return at(answer, "features").array()->size();
}

std::string detail_of(const Json& answer) {
    return at(answer, "error", "details", 0).as_string("details");
}

struct Grove {
    Office office;
    GlobalId oak =
        office.add("trees", {{"species", "oak"}, {"dbh", 3.5}, {"planted", "1956-10-03"}},
                   point(-122.5, 37.5));
    GlobalId elm = office.add("trees", {{"species", "elm"}, {"dbh", 7.0}}, point(-122.4, 37.7));
    GlobalId ash = office.add("trees", {{"species", "ash"}});
};

}  // namespace

TEST_CASE("the service root names its layers and what it can do", "[service]") {
    Grove grove;
    const Json root = grove.office.get("");
    CHECK(at(root, "layers", 0, "name") == Json("trees"));
    CHECK(at(root, "tables", 0, "name") == Json("visits"));
    CHECK(at(root, "syncEnabled") == Json(true));
    CHECK(at(root, "syncCapabilities", "supportsPerLayerSync") == Json(true));
    CHECK(at(root, "spatialReference", "wkid") == Json(4326));
    CHECK(at(root, "fullExtent", "xmin").as_double("xmin") == Approx(-122.5));
}

TEST_CASE("a layer without features has an extent that is no number", "[service]") {
    Grove grove;
    grove.office.post("/0/deleteFeatures", {{"where", "1=1"}});
    const Json layer = grove.office.get("/0");
    CHECK(at(layer, "extent", "xmin") == Json("NaN"));
    CHECK(at(layer, "extent", "ymax") == Json("NaN"));
    CHECK(at(layer, "extent", "spatialReference", "wkid") == Json(4326));
    CHECK(at(grove.office.get(""), "fullExtent", "xmin") == Json("NaN"));
}

TEST_CASE("a layer says its fields, their types and its identity", "[service]") {
    Grove grove;
    const Json layer = grove.office.get("/0");
    CHECK(at(layer, "geometryType") == Json("esriGeometryPoint"));
    CHECK(at(layer, "objectIdField") == Json("OBJECTID"));
    CHECK(at(layer, "globalIdField") == Json("global_id"));
    CHECK(at(layer, "fields", 0, "type") == Json("esriFieldTypeOID"));
    CHECK(at(layer, "fields", 1, "type") == Json("esriFieldTypeGlobalID"));
    CHECK(at(layer, "fields", 2, "length") == Json(120));
    CHECK(at(layer, "fields", 4, "type") == Json("esriFieldTypeDate"));
}

TEST_CASE("a query answers the rows of its where-clause with dates in milliseconds", "[service]") {
    Grove grove;
    const Json answer =
        grove.office.get("/0/query", {{"where", "species = 'oak'"}, {"outFields", "*"}});
    REQUIRE(features_in(answer) == 1);
    const Json& oak = at(answer, "features", 0);
    CHECK(at(oak, "attributes", "dbh") == Json(3.5));
    CHECK(at(oak, "attributes", "planted") == Json(-418003200000));
    CHECK(at(oak, "attributes", "global_id") == Json(grove.oak.value.braced()));
    CHECK(at(oak, "geometry", "x") == Json(-122.5));
    CHECK(answer.find("exceededTransferLimit") == nullptr);
}

TEST_CASE("an envelope selects what meets it, and a feature without shape meets nothing",
          "[service]") {
    Grove grove;
    const Json answer = grove.office.get(
        "/0/query", {{"geometry", "-122.45,37.6,-122.35,37.8"}, {"outFields", "species"}});
    REQUIRE(features_in(answer) == 1);
    CHECK(at(answer, "features", 0, "attributes", "species") == Json("elm"));
}

TEST_CASE("pages are full, flagged and in a stable order", "[service]") {
    Grove grove;
    const auto page = [&](const char* offset) {
        return grove.office.get("/0/query", {{"where", "1=1"},
                                             {"resultOffset", offset},
                                             {"resultRecordCount", "2"},
                                             {"outFields", "species"}});
    };
    const Json first = page("0");
    CHECK(features_in(first) == 2);
    CHECK(at(first, "exceededTransferLimit") == Json(true));
    const Json last = page("2");
    CHECK(features_in(last) == 1);
    CHECK(last.find("exceededTransferLimit") == nullptr);
    CHECK(at(last, "features", 0, "attributes", "species") == Json("ash"));
}

TEST_CASE("count, ids and extent answer without rows", "[service]") {
    Grove grove;
    CHECK(at(grove.office.get("/0/query", {{"where", "1=1"}, {"returnCountOnly", "true"}}),
             "count") == Json(3));
    const Json ids =
        grove.office.get("/0/query", {{"where", "dbh > 1"}, {"returnIdsOnly", "TRUE"}});
    CHECK(at(ids, "objectIds").array()->size() == 2);
    const Json extent =
        grove.office.get("/0/query", {{"where", "1=1"}, {"returnExtentOnly", "true"}});
    CHECK(at(extent, "extent", "ymax").as_double("ymax") == Approx(37.7));
}

TEST_CASE("rows are ordered as asked, descending too", "[service]") {
    Grove grove;
    const Json answer = grove.office.get(
        "/0/query",
        {{"where", "1=1"}, {"outFields", "species"}, {"orderByFields", "species DESC"}});
    CHECK(at(answer, "features", 0, "attributes", "species") == Json("oak"));
    CHECK(at(answer, "features", 2, "attributes", "species") == Json("ash"));
}

TEST_CASE("geojson has ids, properties and WGS 84", "[service]") {
    Grove grove;
    const auto response =
        grove.office.send("GET", std::string(Office::kService) + "/0/query",
                          {{"where", "species='oak'"}, {"outFields", "*"}, {"f", "geojson"}});
    const Json answer = wire::parse_json(response.text(), "answer");
    CHECK(at(answer, "type") == Json("FeatureCollection"));
    CHECK(at(answer, "features", 0, "geometry", "coordinates", 1) == Json(37.5));
    CHECK(at(answer, "features", 0, "properties", "species") == Json("oak"));
}

TEST_CASE("outSR projects what is answered", "[service]") {
    Grove grove;
    const Json answer =
        grove.office.get("/0/query", {{"where", "species='oak'"}, {"outSR", "102100"}});
    CHECK(at(answer, "features", 0, "geometry", "x").as_double("x") == Approx(-13636637.6));
    CHECK(at(answer, "spatialReference", "latestWkid") == Json(3857));
}

TEST_CASE("bad parameters are refused by name, with HTTP 200 and an error object", "[service]") {
    Grove grove;
    const auto refused = [&](http::NameValues parameters, const char* fragment) {
        const Json answer = grove.office.get("/0/query", std::move(parameters));
        INFO(wire::to_text(answer));
        CHECK(at(answer, "error", "code") == Json(400));
        CHECK_THAT(detail_of(answer), Catch::Contains(fragment));
    };
    refused({}, "'where'");
    refused({{"where", "nope = 1"}}, "nope");
    refused({{"where", "species = "}}, "where");
    refused({{"where", "1=1; DROP TABLE trees"}}, "where");
    refused({{"where", "1=1"}, {"outFields", "colour"}}, "colour");
    refused({{"where", "1=1"}, {"orderByFields", "colour"}}, "colour");
    refused({{"where", "1=1"}, {"resultOffset", "x"}}, "resultOffset");
    refused({{"where", "1=1"}, {"returnGeometry", "maybe"}}, "returnGeometry");
    refused({{"geometry", "1,2,3"}}, "geometry");
    refused({{"where", "1=1"}, {"outSR", "999999"}}, "999999");
    refused({{"where", "1=1"}, {"outStatistics", "[]"}}, "outStatistics");
}

TEST_CASE("unknown services, layers and operations are named", "[service]") {
    Grove grove;
    CHECK(at(grove.office.get("/9"), "error", "code") == Json(404));
    CHECK_THAT(detail_of(grove.office.get("/0/applyEverything")),
               Catch::Contains("applyEverything"));
    const auto response =
        grove.office.send("GET", "/arcgis/rest/services/x/FeatureServer", {{"f", "json"}});
    CHECK_THAT(std::string(response.text()), Catch::Contains("'x'"));
}

TEST_CASE("operation names match in any letter case, with a trailing slash", "[service]") {
    Grove grove;
    CHECK(features_in(grove.office.get("/0/QUERY/", {{"where", "1=1"}})) == 3);
    CHECK(at(grove.office.get("/Layers/"), "layers", 0, "id") == Json(0));
}

TEST_CASE("a layer whose columns change under the service is named until it is started again",
          "[service][foreign]") {
    TempFolder folder;
    TestWorld world;
    const auto path = folder / "field.gpkg";
    make_layer(*std::make_unique<Geodatabase>(Geodatabase::create(path, world.world())),
               trees_plan());
    const auto store = std::make_unique<service::GpkgStore>(path, world.world());
    const auto open_before = store->snapshot();
    sqlite::Database::open(path, sqlite::Database::Mode::ReadWrite)
        .execute("ALTER TABLE trees ADD COLUMN height REAL");
    // Columns are counted: who comes now would take one for another.
    CHECK_THROWS_WITH(store->snapshot(), Catch::Contains("layer 'trees'"));
    CHECK_THROWS_WITH(store->write()->erase(LayerId{0}, ObjectId{1}),
                      Catch::Contains("layer 'trees'"));
    service::GpkgStore again(path, world.world());
    CHECK(again.layer(LayerId{0}).find_field("height"));
    CHECK_FALSE(again.write()->erase(LayerId{0}, ObjectId{1}));
}
