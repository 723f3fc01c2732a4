// SPDX-License-Identifier: Apache-2.0
//
// Spatial queries against looking at every feature.
#include "geodb/geometry/predicates.hpp"
#include "sync/service/query/spatial_parameters.hpp"
#include "tests/sync/service/query/park.hpp"

#include <cmath>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

std::vector<std::int64_t> brute_force(const Park& park, const SpatialFilter& filter) {
    std::vector<std::int64_t> ids;
    for (const Bed& bed : park.beds) {
        if (filter.matches(std::get<Blob>(bed.shape))) ids.push_back(bed.oid);
    }
    return ids;
}

std::string number(double value) {
    return std::to_string(static_cast<int>(value));
}

/// Esri JSON of a line or a polygon through these corners.
std::string esri(const char* member, const Geometry& geometry) {
    std::string text = std::string("{\"") + member + "\":[[";
    for (std::size_t i = 0; i < geometry.coordinates.size(); i += 2) {
        if (i > 0) text += ',';
        text +=
            "[" + number(geometry.coordinates[i]) + "," + number(geometry.coordinates[i + 1]) + "]";
    }
    return text + "]]}";
}

}  // namespace

TEST_CASE("every relation selects what looking at each feature selects", "[service][query][law]") {
    Park park;
    park.plant(300);
    SeededRandom random(9);
    const auto grid = [&](std::uint64_t size) { return static_cast<double>(random.below(size)); };
    for (const auto& named : service::kSpatialRelations) {
        std::size_t selected = 0;
        for (int round = 0; round < 12; ++round) {
            const double x = grid(9);
            const double y = grid(9);
            const bool area = round % 2 == 0;
            Geometry asked;
            asked.type = area ? GeometryType::Polygon : GeometryType::LineString;
            const double to_x = x + 1 + grid(4);
            const double to_y = y + 1 + grid(4);
            asked.coordinates = area ? std::vector<double>{x, y, to_x, y, to_x, to_y, x, y}
                                     : std::vector<double>{x, y, to_x, y, to_x, to_y};
            asked.part_ends = {static_cast<std::uint32_t>(asked.coordinates.size() / 2)};
            SpatialTest test{named.relation};
            if (test.relation == SpatialRelation::Relate) {
                test.matrix = round % 3 == 0 ? "FF*FF****" : "T*T******";
            }
            const auto expected = brute_force(park, SpatialFilter(asked, test));
            const Json answer =
                park.query({{"geometry", esri(area ? "rings" : "paths", asked)},
                            {"geometryType", area ? "esriGeometryPolygon" : "esriGeometryPolyline"},
                            {"spatialRel", std::string(named.name)},
                            {"relationParam", test.matrix}});
            INFO(named.name << " " << test.matrix << " " << wire::to_text(answer));
            REQUIRE(Park::oids(answer) == expected);
            selected += expected.size();
        }
        INFO(named.name);
        CHECK(selected > 0);
    }
}

TEST_CASE("the layer advertises the relations it has and no other", "[service][query]") {
    Park park;
    const Json layer = park.office.get("/2");
    const auto& listed = at(layer, "supportedSpatialRelationships").as_array("relations");
    REQUIRE(listed.size() == service::kSpatialRelations.size());
    for (const Json& name : listed) {
        const Json answer = park.query({{"geometry", "0,0,9,9"},
                                        {"spatialRel", name.as_string("name")},
                                        {"relationParam", "T********"}});
        INFO(wire::to_text(name));
        CHECK(answer.find("error") == nullptr);
    }
}

TEST_CASE("a distance selects what is so near, in every unit", "[service][query]") {
    Office office;
    office.add("trees", {{"species", "near"}}, point(8.5, 47.0));
    office.add("trees", {{"species", "far"}}, point(8.5, 47.1));  // 11,119 m north
    const auto found = [&](const char* distance, const char* units) {
        const Json answer = office.get("/0/query", {{"geometry", "8.5,47"},
                                                    {"geometryType", "esriGeometryPoint"},
                                                    {"inSR", "4326"},
                                                    {"distance", distance},
                                                    {"units", units},
                                                    {"returnCountOnly", "true"}});
        return at(answer, "count").as_int64("count");
    };
    CHECK(found("11060", "esriSRUnit_Meter") == 1);
    CHECK(found("11180", "esriSRUnit_Meter") == 2);
    CHECK(found("11.06", "esriSRUnit_Kilometer") == 1);
    CHECK(found("11.18", "esriSRUnit_Kilometer") == 2);
    CHECK(found("36300", "esriSRUnit_Foot") == 1);
    CHECK(found("36680", "esriSRUnit_Foot") == 2);
    CHECK(found("6.87", "esriSRUnit_StatuteMile") == 1);
    CHECK(found("6.95", "esriSRUnit_StatuteMile") == 2);
    CHECK(found("5.97", "esriSRUnit_NauticalMile") == 1);
    CHECK(found("6.04", "esrisrunit_nauticalmile") == 2);
    CHECK(found("6.04", "esriSRUnit_USNauticalMile") == 2);
    CHECK(found("11180", "") == 2);
    CHECK(found("0", "") == 1);
}

TEST_CASE("inSR, outSR and defaultSR are numbers, JSON, Esri's codes or WKT", "[service][query]") {
    Office office;
    office.add("trees", {{"species", "oak"}}, point(8.5, 47.4));
    const std::string mercator_box = "946000,6006610,947000,6008610";
    const std::string swiss =
        R"(PROJCS["CH1903+_LV95",GEOGCS["GCS_CH1903+",DATUM["D_CH1903+",)"
        R"(SPHEROID["Bessel_1841",6377397.155,299.1528128]],PRIMEM["Greenwich",0.0],)"
        R"(UNIT["Degree",0.0174532925199433]],)"
        R"(PROJECTION["Hotine_Oblique_Mercator_Azimuth_Center"],)"
        R"(PARAMETER["False_Easting",2600000.0],PARAMETER["False_Northing",1200000.0],)"
        R"(PARAMETER["Scale_Factor",1.0],PARAMETER["Azimuth",90.0],)"
        R"(PARAMETER["Longitude_Of_Center",7.43958333333333],)"
        R"(PARAMETER["Latitude_Of_Center",46.9524055555556],UNIT["Meter",1.0]])";
    for (const std::string sr : {"3857", "102100", "900913", "{\"wkid\":102100}",
                                 "{\"wkid\":102100,\"latestWkid\":3857}", "{wkid:3857}"}) {
        INFO(sr);
        const Json answer =
            office.get("/0/query", {{"geometry", mercator_box}, {"inSR", sr}, {"outSR", sr}});
        REQUIRE(Park::oids(answer).size() == 1);
        CHECK(at(answer, "features", 0, "geometry", "x").as_double("x") == Approx(946215.67));
        CHECK(at(answer, "spatialReference", "wkid") == Json(102100));
        const Json by_default =
            office.get("/0/query", {{"geometry", mercator_box}, {"defaultSR", sr}});
        CHECK(at(by_default, "features", 0, "geometry", "x").as_double("x") == Approx(946215.67));
    }
    Json wkt;
    wkt.set("wkt", swiss);
    for (const std::string& sr : {std::string("2056"), wire::to_text(wkt)}) {
        const Json answer = office.get("/0/query", {{"where", "1=1"}, {"outSR", sr}});
        INFO(wire::to_text(answer));
        CHECK(at(answer, "spatialReference", "wkid") == Json(2056));
        CHECK(at(answer, "features", 0, "geometry", "x").as_double("x") ==
              Approx(2680000).margin(10000));
    }
    // What the geometry itself says goes before inSR.
    const Json own =
        office.get("/0/query",
                   {{"geometry",
                     R"({"xmin":8,"ymin":47,"xmax":9,"ymax":48,"spatialReference":{"wkid":4326}})"},
                    {"inSR", "3857"}});
    CHECK(Park::oids(own).size() == 1);
}

TEST_CASE("geometryPrecision and maxAllowableOffset make shapes shorter", "[service][query]") {
    Park park;
    {
        Geodatabase file = park.office.open_file();
        Geometry round;
        round.type = GeometryType::Polygon;
        constexpr int kCorners = 200;
        for (int i = 0; i <= kCorners; ++i) {
            const double angle = 2 * 3.141592653589793 * (i % kCorners) / kCorners;
            round.coordinates.push_back(10 + std::cos(angle));
            round.coordinates.push_back(20 + std::sin(angle));
        }
        round.part_ends = {kCorners + 1};
        add_feature(file, "beds", {{"kind", "round"}}, write_gpb(round, 4326));
    }
    const auto ring = [&](http::NameValues parameters) {
        parameters.emplace_back("where", "1=1");
        const Json answer = park.query(parameters);
        return at(answer, "features", 0, "geometry", "rings", 0).as_array("ring").size();
    };
    const std::size_t whole = ring({});
    const std::size_t coarse = ring({{"maxAllowableOffset", "0.01"}});
    CHECK(whole == 201);
    CHECK(coarse < 50);
    CHECK(coarse > 8);
    // In units of outSR: a hundredth of a metre leaves all.
    CHECK(ring({{"maxAllowableOffset", "0.01"}, {"outSR", "3857"}}) == whole);
    CHECK(ring({{"maxAllowableOffset", "1000"}, {"outSR", "3857"}}) < 50);
    const Json answer = park.query({{"where", "1=1"}, {"geometryPrecision", "2"}});
    const double x = at(answer, "features", 0, "geometry", "rings", 0, 1, 0).as_double("x");
    CHECK(x * 100 == Approx(std::round(x * 100)));
}
