// SPDX-License-Identifier: Apache-2.0
//
// What services of other vendors do otherwise: one fact each, as they were seen in the field.
#include "tests/sync/client/vendor.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

constexpr const char* kThird = "0b2f9d4e-0000-4000-8000-000000000003";

std::string edits(const std::string& features,
                  const std::string& facts = R"("replicaServerGen":118)") {
    return "{" + facts + R"(,"edits":[{"id":0,"features":{)" + features + "}}]}";
}

http::Response typed(const std::string& json, const std::string& type) {
    return http::text_response(json, type);
}

/// What the service says in place of an answer, and the words that a person is to read.
struct Refusal {
    const char* answer;
    const char* words;
};

}  // namespace

TEST_CASE("an answer counts whatever its content type says", "[client][vendor]") {
    for (const char* type :
         {"text/plain", "text/html; charset=utf-8", "application/octet-stream", ""}) {
        INFO(type);
        VendorCrew crew;
        crew.service.forget("/FeatureServer").forget("/layers");
        crew.service.on("/FeatureServer", typed(vendor_root(), type));
        crew.service.on("/layers", typed(vendor_layers(), type));
        crew.service.on("/createReplica", typed(vendor_replica(), type));
        crew.create();
        CHECK(crew.hydrants() == "H-1 1, H-2 2");
    }
}

TEST_CASE("an error with HTTP 200 is an error, however it is spelled", "[client][vendor]") {
    const Refusal refusal = GENERATE(
        Refusal{R"({"error":{"code":400,"message":"No.","details":["row 7"]}})", "No. row 7"},
        Refusal{R"({"error":{"code":400,"message":"No.","details":"row 7"}})", "No. row 7"},
        Refusal{R"({"error":{"code":"400","message":"No.","details":null}})", "No. (code 400)"},
        Refusal{R"({"error":{"code":400,"message":"No."}})", "No. (code 400)"},
        Refusal{R"({"success":false,"error":{"code":400,"description":"No."}})", "No. (code 400)"},
        Refusal{R"({"error":{"code":400,"message":"","details":[null,"row 7"]}})", "row 7"},
        Refusal{R"({"error":{"code":" 400 ","extendedCode":"-2147220987","message":"No."}})",
                "No."},
        Refusal{R"({"error":"No."})", "No."});
    INFO(refusal.answer);
    VendorCrew crew;
    crew.join();
    update_feature(*crew.file, "Hydrants", hydrant(kFirst), {{"kind", std::int64_t{4}}});
    crew.service.on("/synchronizeReplica", std::string(kNoEdits))
        .on("/synchronizeReplica", std::string(refusal.answer));
    try {
        crew.sync();
        // Code 500 stands for an error without one: it may pass, so it is tried again.
        FAIL("it should have stopped");
    } catch (const Error& error) {
        CHECK_THAT(error.message(), Catch::Contains(refusal.words));
    }
    CHECK(crew.pending() == 1);
}

TEST_CASE("a page of HTML in between is no answer, and the question is asked again",
          "[client][vendor]") {
    VendorCrew crew;
    crew.join();
    crew.service.on("/synchronizeReplica",
                    http::text_response("<html>Please accept our terms</html>", "text/html"));
    crew.service.on("/synchronizeReplica",
                    edits(R"("deleteIds":[")" + std::string(kSecond) + R"("])"));
    crew.sync();
    CHECK(crew.hydrants() == "H-1 1");
}

TEST_CASE("a service without a list of its layers is asked for each", "[client][vendor]") {
    const wire::Json all = wire::parse_json(vendor_layers(), "layers");
    VendorCrew crew;
    crew.service.forget("/layers");
    SECTION("it refuses the list") {
        crew.service.on("/layers",
                        R"({"error":{"code":400,"message":"Invalid URL","details":[]}})");
    }
    SECTION("it does not know the address") {
        crew.service.on("/layers", http::text_response("<h1>Not Found</h1>", "text/html", 404));
    }
    SECTION("its list is empty") {
        crew.service.on("/layers", R"({"layers":null,"tables":[]})");
    }
    crew.service.on("/FeatureServer/0", wire::to_text((*all.find("layers")->array())[0]));
    crew.service.on("/FeatureServer/2", lost_answer());
    crew.service.on("/FeatureServer/2", wire::to_text((*all.find("tables")->array())[0]));
    crew.join();
    CHECK(crew.hydrants() == "H-1 1, H-2 2");
    CHECK(crew.file->layers().size() == 2);
    crew.service.on("/synchronizeReplica", std::string(kNoEdits));
    crew.sync();
    CHECK(crew.replica().server_generation->value == "118");
}

TEST_CASE("a layer of another kind is left out with its reason", "[client][vendor]") {
    VendorCrew crew;
    std::string root = vendor_root();
    const std::string more = R"({"id":5,"name":"Everything","type":"Group Layer"},null,)"
                             R"({"id":6,"name":"Photo map","type":"Raster Layer"},)";
    root.insert(root.find(R"({"id":0)"), more);
    crew.service.forget("/FeatureServer").on("/FeatureServer", root);
    crew.service.on("/createReplica", vendor_replica());
    const auto notes = crew.create().notes;
    REQUIRE(notes.size() == 2);
    CHECK_THAT(notes[0], Catch::Contains("'Everything'") && Catch::Contains("neither"));
    CHECK_THAT(notes[1], Catch::Contains("'Photo map'"));
    CHECK(crew.service.asked("/createReplica")[0].form.get("layers") == "0,2");
}

TEST_CASE("a layer whose number is beyond ours is refused by name, and taken for no other",
          "[client][vendor]") {
    constexpr const char* kBeyond = "4294967296";  // 0 in its last 32 bits
    SECTION("in the list of layers") {
        std::string root = vendor_root();
        const std::size_t id = root.find("\"id\":0");
        REQUIRE(id != std::string::npos);
        root.replace(id, 6, std::string("\"id\":") + kBeyond);
        VendorCrew crew;
        crew.service.forget("/FeatureServer").on("/FeatureServer", root);
        CHECK_THROWS_WITH(crew.create(), Catch::Contains(kBeyond) && Catch::Contains("Hydrants"));
    }
    SECTION("in an answer") {
        VendorCrew crew;
        crew.join();
        std::string answer = edits(R"("deleteIds":[")" + std::string(kSecond) + R"("])");
        answer.replace(answer.find("\"id\":0"), 6, std::string("\"id\":") + kBeyond);
        crew.service.on("/synchronizeReplica", answer);
        CHECK_THROWS_WITH(crew.sync(), Catch::Contains(kBeyond));
        CHECK(crew.hydrants() == "H-1 1, H-2 2");
    }
}

TEST_CASE("a service that offers one sync model only is used by that one", "[client][vendor]") {
    VendorCrew crew;
    SECTION("perLayer, told as text") {
        crew.service.forget("/FeatureServer")
            .on("/FeatureServer", vendor_root(R"({"supportsPerLayerSync":"true",
                "supportsPerReplicaSync":"false"})"));
        crew.service.on("/createReplica",
                        R"({"replicaID":"r1","layerServerGens":[{"id":"0","serverGen":"5"},null,
                            {"id":2,"serverGen":9.0}],"layers":[{"id":0,"features":[)" +
                            vendor_hydrant(kFirst, "H-1", 1) + "]}]}");
        crew.create();
        CHECK(crew.service.asked("/createReplica")[0].form.get("syncModel") == "perLayer");
        crew.service.on("/synchronizeReplica",
                        R"({"layerServerGens":[null,{"id":0,"serverGen":"6"}],"edits":null})");
        crew.sync();
        const auto form = crew.service.asked("/synchronizeReplica").at(0).form;
        CHECK_THAT(form.get("syncLayers"), Catch::Contains(R"("id":0)") && Catch::Contains("5"));
        CHECK_FALSE(form.has("replicaServerGen"));
        CHECK(crew.replica().layers[0].server_generation->value == "6");
        CHECK(crew.replica().layers[1].server_generation->value.substr(0, 1) == "9");
    }
    SECTION("perReplica, which is not offered otherwise") {
        crew.service.on("/createReplica", vendor_replica());
        sync::CreateOptions options;
        options.model = wire::SyncModel::PerLayer;
        CHECK_THROWS_WITH(crew.create(options), Catch::Contains("does not offer the sync model"));
    }
}

TEST_CASE("a service that knows no jobs and no choice of rollback is not asked for them",
          "[client][vendor]") {
    VendorCrew crew;
    crew.join();
    const auto made = crew.service.asked("/createReplica").at(0).form;
    CHECK_FALSE(made.get("async") == "true");
    CHECK(made.get("dataFormat") == "json");
    update_feature(*crew.file, "Hydrants", hydrant(kFirst), {{"kind", std::int64_t{4}}});
    crew.service.on("/synchronizeReplica", std::string(kNoEdits));
    sync::SyncOptions options;
    options.rollback_on_failure = false;
    const auto notes = crew.sync(options).notes;
    CHECK(notes.size() == 1);  // under perReplica it rolls back, whatever was wished
    for (const auto& asked : crew.service.asked("/synchronizeReplica")) {
        CHECK_FALSE(asked.form.get("async") == "true");
        CHECK_FALSE(asked.form.has("rhumbFormat"));
        CHECK_FALSE(asked.form.has("rhumbBatchId"));
        CHECK(asked.form.get("dataFormat") == "json");
    }
}

TEST_CASE("GlobalIDs come in any dress and go in one", "[client][vendor]") {
    VendorCrew crew;
    crew.join();
    const std::string first = "0B2F9D4E-0000-4000-8000-000000000001";
    crew.service.on("/synchronizeReplica",
                    edits(R"("updates":[)" + vendor_hydrant(first, "upper", 3) + "," +
                          vendor_hydrant("{" + std::string(kSecond) + "}", "braced", 4) + "]"));
    crew.sync();
    CHECK(crew.hydrants() == "braced 4, upper 3");
}

TEST_CASE("an add of what is here is an update, and an update of what is not is an add",
          "[client][vendor]") {
    VendorCrew crew;
    crew.join();
    crew.service.on("/synchronizeReplica",
                    edits(R"("adds":[)" + vendor_hydrant(kFirst, "H-1", 8) + R"(],"updates":[)" +
                          vendor_hydrant(kThird, "H-3", 3) + "]"));
    crew.sync();
    CHECK(crew.hydrants() == "H-1 8, H-2 2, H-3 3");
}

TEST_CASE("a deletion of what is not here does nothing", "[client][vendor]") {
    VendorCrew crew;
    crew.join();
    crew.service.on("/synchronizeReplica",
                    edits(R"("deleteIds":[")" + std::string(kThird) + R"(",")" + kFirst + R"("])"));
    crew.sync();
    CHECK(crew.hydrants() == "H-2 2");
}

TEST_CASE("arrays that are missing or null are empty, and numbers may be text",
          "[client][vendor]") {
    VendorCrew crew;
    crew.join();
    const std::string answer =
        GENERATE(R"({"replicaServerGen":"118","edits":[{"id":"0","features":{"adds":null}},null]})",
                 R"({"replicaServerGen":" 118 ","edits":[{"id":0},{"id":2,"features":null}]})",
                 R"({"ReplicaServerGen":118,"Edits":[],"layerServerGens":[null]})",
                 R"({"replicaServerGen":118,"layerServerGens":"","edits":null})",
                 R"({"replicaServerGen":118})");
    INFO(answer);
    crew.service.on("/synchronizeReplica", answer);
    crew.sync();
    CHECK(crew.hydrants() == "H-1 1, H-2 2");
    CHECK(crew.replica().server_generation->value == "118");
}

TEST_CASE("a value that comes as text is the number it says", "[client][vendor]") {
    VendorCrew crew;
    crew.join();
    crew.service.on("/synchronizeReplica",
                    edits(R"("updates":[{"attributes":{"OBJECTID":"7","GLOBALID":")" +
                          std::string(kFirst) + R"(","Kind":"12"}}])"));
    crew.sync();
    CHECK(crew.hydrants() == "H-1 12, H-2 2");
}

TEST_CASE("the address of a job and of its result may be spelled in any way", "[client][vendor]") {
    for (const char* status : {"statusUrl", "statusURL", "StatusUrl"}) {
        for (const char* result : {"resultUrl", "ResultURL", "URL", "url", "responseURL"}) {
            INFO(status << " " << result);
            VendorCrew crew;
            crew.service.on("/createReplica", std::string("{\"") + status + R"(":"/jobs/j1"})");
            crew.service.on("/jobs/j1", std::string(R"({"status":"Completed With Errors",")") +
                                            result + R"(":"https://maps.test/files/r.json"})");
            crew.service.serve_file("/files/r.json", vendor_replica(), "");
            crew.create();
            CHECK(crew.hydrants() == "H-1 1, H-2 2");
        }
    }
}

TEST_CASE("a result whose link has expired is made anew, in the words of any vendor",
          "[client][vendor]") {
    const http::Response gone = GENERATE(
        http::text_response("gone", "text/plain", 410),
        http::json_response(R"({"error":{"code":404,"message":"File not found"}})"),
        http::json_response(R"({"error":{"code":400,"message":"Invalid URL","details":[]}})"));
    VendorCrew crew;
    crew.join();
    crew.service.on("/synchronizeReplica", R"({"responseUrl":"/files/old.json"})")
        .on("/synchronizeReplica", R"({"responseUrl":"/files/new.json"})");
    crew.service.on("/files/old.json", gone);
    crew.service.serve_file("/files/new.json",
                            edits(R"("deleteIds":[")" + std::string(kSecond) + R"("])"));
    crew.sync();
    CHECK(crew.hydrants() == "H-1 1");
}

TEST_CASE("what the service fills itself is not sent to it", "[client][vendor]") {
    VendorCrew crew;
    const std::string fields =
        R"([{"name":"objectid","type":"esriFieldTypeOID","editable":false},
            {"name":"globalid","type":"esriFieldTypeGlobalID","editable":false},
            {"name":"code","type":"esriFieldTypeString","length":20,"editable":true},
            {"name":"kind","type":"esriFieldTypeInteger"},
            {"name":"Length_m","type":"esriFieldTypeDouble","editable":"false"}])";
    crew.service.forget("/layers").on("/layers", vendor_layers(fields));
    crew.join();
    const GlobalId made = add_feature(*crew.file, "Hydrants", {{"code", "H-9"}, {"Length_m", 3.5}});
    update_feature(*crew.file, "Hydrants", hydrant(kFirst),
                   {{"Length_m", 2.5}, {"kind", std::int64_t{6}}});
    crew.service.on("/synchronizeReplica", std::string(kNoEdits))
        .on("/synchronizeReplica", lost_answer());
    CHECK_THROWS_AS(crew.sync(), Error);
    crew.restart();  // the same batch goes again
    crew.service.forget("/synchronizeReplica").on("/synchronizeReplica", std::string(kNoEdits));
    crew.sync();
    CHECK_THAT(crew.edits_sent(0), Catch::Contains(made.value.braced()) &&
                                       Catch::Contains("\"kind\":6") &&
                                       !Catch::Contains("Length_m"));
    CHECK(crew.edits_sent(5) == crew.edits_sent(0));
    CHECK(crew.pending() == 0);
}
