// SPDX-License-Identifier: Apache-2.0
//
// Taking services of other vendors offline.
#include "platform/files.hpp"
#include "tests/sync/client/vendor.hpp"

using namespace rhumb;
using namespace rhumb::test;

TEST_CASE("a replica is made from a linked file, however the service spells the link",
          "[client][create]") {
    for (const char* key : {"URL", "responseUrl", "resultUrl", "ResultURL"}) {
        INFO(key);
        VendorCrew crew;
        crew.service.on("/createReplica", std::string("{\"") + key + "\":\"/files/r.json\"}");
        crew.service.serve_file("/files/r.json", vendor_replica());
        const sync::SyncReport report = crew.create();
        CHECK(crew.hydrants() == "H-1 1, H-2 2");
        REQUIRE(report.layers.size() == 2);
        CHECK(report.layers[0].received_inserts == 2);
        const sync::Replica replica = crew.replica();
        CHECK(replica.state == sync::Replica::State::Ready);
        CHECK(replica.id == "90F07F7B-991C-4818-B7CA-97B2BF4F7CAA");
        CHECK(replica.server_generation->value == "117");
        CHECK(replica.layers[0].object_id_field == "objectid");
        CHECK_FALSE(replica.speaks_rhumb);
        CHECK(crew.pending() == 0);
        CHECK_FALSE(sync::ReplicaStore(*crew.file).rung());
        CHECK_FALSE(std::filesystem::exists(crew.folder / "device.gpkg.sync-part"));
    }
}

TEST_CASE("the request says of each layer what it wants of it", "[client][create]") {
    VendorCrew crew;
    crew.service.on("/createReplica", vendor_replica());
    sync::CreateOptions options;
    options.where[{0}] = "kind = 1";
    options.name = "crew";
    crew.create(options);
    const auto form = crew.service.asked("/createReplica").at(0).form;
    CHECK(form.get("layers") == "0,2");
    CHECK(form.get("syncModel") == "perReplica");
    CHECK(form.get("replicaName").substr(0, 5) == "crew-");
    CHECK_THAT(form.get("layerQueries"),
               Catch::Contains(R"("0":{"queryOption":"useFilter","where":"kind = 1")") &&
                   Catch::Contains(R"("2":{"queryOption":"all")"));
    CHECK_THAT(form.get("geometry"), Catch::Contains("xmax"));
}

TEST_CASE("each layer keeps its own generation when the service counts by layer",
          "[client][create]") {
    VendorCrew crew;
    crew.service.forget("/FeatureServer")
        .on("/FeatureServer", vendor_root(R"({"supportsPerLayerSync":true})"));
    crew.service.on("/createReplica",
                    R"({"replicaID":"r1","layerServerGens":"[{\"id\":0,\"serverGen\":5},null,)"
                    R"({\"id\":2,\"serverGen\":\"9\"}]","layers":[]})");
    crew.create();
    CHECK(crew.replica().model == wire::SyncModel::PerLayer);
    CHECK(crew.replica().layers[0].server_generation->value == "5");
    CHECK(crew.replica().layers[1].server_generation->value == "9");
}

TEST_CASE("a service that is forced to work by jobs is asked until its job is done",
          "[client][create]") {
    VendorCrew crew;
    crew.service.on("/createReplica", R"({"statusURL":"https://maps.test/jobs/j1"})");
    crew.service.on("/jobs/j1", R"({"status":"Pending"})")
        .on("/jobs/j1", R"({"status":"Exporting Data","resultUrl":""})")
        .on("/jobs/j1", R"({"status":"COMPLETED","resultUrl":"https://maps.test/files/r.json"})");
    crew.service.serve_file("/files/r.json", vendor_replica());
    crew.create();
    CHECK(crew.hydrants() == "H-1 1, H-2 2");
    CHECK(crew.waits == std::vector<std::int64_t>{1000, 2000});
    CHECK(crew.service.asked("/jobs/j1").at(0).form.get("f") == "json");
}

TEST_CASE("a lost answer leaves no replica behind", "[client][create]") {
    VendorCrew crew;
    std::string name;
    crew.service.on("/createReplica", lost_answer()).on("/createReplica", vendor_replica());
    sync::CreateOptions options;
    options.service_url = kVendorUrl;
    const auto ladder = sync::create_replica_ladder(*crew.file, options, nullptr);
    name = crew.replica().name;
    crew.service.on("/replicas", R"([{"replicaName":"other","replicaID":"x"},{"replicaName":")" +
                                     name + R"(_0","replicaID":"{LOST}"}])");
    crew.service.on("/replicas", "[]").on("/unRegisterReplica", R"({"success":true})");
    crew.climb(*ladder);
    CHECK(crew.service.asked("/createReplica").size() == 2);
    REQUIRE(crew.service.asked("/unRegisterReplica").size() == 1);
    CHECK(crew.service.asked("/unRegisterReplica")[0].form.get("replicaID") == "{LOST}");
    CHECK(crew.replica().state == sync::Replica::State::Ready);
}

TEST_CASE("a wish for a layer that is not taken is refused, not passed over", "[client][create]") {
    VendorCrew crew;
    sync::CreateOptions options;
    const auto which = GENERATE(0, 1, 2);
    if (which == 0) options.where[geodb::LayerId{7}] = "kind = 1";
    if (which == 1) options.policies[geodb::LayerId{7}] = sync::MergePolicy::Ask;
    if (which == 2) options.layer_wishes[geodb::LayerId{7}].use_geometry = false;
    CHECK_THROWS_WITH(crew.create(options),
                      Catch::Contains("layer 7") && Catch::Contains("not taken"));
    CHECK(crew.service.asked("/createReplica").empty());
}

TEST_CASE("a replica whose links have expired is made anew three times, and no oftener",
          "[client][create]") {
    const int expired = GENERATE(3, 4);
    VendorCrew crew;
    sync::CreateOptions options;
    options.service_url = kVendorUrl;
    const auto ladder = sync::create_replica_ladder(*crew.file, options, nullptr);
    const std::string name = crew.replica().name;
    for (int i = 0; i < expired; ++i) {
        const std::string id = std::to_string(i);
        crew.service.on("/createReplica", R"({"responseUrl":"/files/)" + id + R"(.json"})")
            .on("/files/" + id + ".json", R"({"error":{"code":404,"message":"File not found"}})")
            .on("/replicas", R"([{"replicaName":")" + name + R"(","replicaID":"{)" + id + R"(}"}])")
            .on("/replicas", "[]");
    }
    crew.service.on("/createReplica", vendor_replica());
    crew.service.on("/unRegisterReplica", R"({"success":true})");
    if (expired > 3) {
        CHECK_THROWS_WITH(crew.climb(*ladder), Catch::Contains("results that are not there"));
    } else {
        crew.climb(*ladder);
        CHECK(crew.hydrants() == "H-1 1, H-2 2");
    }
    CHECK(crew.service.asked("/createReplica").size() == 4);
    CHECK(crew.service.asked("/unRegisterReplica").size() == 3);
}

TEST_CASE("a replica that a service lists for ever is not unregistered for ever",
          "[client][create]") {
    VendorCrew crew;
    crew.service.on("/createReplica", lost_answer());
    sync::CreateOptions options;
    options.service_url = kVendorUrl;
    const auto ladder = sync::create_replica_ladder(*crew.file, options, nullptr);
    crew.service.on("/replicas",
                    R"([{"replicaName":")" + crew.replica().name + R"(","replicaID":"{STAYS}"}])");
    crew.service.on("/unRegisterReplica", R"({"success":true})");
    CHECK_THROWS_WITH(crew.climb(*ladder), Catch::Contains("results that are not there"));
}

TEST_CASE("a creation that was killed goes on, and a file is fetched from where it was cut",
          "[client][create]") {
    VendorCrew crew;
    std::string content = vendor_replica();
    content.insert(1, std::string(200'000, ' '));
    crew.service.on("/createReplica", R"({"responseUrl":"/files/r.json"})");
    crew.service.serve_file("/files/r.json", content);
    crew.service.cut_next_file_after(50'000);
    sync::CreateOptions options;
    options.service_url = kVendorUrl;
    auto ladder = sync::create_replica_ladder(*crew.file, options, nullptr);
    while (ladder->failures_in_a_row() == 0) {
        ladder->take_result(crew.service.send(*ladder->next_request(), {}));
    }
    ladder.reset();
    crew.restart();
    const sync::SyncReport report = crew.climb(*sync::resume_create_ladder(*crew.file, nullptr));
    CHECK(report.resumed);
    CHECK(crew.hydrants() == "H-1 1, H-2 2");
    CHECK(crew.service.asked("/createReplica").size() == 1);
    const auto last = crew.service.asked("/files/r.json").back();
    CHECK(last.headers.get("Range") == "bytes=" + std::to_string(65'536 + 50'000) + "-");
    CHECK(last.headers.get("If-Range") == "\"v1\"");
    CHECK_THROWS_AS(sync::resume_create_ladder(*crew.file, nullptr), Error);
}

TEST_CASE("what a service lacks is said by name", "[client][create]") {
    VendorCrew crew;
    SECTION("Sync") {
        crew.service.forget("/FeatureServer").on("/FeatureServer", vendor_root("{}", "Query"));
        CHECK_THROWS_WITH(crew.create(), Catch::Contains("does not offer Sync"));
    }
    SECTION("a GlobalID of a layer that was asked for") {
        crew.service.forget("/layers").on(
            "/layers", vendor_layers(R"([{"name":"code","type":"esriFieldTypeString"}])"));
        sync::CreateOptions options;
        options.layers = std::vector<geodb::LayerId>{{0}};
        CHECK_THROWS_WITH(crew.create(options),
                          Catch::Contains("Hydrants") && Catch::Contains("GlobalID"));
    }
    SECTION("a GlobalID of one layer among others: it is left out, with a note") {
        crew.service.forget("/layers").on(
            "/layers", vendor_layers(R"([{"name":"code","type":"esriFieldTypeString"}])"));
        crew.service.on("/createReplica", vendor_replica());
        const sync::SyncReport report = crew.create();
        REQUIRE(report.notes.size() == 1);
        CHECK_THAT(report.notes[0], Catch::Contains("Hydrants"));
        CHECK(crew.file->layers().size() == 1);
    }
    SECTION("a layer that is not there") {
        sync::CreateOptions options;
        options.layers = std::vector<geodb::LayerId>{{9}};
        CHECK_THROWS_WITH(crew.create(options), Catch::Contains("no layer 9"));
    }
    SECTION("JSON") {
        crew.service.forget("/FeatureServer")
            .on("/FeatureServer", http::text_response("<html>portal</html>", "text/html"));
        CHECK_THROWS_WITH(crew.create(), Catch::Contains("not JSON") &&
                                             Catch::Contains("HTTP 200") &&
                                             Catch::Contains("<html>portal"));
    }
}

TEST_CASE("a value of the service beyond its own rules does not keep a device from joining",
          "[client][create]") {
    VendorCrew crew;
    crew.service.on("/createReplica",
                    R"({"replicaID":"r","replicaServerGen":1,"layers":[{"features":[)" +
                        vendor_hydrant(kFirst, "a code of more than twenty", 1) + R"(],"id":0}]})");
    crew.create();
    CHECK(crew.file->database().text_of("SELECT CODE FROM Hydrants") ==
          "a code of more than twenty");
}

TEST_CASE("a file that holds something already is not made a replica", "[client][create]") {
    VendorCrew crew;
    make_layer(*crew.file, trees_plan());
    CHECK_THROWS_WITH(crew.create(), Catch::Contains("not empty"));
}
