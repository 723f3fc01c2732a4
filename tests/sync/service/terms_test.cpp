// SPDX-License-Identifier: Apache-2.0
//
// Directions, targets, registration and refusals of the replica operations.
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

struct Crew {
    Office office;
    GlobalId oak = office.add("trees", {{"species", "oak"}}, point(1, 1));
    std::string id, generation;

    Json join(http::NameValues parameters) {
        parameters.emplace_back("layers", "0,1");
        parameters.emplace_back("transportType", "esriTransportTypeEmbedded");
        Json answer = office.post("/createReplica", parameters);
        if (const Json* made = answer.find("replicaID")) id = made->as_string("id");
        if (const Json* made = answer.find("replicaServerGen")) {
            generation = std::to_string(made->as_int64("gen"));
        }
        return answer;
    }
    Json sync(http::NameValues parameters) {
        parameters.emplace_back("replicaID", id);
        if (!generation.empty()) parameters.emplace_back("replicaServerGen", generation);
        parameters.emplace_back("transportType", "esriTransportTypeEmbedded");
        return office.post("/synchronizeReplica", parameters);
    }
    std::int64_t trees() {
        return at(office.get("/0/query", {{"where", "1=1"}, {"returnCountOnly", "true"}}), "count")
            .as_int64("count");
    }
};

std::string add_tree(const char* last_digit) {
    return std::string(R"([{"id":0,"features":{"adds":[{"attributes":{"global_id":)") +
           R"("{11111111-1111-4111-8111-11111111111)" + last_digit + R"(}","species":"ash"}}]}}])";
}

std::string detail(const Json& answer) {
    INFO(wire::to_text(answer));
    const Json* error = answer.find("error");
    return error == nullptr ? "" : at(*error, "details", 0).as_string("detail");
}

}  // namespace

TEST_CASE("a parameter that makes no sense is named", "[service][terms]") {
    struct Case {
        http::NameValues parameters;
        const char* fragment;
    };
    const Case cases[] = {
        {{{"targetType", "friend"}}, "targetType"},
        {{{"syncDirection", "sideways"}}, "syncDirection"},
        {{{"syncDirection", "download"}}, "syncDirection"},
        {{{"targetType", "server"}, {"syncDirection", "snapshot"}}, "syncDirection"},
        {{{"transportType", "pigeon"}}, "transportType"},
        {{{"replicaSR", "3"}}, "3"},
        {{{"replicaSR", "far away"}}, "replicaSR"},
        {{{"geometryType", "esriGeometryCircle"}, {"geometry", "1,2,3,4"}}, "geometryType"},
        {{{"geometryType", "esriGeometryPolygon"}, {"geometry", "1,2,3,4"}}, "geometryType"},
        {{{"geometry", "1,2,3"}}, "geometry"},
        {{{"geometry", "{\"rings\":7}"}}, "geometry"},
        {{{"geometry", "{\"rings\":[]}"}}, "geometry"},
        {{{"layerQueries", "{\"0\":{\"queryOption\":\"some\"}}"}}, "queryOption"},
        {{{"layerQueries", "[]"}}, "layerQueries"},
        {{{"layerQueries", "{\"0\":7}"}}, "layerQueries"},
        {{{"replicaOptions", "{"}}, "replicaOptions"},
        {{{"replicaOptions", "{\"syncDataOptions\":3}"}}, "syncDataOptions"},
        {{{"replicaOptions", "{\"refReplicaId\":\"nobody\"}"}}, "Replica does not exist: nobody"},
        {{{"syncModel", "none"}, {"dataFormat", "shapefile"}}, "dataFormat"},
    };
    Crew crew;
    for (const Case& one : cases) {
        INFO(one.parameters[0].first + "=" + one.parameters[0].second);
        CHECK_THAT(detail(crew.join(one.parameters)), Catch::Contains(one.fragment));
    }
    CHECK(crew.office.get("/replicas").array()->empty());
}

TEST_CASE("no shape at all is no filter", "[service][terms]") {
    Crew crew;
    for (const char* blank : {"", " ", "null", "{}"}) {
        INFO(blank);
        const Json answer = crew.join({{"geometry", blank}});
        INFO(wire::to_text(answer));
        CHECK((answer.find("layers") != nullptr) == (std::string(blank) != "{}"));
    }
}

TEST_CASE("spellings of parameters and values are those in use", "[service][terms]") {
    Crew crew;
    const http::NameValues cases[] = {
        {{"SYNCMODEL", "PERREPLICA"}},
        {{"targetType", "Client"}, {"syncdirection", "BiDirectional"}},
        {{"geometryType", "ESRIGEOMETRYENVELOPE"}, {"geometry", " 0 , 0 , 2 , 2 "}},
        {{"geometry", "{xmin:0,ymin:0,xmax:2,ymax:2}"}},
        {{"geometryType", "esriGeometryPoint"}, {"geometry", "1,1"}},
        {{"geometry", "{\"paths\":[[[0,0],[2,2]]]}"}, {"geometryType", "esriGeometryPolyline"}},
        {{"geometry", "{\"points\":[[1,1],[7,7]]}"}, {"geometryType", "esriGeometryMultipoint"}},
        {{"layerQueries", "{\"0\":{\"QUERYOPTION\":\"USEFILTER\",\"usegeometry\":\"FALSE\"}}"}},
    };
    for (const auto& parameters : cases) {
        INFO(parameters[0].first + "=" + parameters[0].second);
        const Json answer = crew.join(parameters);
        INFO(wire::to_text(answer));
        REQUIRE(answer.find("layers") != nullptr);
        CHECK(at(answer, "layers", 0, "features").array()->size() == 1);
    }
    CHECK(crew.join({{"transportType", "esriTransportTypeURL"}}).find("error") == nullptr);
}

TEST_CASE("a polygon with a hole and a second part takes what lies in it", "[service][terms]") {
    Crew crew;
    crew.office.add("trees", {{"species", "in the hole"}}, point(5, 5));
    crew.office.add("trees", {{"species", "far"}}, point(25, 25));
    const Json answer = crew.join({{"geometryType", "esriGeometryPolygon"},
                                   {"geometry",
                                    "{\"rings\":[[[0,0],[0,10],[10,10],[10,0],[0,0]],"
                                    "[[4,4],[6,4],[6,6],[4,6],[4,4]],"
                                    "[[24,24],[24,26],[26,26],[26,24],[24,24]]]}"}});
    CHECK(at(answer, "layers", 0, "features").array()->size() == 2);
}

TEST_CASE("an area comes in any reference", "[service][terms]") {
    Crew crew;
    crew.office.add("trees", {{"species", "far"}}, point(5, 5));
    const Json answer = crew.join({{"geometry", "0,0,222638.98,222684.2"}, {"inSR", "102100"}});
    CHECK(at(answer, "layers", 0, "features").array()->size() == 1);
}

TEST_CASE("geometries travel in the replica's reference, both ways", "[service][terms]") {
    Crew crew;
    const Json made = crew.join({{"replicaSR", "3857"}});
    const double x = at(made, "layers", 0, "features", 0, "geometry", "x").as_double("x");
    CHECK(x == Approx(111319.49));
    const Json uploaded = crew.sync(
        {{"edits", R"([{"id":0,"features":{"adds":[{"geometry":{"x":222638.98158654716,"y":0},)"
                   R"("attributes":{"global_id":"{11111111-1111-4111-8111-111111111111}"}}]}}])"}});
    CHECK(uploaded.find("error") == nullptr);
    const Json there = crew.office.get("/0/query", {{"where", "species is null"}});
    CHECK(at(there, "features", 0, "geometry", "x").as_double("x") == Approx(2.0));
    const Json info = crew.office.get("/replicas/" + crew.id);
    CHECK(at(info, "spatialReference", "latestWkid") == Json(3857));
}

TEST_CASE("a service's replica goes the way that was agreed", "[service][terms]") {
    Crew crew;
    SECTION("download unless something else is said") {
        const Json made = crew.join({{"targetType", "server"}});
        CHECK(at(made, "targetType") == Json("server"));
        CHECK_THAT(detail(crew.sync({{"edits", add_tree("1")}})), Catch::Contains("download-only"));
        CHECK_THAT(detail(crew.sync({{"syncDirection", "upload"}})),
                   Catch::Contains("download-only"));
        CHECK(crew.sync({{"syncDirection", "download"}}).find("error") == nullptr);
        CHECK(crew.sync({{"syncDirection", "bidirectional"}}).find("error") == nullptr);
        CHECK(at(crew.office.get("/replicas/" + crew.id), "syncDirection") == Json("download"));
    }
    SECTION("upload") {
        crew.join({{"targetType", "server"}, {"syncDirection", "upload"}});
        CHECK_THAT(detail(crew.sync({{"syncDirection", "download"}})),
                   Catch::Contains("upload-only"));
        CHECK_THAT(detail(crew.sync({{"syncDirection", "snapshot"}})),
                   Catch::Contains("upload-only"));
        CHECK(crew.sync({{"edits", add_tree("1")}}).find("error") == nullptr);
    }
    SECTION("both ways") {
        crew.join({{"targetType", "server"}, {"syncDirection", "bidirectional"}});
        CHECK(crew.sync({{"edits", add_tree("1")}}).find("error") == nullptr);
    }
}

TEST_CASE("edits of a sibling generation come in once", "[service][terms]") {
    Crew crew;
    crew.join({{"targetType", "server"}, {"syncDirection", "upload"}});
    const auto upload = [&](const char* sibling, const char* tree) {
        return crew.sync({{"edits", add_tree(tree)}, {"replicaServerSibGen", sibling}});
    };
    CHECK(at(upload("17", "1"), "replicaServerSibGen") == Json(17));
    CHECK(crew.trees() == 2);
    crew.office.restart();
    CHECK(at(crew.office.get("/replicas/" + crew.id), "replicaServerSibGen") == Json(17));
    CHECK(upload("17", "2").find("error") == nullptr);
    CHECK(crew.trees() == 2);
    CHECK(at(upload("18", "2"), "replicaServerSibGen") == Json(18));
    CHECK(crew.trees() == 3);
}

TEST_CASE("under perLayer every layer has its own sibling", "[service][terms]") {
    Crew crew;
    crew.join({{"targetType", "server"}, {"syncDirection", "upload"}, {"syncModel", "perLayer"}});
    const auto upload = [&](const char* layers, const char* tree) {
        return crew.sync({{"edits", add_tree(tree)}, {"syncLayers", layers}});
    };
    const Json first = upload(R"([{"id":0,"serverSibGen":5},{"id":1,"serverSibGen":7}])", "1");
    INFO(wire::to_text(first));
    CHECK(at(first, "layerServerGens", 0, "serverSibGen") == Json(5));
    upload(R"([{"id":0,"serverSibGen":"5"}])", "2");
    CHECK(crew.trees() == 2);
    upload(R"([{"id":0,"serverSibGen":6}])", "2");
    CHECK(crew.trees() == 3);
    CHECK_THAT(at(crew.office.get("/replicas/" + crew.id), "layerServerGens").as_string("gens"),
               Catch::Contains("\"serverSibGen\":6") && Catch::Contains("\"serverSibGen\":7"));
}

TEST_CASE("a refused upload leaves the sibling as it was", "[service][terms]") {
    Crew crew;
    crew.join({{"targetType", "server"}, {"syncDirection", "upload"}});
    const std::string wrong =
        R"([{"id":0,"features":{"adds":[{"attributes":{"species":"no id"}}]}}])";
    const Json answer =
        crew.sync({{"edits", wrong}, {"replicaServerSibGen", "9"}, {"rollbackOnFailure", "true"}});
    CHECK(answer.find("error") != nullptr);
    CHECK(at(crew.office.get("/replicas/" + crew.id), "replicaServerSibGen") == Json(0));
}

TEST_CASE("a layer of a perLayer replica goes its own way", "[service][terms]") {
    Crew crew;
    crew.join({{"syncModel", "perLayer"}});
    crew.office.add("visits", {{"note", std::string("new")}});
    const std::string edits =
        add_tree("1").substr(0, add_tree("1").size() - 1) +
        R"(,{"id":1,"features":{"adds":[{"attributes":)"
        R"({"global_id":"{22222222-2222-4222-8222-222222222222}","note":"mine"}}]}}])";
    const Json answer =
        crew.sync({{"edits", edits},
                   {"syncLayers", R"([{"id":0,"serverGen":1,"syncDirection":"upload"},)"
                                  R"({"id":1,"serverGen":1,"syncDirection":"snapshot"}])"}});
    INFO(wire::to_text(answer));
    CHECK(crew.trees() == 2);
    CHECK(at(answer, "layers", 0, "id") == Json(1));
    CHECK(at(answer, "layers", 0, "features").array()->size() == 1);
    CHECK(at(answer, "layerServerGens", 0, "serverGen") == Json(1));
}

TEST_CASE("a copy of a prepared replica is registered as its own, without data",
          "[service][terms]") {
    Crew crew;
    crew.join({{"replicaName", "prepared"}, {"geometry", "0,0,2,2"}});
    const std::string prepared = crew.id;
    const std::string begin = crew.generation;
    crew.office.add("trees", {{"species", "elm"}}, point(1.5, 1.5));
    // The reference goes on; its copy does not.
    crew.generation = std::to_string(
        at(crew.sync({{"syncDirection", "download"}}), "replicaServerGen").as_int64("gen"));
    crew.sync({{"syncDirection", "download"}});
    const std::string options = "{\"refReplicaId\":\"" + prepared + "\"}";
    const Json made = crew.join({{"replicaOptions", options}});
    INFO(wire::to_text(made));
    CHECK(at(made, "responseType") == Json("esriReplicaResponseTypeInfo"));
    CHECK(made.find("layers") == nullptr);
    CHECK(crew.id != prepared);
    CHECK(crew.generation == begin);
    const Json first = crew.sync({{"syncDirection", "download"}});
    CHECK(at(first, "edits", 0, "features", "adds", 0, "attributes", "species") == Json("elm"));
    crew.office.add("trees", {{"species", "outside"}}, point(9, 9));
    CHECK(at(crew.office.get("/replicas/" + crew.id), "geometry", "xmax") == Json(2));
    const Json told = crew.join(
        {{"replicaOptions", "{\"refReplicaId\":\"" + prepared + "\",\"replicaServerGen\":2}"}});
    CHECK(at(told, "replicaServerGen") == Json(2));
    CHECK_THAT(detail(crew.join({{"replicaOptions", "{\"refReplicaId\":\"" + prepared +
                                                        "\",\"replicaServerGen\":99}"}})),
               Catch::Contains("Generation 99 is unknown."));
}

TEST_CASE("replicas of a version that the data does not have are none", "[service][terms]") {
    Crew crew;
    crew.join({});
    CHECK(crew.office.get("/replicas", {{"replicaVersion", "sde.DEFAULT"}}).array()->empty());
    CHECK(crew.office.get("/replicas", {{"replicaVersion", " "}}).array()->size() == 1);
}

TEST_CASE("all replicas are unregistered by a star", "[service][terms]") {
    Crew crew;
    crew.join({});
    crew.join({});
    const Json all = crew.office.get("/replicas", {{"returnVersion", "true"}});
    CHECK(all.array()->size() == 2);
    CHECK(at(all, 0, "replicaVersion") == Json(""));
    CHECK(at(crew.office.post("/unRegisterReplica", {{"replicaID", "*"}}), "success") ==
          Json(true));
    CHECK(crew.office.get("/replicas").array()->empty());
}

TEST_CASE("a service's replica tells its sibling generation from the start, a client's never",
          "[service][terms]") {
    Office office;
    const auto made = [&](const char* target, const char* model) {
        return office.post("/createReplica",
                           {{"layers", "0"}, {"targetType", target}, {"syncModel", model}});
    };
    const Json whole = made("server", "perReplica");
    CHECK(at(whole, "replicaServerSibGen") == Json(0));
    const std::string id = at(whole, "replicaID").as_string("id");
    CHECK(at(office.get("/replicas/" + id), "replicaServerSibGen") == Json(0));
    CHECK(at(made("server", "perLayer"), "layerServerGens", 0, "serverSibGen") == Json(0));
    CHECK(made("client", "perReplica").find("replicaServerSibGen") == nullptr);
}
