// SPDX-License-Identifier: Apache-2.0
//
// Synchronizing with services of other vendors.
#include "geodb/tracking/net_edits.hpp"
#include "platform/http/message.hpp"
#include "tests/sync/client/vendor.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::SyncDirection;

namespace {

std::string changes(const std::string& features, const std::string& generation = "118") {
    return R"({"replicaServerGen":)" + generation + R"(,"edits":[{"id":0,"features":{)" + features +
           "}}]}";
}

struct ReadyCrew : VendorCrew {
    ReadyCrew() { join(); }
    void pull_gives_nothing() { service.on("/synchronizeReplica", std::string(kNoEdits)); }
};

}  // namespace

TEST_CASE("a download brings additions, changes and deletions, and their generation",
          "[client][sync]") {
    ReadyCrew crew;
    crew.service.on(
        "/synchronizeReplica",
        changes(R"("adds":[)" + vendor_hydrant("0b2f9d4e-0000-4000-8000-000000000003", "H-3", 3) +
                R"(],"updates":[)" + vendor_hydrant(kFirst, "H-1", 9) +
                R"(],"deleteIds":["{0B2F9D4E-0000-4000-8000-000000000002}","unknown"])"));
    CHECK_THROWS_WITH(crew.sync(), Catch::Contains("names no GlobalID"));
    CHECK(crew.hydrants() == "H-1 1, H-2 2");  // nothing half done
    crew.service.forget("/synchronizeReplica")
        .on("/synchronizeReplica",
            changes(R"("adds":[)" +
                    vendor_hydrant("0b2f9d4e-0000-4000-8000-000000000003", "H-3", 3) +
                    R"(],"updates":[)" + vendor_hydrant(kFirst, "H-1", 9) + R"(],"deleteIds":[")" +
                    kSecond + R"("])"));
    const sync::SyncReport report = crew.sync();
    CHECK(crew.hydrants() == "H-1 9, H-3 3");
    REQUIRE(report.layers.size() == 1);
    CHECK(report.layers[0].received_inserts == 1);
    CHECK(report.layers[0].received_updates == 1);
    CHECK(report.layers[0].received_deletes == 1);
    CHECK(crew.replica().server_generation->value == "118");
    CHECK(crew.replica().last_sync_ms);
    CHECK(crew.pending() == 0);
}

TEST_CASE("the number of a layer may follow its features", "[client][sync]") {
    ReadyCrew crew;
    crew.service.on("/synchronizeReplica",
                    R"({"edits":[{"features":{"deletes":[")" + std::string(kSecond) +
                        R"("]},"id":0},{"id":2}],"replicaServerGen":"119"})");
    crew.sync();
    CHECK(crew.hydrants() == "H-1 1");
    CHECK(crew.replica().server_generation->value == "119");
}

TEST_CASE(
    "edits go up with the replica's generation, all attributes, geometries that moved, braced "
    "GlobalIDs",
    "[client][sync]") {
    ReadyCrew crew;
    crew.pull_gives_nothing();
    const GlobalId made = add_feature(*crew.file, "Hydrants", {{"code", "H-9"}}, point(2, 3, 3857));
    update_feature(*crew.file, "Hydrants", hydrant(kFirst), {{"kind", std::int64_t{4}}});
    erase_feature(*crew.file, "Hydrants", hydrant(kSecond));
    const sync::SyncReport report = crew.sync();
    CHECK(crew.edits_sent() ==
          R"([{"id":0,"features":{"adds":[{"attributes":{"globalid":")" + made.value.braced() +
              R"(","code":"H-9","kind":null},"geometry":{"x":2,"y":3}}],)"
              R"("updates":[{"attributes":{"globalid":"{0B2F9D4E-0000-4000-8000-000000000001}",)"
              R"("code":"H-1","kind":4}}],)"
              R"("deleteIds":["{0B2F9D4E-0000-4000-8000-000000000002}"]}}])");
    const auto form = crew.service.asked("/synchronizeReplica").at(1).form;
    CHECK(form.get("replicaServerGen") == "118");
    CHECK(form.get("syncDirection") == "bidirectional");
    CHECK(form.get("rollbackOnFailure") == "true");  // offers perReplica alone, and no choice
    CHECK(crew.pending() == 0);
    REQUIRE(report.layers.size() == 1);
    CHECK(report.layers[0].sent_inserts + report.layers[0].sent_updates +
              report.layers[0].sent_deletes ==
          3);
}

TEST_CASE("after a lost answer the same batch goes up again, even in another life",
          "[client][sync]") {
    ReadyCrew crew;
    crew.service.on("/synchronizeReplica", std::string(kNoEdits))
        .on("/synchronizeReplica", lost_answer())
        .on("/synchronizeReplica", http::text_response("<html>502</html>", "text/html", 502))
        .on("/synchronizeReplica", http::text_response("", "text/plain"))
        .on("/synchronizeReplica", std::string(R"({"replicaServerGen":1)"));
    update_feature(*crew.file, "Hydrants", hydrant(kFirst), {{"kind", std::int64_t{4}}});
    CHECK_THROWS_WITH(crew.sync(), Catch::Contains("not JSON"));
    crew.restart();
    update_feature(*crew.file, "Hydrants", hydrant(kFirst), {{"kind", std::int64_t{5}}});
    crew.service.forget("/synchronizeReplica").on("/synchronizeReplica", std::string(kNoEdits));
    const sync::SyncReport report = crew.sync();
    CHECK(report.resumed);
    CHECK_THAT(crew.edits_sent(0), Catch::Contains("\"kind\":4"));
    for (std::size_t n = 1; n < 6; ++n) CHECK(crew.edits_sent(n) == crew.edits_sent(0));
    CHECK_THAT(crew.edits_sent(6), Catch::Contains("\"kind\":5"));
    CHECK(crew.pending() == 0);
}

TEST_CASE("a refused edit is parked with its data and the others are settled", "[client][sync]") {
    ReadyCrew crew;
    crew.pull_gives_nothing();
    crew.service.on(
        "/synchronizeReplica",
        changes(
            R"("updateResults":[{"objectId":"-1","globalId":")" + std::string(kFirst) +
            R"(","success":false,"error":{"code":"1011","description":"Object is missing."}}])"));
    update_feature(*crew.file, "Hydrants", hydrant(kFirst), {{"kind", std::int64_t{4}}});
    update_feature(*crew.file, "Hydrants", hydrant(kSecond), {{"kind", std::int64_t{5}}});
    const sync::SyncReport report = crew.sync();
    REQUIRE(report.rejected.size() == 1);
    CHECK(report.rejected[0].feature == hydrant(kFirst));
    CHECK(report.rejected[0].code == 1011);
    CHECK_THAT(report.rejected[0].values, Catch::Contains("\"kind\":4"));
    CHECK(sync::ReplicaStore(*crew.file).rejected().size() == 1);
    CHECK(crew.hydrants() == "H-1 4, H-2 5");
    CHECK(crew.pending() == 0);
}

TEST_CASE("a refused edit of a feature that was edited since goes up again with the later one",
          "[client][sync]") {
    ReadyCrew crew;
    update_feature(*crew.file, "Hydrants", hydrant(kFirst), {{"kind", std::int64_t{4}}});
    crew.pull_gives_nothing();
    crew.service.on("/synchronizeReplica",
                    changes(R"("updateResults":[{"globalId":")" + std::string(kFirst) +
                            R"(","success":false,"error":{"code":1016}}])"));
    const auto ladder = sync::synchronize_ladder(*crew.file, {}, nullptr);
    while (auto request = ladder->next_request()) {
        auto result = crew.service.send(*request, {});
        // The user goes on working while the answer is under way.
        if (request->body.find("edits=") != std::string::npos) {
            update_feature(*crew.file, "Hydrants", hydrant(kFirst), {{"code", "H-7"}});
        }
        ladder->take_result(std::move(result));
    }
    CHECK(ladder->report().rejected.size() == 1);
    std::vector<std::size_t> changed;
    NetEdits(crew.file->database(), crew.file->layer("Hydrants")).each({}, [&](NetEdit&& edit) {
        changed = edit.changed;
    });
    CHECK(changed == std::vector<std::size_t>{1, 2});
}

TEST_CASE("rows that were taken back because of another leave every edit pending",
          "[client][sync]") {
    ReadyCrew crew;
    crew.pull_gives_nothing();
    crew.service.on(
        "/synchronizeReplica",
        changes(R"("updateResults":[{"globalId":")" + std::string(kFirst) +
                R"(","success":false,"error":{"code":1003}},{"globalId":")" + kSecond +
                R"(","success":false,"error":{"code":1016,"description":"too long"}}])"));
    update_feature(*crew.file, "Hydrants", hydrant(kFirst), {{"kind", std::int64_t{4}}});
    update_feature(*crew.file, "Hydrants", hydrant(kSecond), {{"kind", std::int64_t{5}}});
    sync::SyncOptions options;
    options.rollback_on_failure = true;
    CHECK_THROWS_WITH(crew.sync(options),
                      Catch::Contains("Hydrants") && Catch::Contains("too long"));
    CHECK(crew.pending() == 2);
    const auto named = sync::ReplicaStore(*crew.file).rejected();
    REQUIRE(named.size() == 1);
    CHECK(named[0].state == sync::RejectedEdit::State::Pending);
}

TEST_CASE("an insert that was refused goes up as an insert when it is edited again",
          "[client][sync]") {
    ReadyCrew crew;
    const GlobalId made = add_feature(*crew.file, "Hydrants", {{"code", "bad"}});
    crew.pull_gives_nothing();
    crew.service.on("/synchronizeReplica",
                    changes(R"("addResults":[{"globalId":")" + made.value.plain() +
                            R"(","success":false,"error":{"code":1016}}])"));
    crew.service.on("/synchronizeReplica", std::string(kNoEdits));
    crew.sync();
    update_feature(*crew.file, "Hydrants", made, {{"code", "good"}});
    crew.sync();
    CHECK_THAT(crew.edits_sent(1), Catch::Contains(R"("adds":[{)") && Catch::Contains("good"));
    CHECK(sync::ReplicaStore(*crew.file).rejected().empty());
}

namespace {

/// Two inserts whose answer is lost, and which the service says to have when they come again.
struct RepeatedInserts : ReadyCrew {
    GlobalId first = add_feature(*file, "Hydrants", {{"code", "H-8"}});
    GlobalId second = add_feature(*file, "Hydrants", {{"code", "H-9"}});

    explicit RepeatedInserts(const std::string& error) {
        const auto refused = [&](const GlobalId& id) {
            return R"({"globalId":")" + id.value.plain() + R"(","success":false,"error":)" + error +
                   "}";
        };
        pull_gives_nothing();
        service.on("/synchronizeReplica", lost_answer());
        service.on("/synchronizeReplica",
                   changes(R"("addResults":[)" + refused(first) + "," + refused(second) + "]"));
    }
    std::string row(const GlobalId& id) const {
        return R"({"attributes":{"GLOBALID":")" + id.value.plain() + R"("}})";
    }
};

}  // namespace

TEST_CASE("an insert that is there already was taken when it was sent first", "[client][sync]") {
    const char* error =
        GENERATE(R"({"code":1022})", R"({"code":"1000","description":"It exists."})",
                 R"({"code":1017,"description":"Duplicate key"})");
    RepeatedInserts crew(error);
    // A row at a time, and GlobalIDs compared as text in a writing that is not the first asked.
    crew.service.on("/0/query", R"({"features":[]})")
        .on("/0/query", R"({"features":[)" + crew.row(crew.second) + "]}")
        .on("/0/query", R"({"features":[)" + crew.row(crew.first) + "]}");
    CHECK(crew.sync().rejected.empty());
    CHECK(crew.pending() == 0);
    CHECK(crew.service.asked("/0/query").size() == 3);
}

TEST_CASE("an insert that breaks a UNIQUE rule is refused, also when it was sent twice",
          "[client][sync]") {
    RepeatedInserts crew(R"({"code":1022,"description":"code must be unique"})");
    crew.service.on("/0/query", R"({"features":[)" + crew.row(crew.second) + "]}")
        .on("/0/query", R"({"features":[]})");
    const sync::SyncReport report = crew.sync();
    REQUIRE(report.rejected.size() == 1);
    CHECK(report.rejected[0].feature == crew.first);
    CHECK(report.rejected[0].reason == "code must be unique");
    CHECK(sync::ReplicaStore(*crew.file).rejected().size() == 1);
    crew.restart();  // mended, it goes up as an insert
    update_feature(*crew.file, "Hydrants", crew.first, {{"code", "H-10"}});
    crew.service.forget("/synchronizeReplica").on("/synchronizeReplica", std::string(kNoEdits));
    crew.sync();
    CHECK_THAT(crew.edits_sent(2), Catch::Contains(R"("adds":[{)") && Catch::Contains("H-10"));
}

TEST_CASE("a question for repeated inserts that is lost leaves the batch as it was",
          "[client][sync]") {
    RepeatedInserts crew(R"({"code":1022})");
    crew.service.on("/0/query", lost_answer());
    CHECK_THROWS_AS(crew.sync(), Error);
    crew.restart();
    crew.service.forget("/0/query")
        .on("/0/query",
            R"({"features":[)" + crew.row(crew.first) + "," + crew.row(crew.second) + "]}");
    CHECK(crew.sync().rejected.empty());
    CHECK(crew.pending() == 0);
    CHECK(crew.edits_sent(2) == crew.edits_sent(0));
}

TEST_CASE("a service that answers no query is believed that repeated inserts arrived",
          "[client][sync]") {
    RepeatedInserts crew(R"({"code":1022})");
    crew.service.on("/0/query", R"({"error":{"code":400,"message":"not supported"}})");
    const sync::SyncReport report = crew.sync();
    CHECK(report.rejected.empty());
    CHECK(crew.pending() == 0);
    REQUIRE(report.notes.size() == 2);
    CHECK_THAT(report.notes[1], Catch::Contains("2 of the inserts"));
}

TEST_CASE("edits that a service took whole before it lost its answer are not refused for ever",
          "[client][sync]") {
    const bool is_there = GENERATE(true, false);
    const bool row_by_row = GENERATE(true, false);
    ReadyCrew crew;  // the service takes all edits or none
    const GlobalId made = add_feature(*crew.file, "Hydrants", {{"code", "H-9"}});
    update_feature(*crew.file, "Hydrants", hydrant(kFirst), {{"kind", std::int64_t{4}}});
    crew.pull_gives_nothing();
    crew.service.on("/synchronizeReplica", lost_answer());
    const auto refused = [](const std::string& id, const char* code) {
        return R"({"globalId":")" + id + R"(","success":false,"error":{"code":)" + code + "}}";
    };
    crew.service.on("/synchronizeReplica",
                    row_by_row
                        ? changes(R"("addResults":[)" + refused(made.value.plain(), "1022") +
                                  R"(],"updateResults":[)" + refused(kFirst, "1003") + "]")
                        : std::string(R"({"error":{"code":400,"message":"Unable to complete.",)"
                                      R"("details":["It exists.","Operation rolled back."]}})"));
    crew.service.on("/synchronizeReplica", std::string(kNoEdits));
    crew.service.on("/0/query", is_there ? R"({"features":[{"attributes":{"globalid":")" +
                                               made.value.braced() + R"("}}]})"
                                         : std::string(R"({"features":[]})"));
    if (is_there) {
        const sync::SyncReport report = crew.sync();
        CHECK(report.rejected.empty());
        CHECK(report.layers.at(0).sent_inserts == 1);
        CHECK(crew.pending() == 0);
    } else {
        CHECK_THROWS_WITH(crew.sync(), Catch::Contains("took none of them"));
        CHECK(crew.pending() == 2);
    }
    CHECK_FALSE(sync::ReplicaStore(*crew.file).batch());
}

TEST_CASE("all or nothing: a refusal leaves every edit pending, with the service's words",
          "[client][sync]") {
    ReadyCrew crew;
    crew.pull_gives_nothing();
    crew.service.on("/synchronizeReplica",
                    R"({"error":{"code":400,"message":"Unable to complete operation.",)"
                    R"("details":["row 1 is bad","Operation rolled back."]}})");
    update_feature(*crew.file, "Hydrants", hydrant(kFirst), {{"kind", std::int64_t{4}}});
    sync::SyncOptions options;
    options.rollback_on_failure = true;
    CHECK_THROWS_WITH(crew.sync(options), Catch::Contains("row 1 is bad"));
    CHECK(crew.pending() == 1);
    CHECK_FALSE(sync::ReplicaStore(*crew.file).batch());
    CHECK_FALSE(sync::ReplicaStore(*crew.file).rung());
}

TEST_CASE("a wish for a sign-in stops the synchronization and keeps its state", "[client][sync]") {
    ReadyCrew crew;
    crew.pull_gives_nothing();
    crew.service.on("/synchronizeReplica", R"({"error":{"code":498,"message":"Invalid token."}})");
    update_feature(*crew.file, "Hydrants", hydrant(kFirst), {{"kind", std::int64_t{4}}});
    try {
        crew.sync();
        FAIL("it should have stopped");
    } catch (const Error& error) {
        CHECK(error.status() == Status::AuthRequired);
        CHECK(error.detail_code() == 498);
    }
    CHECK(sync::ReplicaStore(*crew.file).batch());
    crew.service.forget("/synchronizeReplica").on("/synchronizeReplica", std::string(kNoEdits));
    CHECK(crew.sync().resumed);
    CHECK(crew.pending() == 0);
}

TEST_CASE("a replica that the service forgot is said to be, and its edits stay", "[client][sync]") {
    ReadyCrew crew;
    crew.service.on("/synchronizeReplica",
                    R"({"error":{"code":400,"message":"Unable to synchronize.",)"
                    R"("details":"Replica does not exist: 90F0"}})");
    update_feature(*crew.file, "Hydrants", hydrant(kFirst), {{"kind", std::int64_t{4}}});
    CHECK_THROWS_WITH(crew.sync(), Catch::Contains("does not know this replica"));
    CHECK(crew.pending() == 1);
}

TEST_CASE("a layer that changed in the service is left out by name", "[client][sync]") {
    ReadyCrew crew;
    crew.pull_gives_nothing();
    crew.service.forget("/layers").on(
        "/layers", vendor_layers(R"([{"name":"globalid","type":"esriFieldTypeGlobalID"}])"));
    const auto notes = crew.sync().notes;
    REQUIRE_FALSE(notes.empty());
    CHECK_THAT(notes[0], Catch::Contains("layer 'Hydrants' is not synchronized") &&
                             Catch::Contains("field 'code' is gone"));
}

TEST_CASE("an upload gives its edits and keeps the position of the download", "[client][sync]") {
    ReadyCrew crew;
    crew.service.on("/synchronizeReplica", std::string(R"({"replicaServerGen":500})"));
    update_feature(*crew.file, "Hydrants", hydrant(kFirst), {{"kind", std::int64_t{4}}});
    sync::SyncOptions options;
    options.direction = SyncDirection::Upload;
    crew.sync(options);
    CHECK(crew.service.asked("/synchronizeReplica").size() == 1);
    CHECK(crew.replica().server_generation->value == "117");
    CHECK(crew.pending() == 0);
}

TEST_CASE("an edit that was taken back needs no upload", "[client][sync]") {
    ReadyCrew crew;
    crew.pull_gives_nothing();
    const GlobalId made = add_feature(*crew.file, "Hydrants", {{"code", "H-9"}});
    erase_feature(*crew.file, "Hydrants", made);
    crew.sync();
    CHECK(crew.edits_sent().empty());
    CHECK(crew.file->database().int64_of("SELECT count(*) FROM rhumb_edit_0") == 0);
}

TEST_CASE("a result whose link expired is asked for anew", "[client][sync]") {
    ReadyCrew crew;
    crew.service.on("/synchronizeReplica", R"({"URL":"/files/old.json"})")
        .on("/synchronizeReplica", R"({"URL":"/files/new.json"})");
    crew.service.on("/files/old.json", http::text_response("gone", "text/plain", 404));
    crew.service.serve_file("/files/new.json",
                            changes(R"("deleteIds":[")" + std::string(kSecond) + R"("])"), "");
    crew.sync();
    CHECK(crew.hydrants() == "H-1 1");
}

TEST_CASE("a busy service is asked later, when it wishes", "[client][sync]") {
    ReadyCrew crew;
    http::Response busy = http::text_response("busy", "text/plain", 503);
    busy.headers.set("Retry-After", "7");
    crew.service.on("/synchronizeReplica", busy).on("/synchronizeReplica", std::string(kNoEdits));
    crew.sync();
    CHECK(crew.waits == std::vector<std::int64_t>{7000});
}

TEST_CASE("a closed replica is unregistered, and not synchronized any more", "[client][sync]") {
    ReadyCrew crew;
    crew.pull_gives_nothing();
    crew.service.on("/unRegisterReplica", R"({"success":true})");
    SECTION("at the end of a synchronization") {
        sync::SyncOptions options;
        options.close_replica = true;
        crew.sync(options);
    }
    SECTION("by itself") {
        crew.climb(*sync::unregister_ladder(*crew.file));
    }
    CHECK(crew.replica().state == sync::Replica::State::Closed);
    CHECK_THROWS_WITH(crew.sync(), Catch::Contains("unregistered"));
}

TEST_CASE("requests stop after some failures in a row", "[client][sync]") {
    ReadyCrew crew;
    crew.service.forget("/FeatureServer").on("/FeatureServer", lost_answer());
    try {
        crew.sync();
        FAIL("it should have stopped");
    } catch (const Error& error) {
        CHECK(error.status() == Status::Offline);
        CHECK_THAT(error.message(), Catch::Contains("the link went away"));
    }
    REQUIRE(crew.waits.size() == 4);
    CHECK(crew.waits[3] > crew.waits[0]);
}

TEST_CASE("a conflict tells who edited there, where the layer tracks its editors",
          "[client][sync][merge]") {
    VendorCrew crew;
    std::string layers = vendor_layers(
        R"([{"name":"objectid","type":"esriFieldTypeOID"},
            {"name":"globalid","type":"esriFieldTypeGlobalID","length":38},
            {"name":"code","type":"esriFieldTypeString","length":20},
            {"name":"kind","type":"esriFieldTypeInteger"},
            {"name":"changed_by","type":"esriFieldTypeString","length":40}])");
    const std::string type = R"("type":"Feature Layer",)";
    layers.insert(layers.find(type), R"("editFieldsInfo":{"editorField":"changed_by"},)");
    crew.service.forget("/layers").on("/layers", layers);
    crew.join();
    update_feature(*crew.file, "Hydrants", hydrant(kFirst), {{"code", "mine"}});
    crew.service.on("/synchronizeReplica",
                    changes(R"("updates":[{"attributes":{"globalid":")" + std::string(kFirst) +
                            R"(","code":"theirs","changed_by":"eva"}}])"));
    sync::SyncOptions download;
    download.direction = SyncDirection::Download;
    const auto report = crew.sync(download);
    REQUIRE(report.conflicts.size() == 1);
    CHECK(report.conflicts[0].theirs_by == "eva");
    CHECK(report.conflicts[0].mine_by == crew.replica().name);
}
