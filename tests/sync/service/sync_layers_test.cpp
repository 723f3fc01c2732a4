// SPDX-License-Identifier: Apache-2.0
//
// perLayer replicas whose layers go different ways in one call, and replicas closed by a call.
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

struct Crew {
    Office office;
    std::string id;
    std::int64_t generation = 0;

    explicit Crew(const std::string& model = "perLayer") {
        office.add("trees", {{"species", "oak"}}, point(1, 1));
        office.add("visits", {{"note", "first"}});
        const Json answer =
            office.post("/createReplica", {{"layers", "0,1"},
                                           {"syncModel", model},
                                           {"transportType", "esriTransportTypeEmbedded"}});
        id = at(answer, "replicaID").as_string("id");
        generation = model == "perLayer"
                         ? at(answer, "layerServerGens", 0, "serverGen").as_int64("gen")
                         : at(answer, "replicaServerGen").as_int64("gen");
        office.add("trees", {{"species", "ash"}}, point(2, 2));
        office.add("visits", {{"note", "second"}});
    }
    /// `directions` of layers 0 and 1; "" leaves a layer out.
    Json sync(const std::vector<std::string>& directions, http::NameValues more = {}) {
        std::string layers;
        for (std::size_t i = 0; i < directions.size(); ++i) {
            if (directions[i].empty()) continue;
            layers += (layers.empty() ? "" : ",") + std::string("{\"id\":") + std::to_string(i) +
                      ",\"serverGen\":" + std::to_string(generation) + ",\"syncDirection\":\"" +
                      directions[i] + "\"}";
        }
        more.emplace_back("replicaID", id);
        more.emplace_back("syncLayers", "[" + layers + "]");
        more.emplace_back("transportType", "esriTransportTypeEmbedded");
        return office.post("/synchronizeReplica", std::move(more));
    }
    std::int64_t count(const std::string& layer) {
        return at(office.get("/" + layer + "/query",
                             {{"where", "1=1"}, {"returnCountOnly", "true"}}),
                  "count")
            .as_int64("count");
    }
    bool known() { return office.get("/replicas/" + id).find("error") == nullptr; }
};

constexpr const char* kBoth =
    R"([{"id":0,"features":{"adds":[{"attributes":{"global_id":"{11111111-1111-4111-8111-111111111111}"}}]}},
        {"id":1,"features":{"adds":[{"attributes":{"global_id":"{22222222-1111-4111-8111-111111111111}"}}]}}])";

const Json* entry(const Json& answer, const char* list, std::int64_t id) {
    const Json* entries = answer.find(list);
    if (entries == nullptr || entries->array() == nullptr) return nullptr;
    for (const Json& json : *entries->array()) {
        if (wire::to_int64(json.find("id")) == id) return &json;
    }
    return nullptr;
}

std::int64_t server_gen(const Json& answer, std::int64_t id) {
    return at(*entry(answer, "layerServerGens", id), "serverGen").as_int64("gen");
}

}  // namespace

TEST_CASE("one layer comes whole while the other goes up", "[service][sync]") {
    Crew crew;
    const Json answer = crew.sync({"snapshot", "upload"}, {{"edits", kBoth}});
    INFO(wire::to_text(answer));
    CHECK(at(answer, "responseType") == Json("esriReplicaResponseTypeReplacementData"));
    REQUIRE(entry(answer, "layers", 0) != nullptr);
    CHECK(at(*entry(answer, "layers", 0), "features").as_array("f").size() == 2);
    CHECK(entry(answer, "layers", 1) == nullptr);
    // Edits of the snapshot's layer are ignored; the upload does not move its layer's position.
    CHECK(crew.count("0") == 2);
    CHECK(crew.count("1") == 3);
    CHECK(server_gen(answer, 0) > crew.generation);
    CHECK(server_gen(answer, 1) == crew.generation);
}

TEST_CASE("one layer comes whole while the other gives its changes", "[service][sync]") {
    Crew crew;
    const Json answer = crew.sync({"download", "snapshot"}, {{"edits", kBoth}});
    INFO(wire::to_text(answer));
    CHECK(at(answer, "responseType") == Json("esriReplicaResponseTypeEditsAndData"));
    CHECK(at(*entry(answer, "edits", 0), "features", "adds").as_array("adds").size() == 1);
    CHECK(at(*entry(answer, "layers", 1), "features").as_array("f").size() == 2);
    CHECK(crew.count("0") == 2);
    CHECK(crew.count("1") == 2);
}

TEST_CASE("a layer that is not listed is not touched, and its edits are refused by name or ignored",
          "[service][sync]") {
    Crew crew;
    const Json answer = crew.sync({"", "bidirectional"});
    INFO(wire::to_text(answer));
    CHECK(entry(answer, "layerServerGens", 0) == nullptr);
    CHECK(entry(answer, "edits", 0) == nullptr);
    CHECK(at(*entry(answer, "edits", 1), "features", "adds").as_array("adds").size() == 1);
    const Json info = crew.office.get("/replicas/" + crew.id);
    CHECK_THAT(at(info, "layerServerGens").as_string("g"),
               Catch::Contains("\"id\":0,\"serverGen\":" + std::to_string(crew.generation)));
}

TEST_CASE("a call may close its replica, also with refused edits, but not when it fails",
          "[service][sync]") {
    for (const char* model : {"perLayer", "perReplica"}) {
        INFO(model);
        Crew crew(model);
        crew.sync({"download", "download"}, {{"closeReplica", "true"}, {"edits", "["}});
        CHECK(crew.known());
        const std::string missing =
            R"([{"id":0,"features":{"updates":[{"attributes":{"global_id":"{77777777-1111-4111-8111-111111111111}"}}]}}])";
        crew.sync({"bidirectional", "download"},
                  {{"closeReplica", "true"}, {"rollbackOnFailure", "true"}, {"edits", missing}});
        CHECK(crew.known());
        const Json last = crew.sync({"bidirectional", "download"},
                                    {{"closeReplica", "true"}, {"edits", missing}});
        CHECK(at(*entry(last, "edits", 0), "features", "updateResults", 0, "success") ==
              Json(false));
        CHECK_FALSE(crew.known());
    }
}
