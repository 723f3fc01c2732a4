// SPDX-License-Identifier: Apache-2.0
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

#include <mutex>
#include <set>
#include <thread>
#include <vector>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

TEST_CASE("an embedded replica holds the rows of its filter and the generation", "[service]") {
    Office office;
    const GlobalId oak = office.add("trees", {{"species", "oak"}}, point(1, 1));
    office.add("trees", {{"species", "elm"}}, point(5, 5));
    const Json answer =
        office.post("/createReplica", {{"replicaName", "crew"},
                                       {"layers", "0"},
                                       {"geometry", "0,0,2,2"},
                                       {"syncModel", "perReplica"},
                                       {"transportType", "esriTransportTypeEmbedded"}});
    INFO(wire::to_text(answer));
    CHECK(at(answer, "responseType") == Json("esriReplicaResponseTypeData"));
    REQUIRE(at(answer, "layers", 0, "features").array()->size() == 1);
    CHECK(at(answer, "layers", 0, "features", 0, "attributes", "global_id") ==
          Json(oak.value.braced()));
    CHECK(at(answer, "replicaServerGen").as_int64("gen") > 0);
}

TEST_CASE("a replica by URL is a file with ranges and a validator", "[service]") {
    Office office;
    office.add("trees", {{"species", "oak"}}, point(1, 1));
    const Json answer =
        office.post("/createReplica", {{"syncModel", "perLayer"}, {"layers", "[0,1]"}});
    const std::string url = at(answer, "resultUrl").as_string("url");
    CHECK(at(answer, "URL") == Json(url));
    CHECK(at(answer, "layerServerGens", 1, "id") == Json(1));
    const std::string path = url.substr(std::string("http://office.test").size());
    http::Request request;
    request.target = path;
    const auto whole = office.services().handle(request);
    REQUIRE(whole.file() != nullptr);
    request.headers.set("Range", "bytes=10-19");
    request.headers.set("If-Range", std::string(whole.headers.get("ETag")));
    const auto part = office.services().handle(request);
    CHECK(part.status == 206);
    CHECK(part.file()->length == 10);
    request.target = std::string(Office::kService) + "/replicafiles/../field.gpkg";
    const auto outside = office.services().handle(request);
    CHECK(outside.file() == nullptr);
    CHECK_THAT(std::string(outside.text()), Catch::Contains("\"error\""));
}

TEST_CASE("a result file that is had already, or is gone, is told so and not as an answer",
          "[service]") {
    Office office;
    const std::string url = at(office.post("/createReplica"), "resultUrl")
                                .as_string("url")
                                .substr(std::string("http://office.test").size());
    http::Request request;  // as programs ask: without f, for anything
    request.target = url;
    request.headers.set("Accept", "*/*");
    const auto whole = office.services().handle(request);
    REQUIRE(whole.file() != nullptr);

    http::Request behind = request;
    behind.headers.set("Range", "bytes=" + std::to_string(whole.file()->length) + "-");
    const auto nothing = office.services().handle(behind);
    CHECK(nothing.status == 416);
    CHECK(nothing.text().empty());

    http::Request again = request;
    again.headers.set("If-None-Match", std::string(whole.headers.get("ETag")));
    CHECK(office.services().handle(again).status == 304);

    request.target =
        std::string(Office::kService) + "/replicafiles/" + std::string(64, '0') + ".json";
    const auto gone = office.services().handle(request);
    CHECK(gone.status == 404);
    CHECK(at(wire::parse_json(gone.text(), "answer"), "error", "code") == Json(404));
}

TEST_CASE("replicas are listed, described and unregistered", "[service]") {
    Office office;
    const Json made = office.post(
        "/createReplica", {{"replicaName", "crew"}, {"layers", "0"}, {"syncModel", "perLayer"}});
    const std::string id = at(made, "replicaID").as_string("id");
    const Json second = office.post("/createReplica", {{"replicaName", "crew"}, {"layers", "0"}});
    CHECK(at(second, "replicaName") == Json("crew_0"));
    CHECK(office.get("/replicas").array()->size() == 2);
    const Json info = office.get("/replicas/" + id);
    CHECK(at(info, "syncModel") == Json("perLayer"));
    CHECK(at(info, "layerServerGens").text() != nullptr);
    CHECK(at(office.post("/unRegisterReplica", {{"replicaID", id}}), "success") == Json(true));
    CHECK(office.get("/replicas").array()->size() == 1);
    const Json gone = office.post("/synchronizeReplica", {{"replicaID", id}});
    CHECK_THAT(at(gone, "error", "details", 0).as_string("d"),
               Catch::Contains("Replica does not exist: " + id));
}

TEST_CASE("a replica that cannot be is refused by the parameter at fault, and none is left",
          "[service]") {
    Office office;
    const auto refused = [&](http::NameValues parameters, const char* fragment) {
        const Json answer = office.post("/createReplica", std::move(parameters));
        INFO(wire::to_text(answer));
        CHECK_THAT(at(answer, "error", "details", 0).as_string("d"), Catch::Contains(fragment));
    };
    refused({{"layers", "7"}}, "7");
    refused({{"layers", "0"}, {"syncModel", "perPerson"}}, "syncModel");
    refused({{"layers", "0"}, {"layerQueries", "{\"0\":{\"where\":\"colour=1\"}}"}}, "colour");
    refused({{"layers", "0"}, {"layerQueries", "{\"1\":{\"where\":\"1=1\"}}"}}, "layerQueries");
    refused({{"layers", "0"}, {"layerQueries", "{"}}, "layerQueries");
    refused({{"layers", "0"}, {"dataFormat", "sqlite"}}, "json");
    refused({{"layers", "0"}, {"async", "perhaps"}}, "async");
    refused({{"layers", "0"}, {"geometry", "1,2"}, {"inSR", "bogus"}}, "inSR");
    CHECK(office.get("/replicas").array()->empty());
}

TEST_CASE("replicas of one name that are made at the same time get names of their own",
          "[service]") {
    Office office;
    constexpr int kMakers = 6, kEach = 4;
    std::mutex mutex;
    std::set<std::string> names;
    std::vector<std::thread> makers;
    for (int n = 0; n < kMakers; ++n) {
        makers.emplace_back([&] {
            for (int each = 0; each < kEach; ++each) {
                const Json made = office.post("/createReplica", {{"replicaName", "crew"}});
                const Json* name = made.find("replicaName");
                const std::lock_guard lock(mutex);
                names.insert(name != nullptr ? name->as_string("name") : wire::to_text(made));
            }
        });
    }
    for (std::thread& maker : makers) maker.join();
    CHECK(names.size() == kMakers * kEach);
    CHECK(names.count("crew_22") == 1);
}

TEST_CASE("a service without Sync does not say that it synchronizes", "[service]") {
    Office office;
    office.limits.capabilities = GENERATE("Query", "Query,Extract");
    office.restart();
    const Json root = office.get("");
    CHECK(at(root, "syncEnabled") == Json(false));
    CHECK(at(root, "syncCapabilities", "supportsPerReplicaSync") == Json(false));
    const bool extracts = office.limits.capabilities != "Query";
    CHECK(at(root, "syncCapabilities", "supportsSyncModelNone") == Json(extracts));
}
