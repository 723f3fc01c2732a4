// SPDX-License-Identifier: Apache-2.0
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

/// A replica as a bare client of the protocol sees it.
struct Crew {
    Office office;
    std::string id;
    std::string generation;

    void join(http::NameValues parameters = {}) {
        parameters.emplace_back("layers", "0,1");
        parameters.emplace_back("transportType", "esriTransportTypeEmbedded");
        const Json answer = office.post("/createReplica", parameters);
        id = at(answer, "replicaID").as_string("id");
        generation = std::to_string(at(answer, "replicaServerGen").as_int64("gen"));
    }
    Json sync(http::NameValues parameters) {
        parameters.emplace_back("replicaID", id);
        parameters.emplace_back("replicaServerGen", generation);
        parameters.emplace_back("transportType", "esriTransportTypeEmbedded");
        return office.post("/synchronizeReplica", parameters);
    }
    std::int64_t count(const std::string& where) {
        return at(office.get("/0/query", {{"where", where}, {"returnCountOnly", "true"}}), "count")
            .as_int64("count");
    }
};

const char* kOak = "{11111111-1111-4111-8111-111111111111}";

std::string add_oak(const char* species = "oak") {
    return std::string(
               "[{\"id\":0,\"features\":{\"adds\":[{\"geometry\":{\"x\":1,\"y\":2},"
               "\"attributes\":{\"global_id\":\"") +
           kOak + "\",\"species\":\"" + species + "\"}}]}}]";
}

const Json& features(const Json& answer) {
    return at(answer, "edits", 0, "features");
}

}  // namespace

TEST_CASE("nothing to give back is NoEdits, without a link", "[service][sync]") {
    Crew crew;
    crew.join();
    const Json answer = crew.sync({{"transportType", "esriTransportTypeUrl"}});
    CHECK(at(answer, "responseType") == Json("esriReplicaResponseTypeNoEdits"));
    CHECK(answer.find("resultUrl") == nullptr);
}

TEST_CASE("changes made elsewhere come as adds, updates and deletes", "[service][sync]") {
    Crew crew;
    const GlobalId kept = crew.office.add("trees", {{"species", "oak"}}, point(1, 1));
    const GlobalId gone = crew.office.add("trees", {{"species", "elm"}}, point(2, 2));
    crew.join();
    crew.office.add("trees", {{"species", "ash"}}, point(3, 3));
    crew.office.update("trees", kept, {{"species", "yew"}});
    crew.office.erase("trees", gone);
    const Json answer = crew.sync({{"syncDirection", "download"}});
    CHECK(at(features(answer), "adds", 0, "attributes", "species") == Json("ash"));
    CHECK(at(features(answer), "updates", 0, "attributes", "species") == Json("yew"));
    CHECK(at(features(answer), "deleteIds", 0) == Json(gone.value.braced()));
    // The same request again gives the same changes.
    CHECK(crew.sync({{"syncDirection", "download"}}) == answer);
}

TEST_CASE("uploaded edits are applied and not echoed", "[service][sync]") {
    Crew crew;
    crew.join();
    const Json answer = crew.sync({{"edits", add_oak()}, {"returnIdsForAdds", "true"}});
    INFO(wire::to_text(answer));
    CHECK(at(features(answer), "addResults", 0, "success") == Json(true));
    CHECK(at(features(answer), "adds").array()->empty());
    CHECK(crew.count("species = 'oak'") == 1);
}

TEST_CASE("a batch that comes again has its effect once and the same answer", "[service][sync]") {
    Crew crew;
    crew.join();
    const http::NameValues batch{{"edits", add_oak()},
                                 {"returnIdsForAdds", "true"},
                                 {"rhumbBatchId", "{22222222-2222-4222-8222-222222222222}"}};
    const Json first = crew.sync(batch);
    crew.office.restart();
    CHECK(crew.sync(batch) == first);
    CHECK(crew.count("1=1") == 1);
}

TEST_CASE("an add that comes again without a batch id is recognized by its GlobalID",
          "[service][sync]") {
    Crew crew;
    crew.join();
    crew.sync({{"edits", add_oak()}});
    const Json again = crew.sync({{"edits", add_oak("yew")}, {"returnIdsForAdds", "true"}});
    CHECK(at(features(again), "addResults", 0, "success") == Json(true));
    CHECK(crew.count("1=1") == 1);
    CHECK(crew.count("species = 'yew'") == 1);
}

TEST_CASE("a GlobalID that somebody else has made is refused with 1022", "[service][sync]") {
    Crew crew;
    crew.office.add("trees", {{"global_id", kOak}, {"species", "elm"}});
    crew.join();
    const Json answer = crew.sync({{"edits", add_oak()}});
    CHECK(at(features(answer), "addResults", 0, "error", "code") == Json(1022));
    CHECK(crew.count("species = 'elm'") == 1);
}

TEST_CASE("without rollback the good edits stay and the bad ones are named", "[service][sync]") {
    Crew crew;
    crew.join();
    const std::string edits =
        "[{\"id\":0,\"features\":{\"adds\":["
        "{\"attributes\":{\"species\":\"no id\"}},"
        "{\"attributes\":{\"global_id\":null,\"species\":\"empty id\"}},"
        "{\"attributes\":{\"global_id\":\"" +
        std::string(kOak) +
        "\",\"site_order\":\"many\"}},"
        "{\"attributes\":{\"global_id\":\"{33333333-3333-4333-8333-333333333333}\"}}],"
        "\"updates\":[{\"attributes\":{\"global_id\":\"{44444444-4444-4444-8444-444444444444}\"}}],"
        "\"deleteIds\":[\"{55555555-5555-4555-8555-555555555555}\"]}}]";
    const Json answer = crew.sync({{"edits", edits}, {"rollbackOnFailure", "false"}});
    INFO(wire::to_text(answer));
    const Json& adds = at(features(answer), "addResults");
    REQUIRE(adds.array()->size() == 3);
    CHECK(at(adds, 0, "error", "code") == Json(1020));
    CHECK(at(adds, 1, "error", "code") == Json(1021));
    CHECK(at(adds, 2, "error", "code") == Json(1016));
    CHECK(at(adds, 2, "globalId") == Json(kOak));
    CHECK(at(features(answer), "updateResults", 0, "error", "code") == Json(1011));
    CHECK(at(features(answer), "deleteResults").array()->empty());
    CHECK(crew.count("1=1") == 1);
}

TEST_CASE("with rollback a failing edit leaves the content and the timeline as they were",
          "[service][sync]") {
    Crew crew;
    const GlobalId elm = crew.office.add("trees", {{"species", "elm"}}, point(1, 1));
    crew.join();
    const auto content = [&] {
        Geodatabase file = crew.office.open_file();
        return file.database()
                   .text_of(
                       "SELECT group_concat(fid || global_id || species || hex(geom)) FROM trees")
                   .value_or("") +
               std::to_string(file.timeline().head().value);
    };
    const std::string before = content();
    const std::string edits =
        "[{\"id\":0,\"features\":{\"adds\":[{\"attributes\":{\"global_id\":\"" + std::string(kOak) +
        "\",\"species\":\"oak\"}}],\"updates\":[{\"attributes\":{\"global_id\":\"" +
        elm.value.braced() +
        "\",\"species\":\"yew\"}},{\"attributes\":{\"global_id\":"
        "\"{44444444-4444-4444-8444-444444444444}\",\"species\":\"lost\"}}]}}]";
    const Json answer = crew.sync({{"edits", edits}, {"rollbackOnFailure", "true"}});
    INFO(wire::to_text(answer));
    CHECK(at(answer, "error", "extendedCode") == Json(-2147207418));
    CHECK_THAT(
        at(answer, "error", "details", 0).as_string("d"),
        Catch::Contains("{44444444-4444-4444-8444-444444444444}") && Catch::Contains("1011"));
    CHECK(content() == before);
}

TEST_CASE("a row that leaves a replica's filter is a delete there, one that enters an add",
          "[service][sync]") {
    Crew crew;
    const GlobalId leaves = crew.office.add("trees", {{"species", "oak"}}, point(1, 1));
    const GlobalId enters = crew.office.add("trees", {{"species", "elm"}}, point(9, 9));
    const GlobalId outside = crew.office.add("trees", {{"species", "ash"}}, point(9, 9));
    crew.join(
        {{"geometry", "0,0,2,2"}, {"layerQueries", "{\"0\":{\"where\":\"species <> 'gone'\"}}"}});
    crew.office.update("trees", enters, {{"geom", point(1.5, 1.5)}});
    crew.office.update("trees", leaves, {{"species", "gone"}});
    crew.office.update("trees", outside, {{"species", "yew"}});
    const Json answer = crew.sync({{"syncDirection", "download"}});
    CHECK(at(features(answer), "adds", 0, "attributes", "global_id") ==
          Json(enters.value.braced()));
    CHECK(at(features(answer), "deleteIds", 0) == Json(leaves.value.braced()));
    CHECK(at(features(answer), "updates").array()->empty());
}

TEST_CASE("a generation the service never had is refused", "[service][sync]") {
    Crew crew;
    crew.join();
    crew.generation = "99999";
    const Json answer = crew.sync({{"syncDirection", "download"}});
    CHECK_THAT(at(answer, "error", "details", 0).as_string("d"),
               Catch::Contains("Generation 99999 is unknown."));
}

TEST_CASE("an upload alone does not move the download position", "[service][sync]") {
    Crew crew;
    crew.join();
    crew.office.add("trees", {{"species", "elm"}});
    const Json answer = crew.sync({{"edits", add_oak()}, {"syncDirection", "upload"}});
    CHECK(std::to_string(at(answer, "replicaServerGen").as_int64("gen")) == crew.generation);
}

TEST_CASE("a snapshot gives whole layers", "[service][sync]") {
    Crew crew;
    crew.office.add("trees", {{"species", "elm"}});
    crew.join();
    const Json answer = crew.sync({{"syncDirection", "snapshot"}});
    CHECK(at(answer, "responseType") == Json("esriReplicaResponseTypeReplacementData"));
    CHECK(at(answer, "layers", 0, "features").array()->size() == 1);
}

TEST_CASE("values that an add left to the columns' defaults come back to its maker as an update",
          "[service][sync]") {
    Crew crew;
    crew.office.restart([&] {
        crew.office.open_file().database().execute(
            "ALTER TABLE trees ADD COLUMN state TEXT DEFAULT 'new'");
    });
    crew.join();
    const bool at_once = GENERATE(true, false);
    const char* direction = at_once ? "bidirectional" : "upload";
    Json answer = crew.sync({{"syncDirection", direction}, {"edits", add_oak()}});
    if (!at_once) answer = crew.sync({{"syncDirection", "download"}});
    INFO(wire::to_text(answer));
    CHECK(at(features(answer), "adds").array()->empty());
    CHECK(at(features(answer), "updates", 0, "attributes", "state") == Json("new"));
    // A client of ours fills them in itself.
    answer = crew.sync({{"syncDirection", "download"}, {"rhumbFormat", "1"}});
    CHECK(at(answer, "responseType") == Json("esriReplicaResponseTypeNoEdits"));
}

TEST_CASE("what the crew itself puts outside its filter stays with it, tracked or not",
          "[service][sync]") {
    Crew crew;
    const bool tracked = GENERATE(false, true);
    crew.office.restart([&] {
        if (!tracked) return;
        for (const char* column :
             {"CreationDate DATETIME", "Creator TEXT", "EditDate DATETIME", "Editor TEXT"}) {
            crew.office.open_file().database().execute("ALTER TABLE trees ADD COLUMN " +
                                                       std::string(column));
        }
    });
    const GlobalId elm = crew.office.add("trees", {{"species", "elm"}}, point(1, 1));
    crew.join({{"geometry", "0,0,5,5"}});
    const Json answer = crew.sync(
        {{"edits", R"([{"id":0,"features":{"adds":[{"geometry":{"x":9,"y":9},"attributes":)"
                   R"({"global_id":")" +
                       std::string(kOak) +
                       R"("}}],"updates":[{"geometry":{"x":9,"y":9},"attributes":{"global_id":")" +
                       elm.value.braced() + R"("}}]}}])"}});
    INFO(wire::to_text(answer));
    CHECK(at(answer, "responseType") == Json("esriReplicaResponseTypeNoEdits"));
}
