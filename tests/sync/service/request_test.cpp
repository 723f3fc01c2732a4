// SPDX-License-Identifier: Apache-2.0
//
// Requests as clients in the field send them: any letter case, parameters anywhere, half encoded.
#include "platform/http/form.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

/// Ten oaks, the first four with a dbh of 5.
struct Grove {
    Office office;

    Grove() {
        for (int i = 0; i < 10; ++i) {
            office.add("trees", {{"species", "it's an oak"}, {"dbh", i < 4 ? 5.0 : 9.0}},
                       point(i, i));
        }
    }
    Json send(const std::string& method, const std::string& target, const std::string& body = {},
              const std::string& type = "application/x-www-form-urlencoded") {
        http::Request request;
        request.method = method;
        request.target = target;
        request.body = body;
        if (!type.empty()) request.headers.set("Content-Type", type);
        request.headers.set("Host", "office.test");
        const auto answer = office.handle(request);
        return wire::parse_json(answer.text(), "answer");
    }
    Json get(const std::string& below) {
        return send("GET", std::string(Office::kService) + below, "", "");
    }
    Json post(const std::string& below, const std::string& body) {
        return send("POST", std::string(Office::kService) + below, body);
    }
};

std::int64_t count_of(const Json& answer) {
    const Json* count = answer.find("count");
    return count != nullptr ? count->as_int64("count") : -1;
}

constexpr const char* kOaks = "f=json&returnCountOnly=true&where=dbh%3D5";

}  // namespace

TEST_CASE("parameters are found in query, body or both, and the body wins", "[service][request]") {
    Grove grove;
    CHECK(count_of(grove.get(std::string("/0/query?") + kOaks)) == 4);
    CHECK(count_of(grove.post("/0/query", kOaks)) == 4);
    CHECK(count_of(grove.post("/0/query?f=json&returnCountOnly=true", "where=dbh%3D5")) == 4);
    CHECK(count_of(grove.post("/0/query?where=1%3D1&f=json&returnCountOnly=true",
                              "where=dbh%3D5")) == 4);
    // arcgis-rest-js names the type of a body that a GET does not have.
    CHECK(count_of(grove.send("GET", std::string(Office::kService) + "/0/query?" + kOaks, "",
                              "application/x-www-form-urlencoded")) == 4);
}

TEST_CASE("letter case of names, slashes at the end and strangers do not matter",
          "[service][request]") {
    Grove grove;
    for (const char* target :
         {"/0/QUERY?F=JSON&RETURNCOUNTONLY=TRUE&WHERE=DBH%3D5",
          "/0/query/?f=json&where=dbh%3D5&"
          "returnCountOnly=true",
          "/0//query?f=json&returncountonly=1&where=dbh=5",
          "/0/query?f=json&returnCountOnly=True&where=dbh%3D5&_=1719&cacheHint=true&gdbVersion=&"
          "sqlFormat=none&units=esriSRUnit_Meter&returnZ=true&orderByFields=&geometry="}) {
        INFO(target);
        CHECK(count_of(grove.get(target)) == 4);
    }
    CHECK(grove.send("GET", "/ARCGIS/REST/SERVICES/FIELD/featureserver/0?f=json").find("fields"));
    CHECK(grove.send("GET", "/arcgis/rest/info/?f=json").find("currentVersion"));
}

TEST_CASE("a form is read as it comes, encoded, half encoded or not at all", "[service][request]") {
    Grove grove;
    const std::vector<std::pair<std::string, std::int64_t>> bodies{
        {"f=json&returnCountOnly=true&where=species+%3D+%27it%27%27s+an+oak%27", 10},
        {"f=json&returnCountOnly=true&where=species = 'it''s an oak'", 10},
        {"f=json&returnCountOnly=true&where=species LIKE 'it%27%27s%25'", 10},
        {"f=json&returnCountOnly=true&where=species LIKE 'it%'", 10},
        {"f=json&returnCountOnly=true&where=species LIKE '%oak'", 10},
        {"f=json&returnCountOnly=true&objectIds=1, 2 ,3", 3},
        {"f=json&returnCountOnly=true&objectIds=[1,2,\"3\"]", 3},
        {"f=json&returnCountOnly=true&objectIds=%5B1%2C2%5D", 2},
        {"f=json&returnCountOnly=true&geometry={ \"xmin\" : 0,\n \"ymin\":0, \"xmax\":2.5,\r\n"
         "\"ymax\": 2.5 }",
         3},
        {"f=json&returnCountOnly=true&geometry={xmin:0,ymin:0,xmax:2.5,ymax:2.5}", 3},
        {"f=json&returnCountOnly=true&geometry=0,0,2.5,2.5", 3},
        {"f=json&returnCountOnly=true&geometry=1,1&geometryType=ESRIGEOMETRYPOINT", 1},
        {"f=json&returnCountOnly=true&where=1=1&inSR={wkid:4326}&geometry=0,0,2.5,2.5", 3}};
    for (const auto& [body, expected] : bodies) {
        INFO(body);
        CHECK(count_of(grove.post("/0/query", body)) == expected);
    }
}

TEST_CASE("every operation reads multipart bodies too", "[service][request]") {
    Grove grove;
    const std::string body =
        "--x\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\njson\r\n"
        "--x\r\nContent-Disposition: form-data; name=\"where\"\r\n\r\ndbh=5\r\n"
        "--x\r\nContent-Disposition: form-data; name=\"returnCountOnly\"\r\n\r\ntrue\r\n--x--\r\n";
    CHECK(count_of(grove.send("POST", std::string(Office::kService) + "/0/query", body,
                              "multipart/form-data; boundary=x")) == 4);
    const Json cut = grove.send("POST", std::string(Office::kService) + "/0/query?f=json",
                                body.substr(0, 70), "multipart/form-data; boundary=x");
    REQUIRE(cut.find("error") != nullptr);
    CHECK_FALSE(at(cut, "error", "details").array()->empty());
}

TEST_CASE("a callback wraps an answer, and only a name is one", "[service][request]") {
    Grove grove;
    http::Request request;
    request.target = std::string(Office::kService) + "/0?f=json&callback=app.on_layer";
    const auto wrapped = grove.office.handle(request);
    CHECK(wrapped.text().substr(0, 14) == "app.on_layer({");
    CHECK_THAT(std::string(wrapped.headers.get("Content-Type")), Catch::Contains("javascript"));
    request.target = std::string(Office::kService) + "/0?f=json&callback=alert(1)//";
    const auto refused = wire::parse_json(grove.office.handle(request).text(), "answer");
    CHECK_THAT(*at(refused, "error", "details", 0).text(), Catch::Contains("callback"));
}

TEST_CASE("an unknown format is refused by name", "[service][request]") {
    Grove grove;
    for (const char* format : {"xml", "pbf2", "kmz", "json2", "%00"}) {
        INFO(format);
        const Json answer = grove.get(std::string("/0/query?where=1%3D1&f=") + format);
        REQUIRE(answer.find("error") != nullptr);
        CHECK(*at(answer, "error", "code").integer() == 400);
        CHECK_THAT(*at(answer, "error", "details", 0).text(), Catch::Contains("'f'"));
    }
}
