// SPDX-License-Identifier: Apache-2.0
//
// The forms of an answer: pages, ids, counts, extents, GeoJSON, and how requests may be spelled.
#include "tests/sync/service/query/park.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

/// The answer as text, also when it is in a file.
std::string text_of(const http::Response& response) {
    if (response.file() == nullptr) return std::string(response.text());
    std::string text = read_file(response.file()->path);
    std::filesystem::remove(response.file()->path);
    return text;
}

Json json_of(Park& park, http::NameValues parameters) {
    const auto response =
        park.office.send("GET", std::string(Office::kService) + "/2/query", std::move(parameters));
    return wire::parse_json(text_of(response), "answer");
}

}  // namespace

TEST_CASE("pages put together are all rows once, in any order asked for", "[service][query]") {
    Park park;
    park.plant(57);
    for (const char* order : {"", "kind", "kind DESC, plants", "OBJECTID DESC"}) {
        std::vector<std::int64_t> paged;
        for (bool more = true; more;) {
            const Json page = park.query({{"where", "1=1"},
                                          {"orderByFields", order},
                                          {"resultOffset", std::to_string(paged.size())},
                                          {"resultRecordCount", "10"}});
            const auto ids = Park::oids(page);
            paged.insert(paged.end(), ids.begin(), ids.end());
            more = page.find("exceededTransferLimit") != nullptr;
            CHECK(ids.size() == (more ? 10 : 7));
            REQUIRE(paged.size() <= 57);
        }
        INFO(order);
        CHECK(paged == Park::oids(park.query({{"where", "1=1"}, {"orderByFields", order}})));
        CHECK(std::set<std::int64_t>(paged.begin(), paged.end()).size() == 57);
    }
}

TEST_CASE("the page is as long as limits, resultType and factor say", "[service][query]") {
    Park park;
    park.plant(50);
    park.office.limits.max_record_count = 6;
    park.office.limits.standard_max_record_count = 40;
    park.office.limits.tile_max_record_count = 20;
    park.office.restart();
    const auto rows = [&](http::NameValues parameters) {
        parameters.emplace_back("where", "1=1");
        const Json answer = park.query(parameters);
        CHECK(answer.find("exceededTransferLimit") != nullptr);
        return Park::oids(answer).size();
    };
    CHECK(rows({}) == 6);
    CHECK(rows({{"resultRecordCount", "1000"}}) == 6);
    CHECK(rows({{"resultRecordCount", "4"}}) == 4);
    CHECK(rows({{"resultType", "standard"}}) == 40);
    CHECK(rows({{"resultType", "tile"}}) == 20);
    CHECK(rows({{"resultType", "none"}}) == 6);
    CHECK(rows({{"maxRecordCountFactor", "4"}}) == 24);
    CHECK(rows({{"maxRecordCountFactor", "5"}, {"resultRecordCount", "28"}}) == 28);
    const Json tile = park.query(
        {{"where", "1=1"}, {"resultType", "tile"}, {"returnExceededLimitFeatures", "false"}});
    CHECK(at(tile, "exceededTransferLimit") == Json(true));
    CHECK(Park::oids(tile).empty());
    const Json fits = park.query({{"where", "OBJECTID <= 20"},
                                  {"resultType", "tile"},
                                  {"returnExceededLimitFeatures", "false"}});
    CHECK(Park::oids(fits).size() == 20);
    CHECK(fits.find("exceededTransferLimit") == nullptr);
    // Ids and counts know no page, and rows named one by one come whole.
    CHECK(at(park.query({{"where", "1=1"}, {"returnIdsOnly", "true"}}), "objectIds")
              .as_array("ids")
              .size() == 50);
    CHECK(Park::oids(park.query({{"objectIds", "1,2,3,4,5,6,7,8,999"}})).size() == 8);
    const Json layer = park.office.get("/2");
    CHECK(at(layer, "maxRecordCount") == Json(6));
    CHECK(at(layer, "standardMaxRecordCount") == Json(40));
    CHECK(at(layer, "tileMaxRecordCount") == Json(20));
    CHECK(at(layer, "advancedQueryCapabilities", "supportsMaxRecordCountFactor") == Json(true));
}

TEST_CASE("a count beats ids, and stands beside an extent", "[service][query]") {
    Park park;
    park.plant(9);
    const Json both =
        park.query({{"where", "1=1"}, {"returnIdsOnly", "true"}, {"returnCountOnly", "true"}});
    CHECK(wire::to_text(both) == R"({"count":9})");
    const Json extent =
        park.query({{"where", "1=1"}, {"returnExtentOnly", "true"}, {"returnCountOnly", "true"}});
    CHECK(at(extent, "count") == Json(9));
    CHECK(at(extent, "extent", "xmax").as_double("xmax") > 0);
    const Json none = park.query({{"where", "1=0"}, {"returnExtentOnly", "true"}});
    CHECK(at(none, "extent", "xmin") == Json("NaN"));
    CHECK(at(park.query({{"where", "1=0"}, {"returnIdsOnly", "true"}}), "objectIds")
              .as_array("ids")
              .empty());
}

TEST_CASE("GeoJSON has what GDAL and browsers look for", "[service][query]") {
    Park park;
    park.plant(5);
    const Json page = json_of(
        park,
        {{"where", "1=1"}, {"outFields", "kind"}, {"resultRecordCount", "2"}, {"f", "geojson"}});
    CHECK(at(page, "type") == Json("FeatureCollection"));
    CHECK(at(page, "properties", "exceededTransferLimit") == Json(true));
    CHECK(at(page, "exceededTransferLimit") == Json(true));
    CHECK(page.find("crs") == nullptr);
    const Json& feature = at(page, "features", 0);
    CHECK(at(feature, "id") == Json(1));
    CHECK(at(feature, "properties", "kind").text() != nullptr);
    CHECK(at(feature, "geometry", "type") == Json("Polygon"));
    // Counter-clockwise, as RFC 7946 has it: second corner to the right of the first.
    CHECK(at(feature, "geometry", "coordinates", 0, 1, 0).as_double("x") >
          at(feature, "geometry", "coordinates", 0, 0, 0).as_double("x"));
    const auto text = [&](http::NameValues parameters) {
        parameters.emplace_back("where", "1=1");
        parameters.emplace_back("f", "geojson");
        return text_of(
            park.office.send("GET", std::string(Office::kService) + "/2/query", parameters));
    };
    CHECK_THAT(text({{"returnExtentOnly", "true"}}), Catch::Contains("\"bbox\":["));
    CHECK_THAT(text({{"returnCountOnly", "true"}}), Catch::Contains("\"count\":5"));
    CHECK_THAT(text({{"outSR", "3857"}}), Catch::Contains("EPSG::3857"));
    CHECK_THAT(text({}), !Catch::Contains("exceededTransferLimit"));
    const Json statistics = json_of(
        park, {{"where", "1=1"},
               {"outStatistics", R"([{"statisticType":"count","onStatisticField":"kind"}])"},
               {"f", "geojson"}});
    CHECK(at(statistics, "features", 0, "properties", "count_kind") == Json(5));
}

TEST_CASE("lists, booleans and names may be spelled in many ways", "[service][query]") {
    Park park;
    park.plant(4);
    for (const char* ids : {"1,2,3", "[1,2,3]", " 1 , 2,3 ", "[\"1\", \"2\", \"3\"]", "'1','2','3'",
                            "\"1\",\"2\",\"3\""}) {
        INFO(ids);
        CHECK(Park::oids(park.query({{"OBJECTIDS", ids}})) == std::vector<std::int64_t>{1, 2, 3});
    }
    for (const char* fields :
         {"kind,plants", "[\"kind\",\"plants\"]", " KIND , PLANTS", "\"kind\",\"plants\""}) {
        INFO(fields);
        const Json answer = park.query({{"where", "1=1"}, {"outfields", fields}});
        CHECK(at(answer, "fields").as_array("fields").size() == 3);
        CHECK(at(answer, "features", 0, "attributes").find("plants") != nullptr);
    }
    for (const char* no : {"false", "FALSE", "0", " False "}) {
        const Json answer = park.query({{"where", "1=1"}, {"returnGeometry", no}});
        CHECK(at(answer, "features", 0).find("geometry") == nullptr);
    }
    const Json ignored = park.query({{"where", "1=1"},
                                     {"cacheHint", "true"},
                                     {"units", "nonsense"},
                                     {"sqlFormat", "standard"},
                                     {"gdbVersion", "sde.DEFAULT"},
                                     {"orderByFields", ""},
                                     {"time", ""},
                                     {"returnUniqueIdsOnly", "true"},
                                     {"quantizationParameters", "{\"mode\":\"view\"}"}});
    CHECK(Park::oids(ignored).size() == 4);
}

TEST_CASE("a GET of eight kilobytes is answered", "[service][query]") {
    Park park;
    park.plant(3);
    std::string ids = "1";
    while (ids.size() < 8000) ids += ",1000000";
    CHECK(Park::oids(park.query({{"objectIds", ids}})) == std::vector<std::int64_t>{1});
}

TEST_CASE("where-clauses know dates, intervals, GUIDs and the user", "[service][query]") {
    Park park;
    park.plant(1);
    const std::string tree = "{6F3A21C0-0B3C-4C7E-9D0B-5D2B8A1C0F77}";
    park.office.add("visits", {{"tree", tree}, {"note", "dry"}, {"day", "2026-03-09T10:20:30Z"}});
    const auto count = [&](const std::string& where) {
        const Json answer = park.query({{"where", where}, {"returnCountOnly", "true"}}, "/1/query");
        INFO(where << ": " << wire::to_text(answer));
        return at(answer, "count").as_int64("count");
    };
    const std::int64_t ms = 1773051630000;
    CHECK(count("day = TIMESTAMP '2026-03-09 10:20:30'") == 1);
    CHECK(count("day = " + std::to_string(ms)) == 1);
    CHECK(count("day >= DATE '2026-03-09' AND day < DATE '2026-03-10'") == 1);
    CHECK(count("day BETWEEN '2026-03-09' AND '2026-03-09 23:59:59'") == 1);
    CHECK(count("day < CURRENT_TIMESTAMP") == 1);
    CHECK(count("day > CURRENT_TIMESTAMP - INTERVAL '3650' DAY") == 1);
    CHECK(count("day > CURRENT_DATE - INTERVAL '0 01:00:00' DAY TO SECOND") == 0);
    CHECK(count("EXTRACT(YEAR FROM day) = 2026 AND EXTRACT(HOUR FROM day) = 10") == 1);
    CHECK(count("CAST(day AS TIME) = TIME '10:20:30'") == 1);
    CHECK(count("tree = '" + tree + "'") == 1);
    CHECK(count("tree = '6f3a21c0-0b3c-4c7e-9d0b-5d2b8a1c0f77'") == 1);
    CHECK(count("tree IN ('{6f3a21c0-0b3c-4c7e-9d0b-5d2b8a1c0f77}')") == 1);
    CHECK(count("note LIKE 'd%' AND CHAR_LENGTH(note) = 3 AND POSITION('r' IN note) = 2") == 1);
    CHECK(count("note = CURRENT_USER") == 0);
    CHECK(count("CURRENT_USER = ''") == 1);
    CHECK(at(park.query({{"where", "shape IS NOT NULL"}, {"returnCountOnly", "true"}}), "count") ==
          Json(1));
}

TEST_CASE("a query that takes too long ends with the limit's name", "[service][query]") {
    Park park;
    park.plant(3000);
    /// Time flies whenever somebody looks.
    struct Flying final : Clock {
        std::int64_t now_ms() override { return 1'793'010'600'000; }
        std::int64_t steady_ms() override { return steady += 1000; }
        std::int64_t steady = 0;
    } clock;
    SeededRandom random(3);
    service::GpkgStore store(park.office.file(), {clock, random});
    const auto snapshot = store.snapshot();
    service::StoreQuery query;
    query.layer = {2};
    query.where = "kind LIKE '%a%b%c%d%' OR kind LIKE '%e%f%g%' OR CHAR_LENGTH(kind) = 77";
    std::int64_t rows = 0;
    const auto run = [&] { snapshot->select(query, [&](const service::FeatureRow&) { ++rows; }); };
    CHECK_NOTHROW(run());
    snapshot->end_after(500);
    try {
        run();
        FAIL("the query ran to its end");
    } catch (const Error& error) {
        CHECK(error.detail_code() == 504);
        CHECK_THAT(error.message(), Catch::Contains("statementTimeMs"));
    }
    snapshot->end_after(0);
    CHECK_NOTHROW(run());
}

TEST_CASE("large answers are whole JSON in a file, also for a callback", "[service][query]") {
    Park park;
    park.office.limits.max_record_count = 100'000;
    park.office.restart();
    park.plant(9000);
    const Json answer = json_of(park, {{"where", "1=1"}, {"outFields", "*"}, {"f", "json"}});
    CHECK(Park::oids(answer).size() == 9000);
    const auto called = park.office.send(
        "GET", std::string(Office::kService) + "/2/query",
        {{"where", "1=1"}, {"outFields", "*"}, {"f", "json"}, {"callback", "show"}});
    REQUIRE(called.file() != nullptr);
    CHECK(called.file()->length == std::filesystem::file_size(called.file()->path));
    const std::string script = text_of(called);
    CHECK(script.substr(0, 6) == "show({");
    CHECK(script.substr(script.size() - 3) == "});");
}
