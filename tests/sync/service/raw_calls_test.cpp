// SPDX-License-Identifier: Apache-2.0
//
// Replica operations as somebody else's client calls them, at the edges: what makes no sense is
// refused by its name with code 400, and no edit is taken for accepted whose outcome nobody tells.
#include "platform/http/multipart.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

struct Caller {
    Office office;
    GlobalId oak = office.add("trees", {{"species", "oak"}}, point(1, 1));
    std::string id;

    Json create(http::NameValues parameters) {
        parameters.emplace_back("transportType", "esriTransportTypeEmbedded");
        return office.post("/createReplica", parameters);
    }
    void join(http::NameValues parameters = {}) {
        parameters.emplace_back("layers", "0,1");
        id = at(create(std::move(parameters)), "replicaID").as_string("id");
    }
    Json sync(http::NameValues parameters) {
        parameters.emplace_back("replicaID", id);
        parameters.emplace_back("transportType", "esriTransportTypeEmbedded");
        return office.post("/synchronizeReplica", parameters);
    }
    std::string item(const std::string& content) {
        const auto body =
            http::encode_multipart({{"f", false, "", "", "json"},
                                    {"file", true, "edits.json", "application/json", content}});
        http::Request request;
        request.method = "POST";
        request.target = std::string(Office::kService) + "/uploads/upload";
        request.headers.set("Host", "office.test");
        request.headers.set("Content-Type", body.content_type);
        request.body = body.body;
        const Json answer = wire::parse_json(office.handle(request).text(), "answer");
        return at(answer, "item", "itemID").as_string("itemID");
    }
    std::int64_t count(const std::string& layer) {
        return at(office.get(layer + "/query", {{"where", "1=1"}, {"returnCountOnly", "true"}}),
                  "count")
            .as_int64("count");
    }
};

/// "400: <first detail>", or "" when the answer is none of an error.
std::string refusal(const Json& answer) {
    const Json* error = answer.find("error");
    if (error == nullptr) return "";
    return std::to_string(at(*error, "code").as_int64("code")) + ": " +
           at(*error, "details", 0).as_string("detail");
}

std::string adds(int layer, const std::string& feature) {
    return R"([{"id":)" + std::to_string(layer) + R"(,"features":{"adds":[)" + feature + "]}}]";
}

constexpr const char* kAsh =
    R"({"attributes":{"global_id":"{11111111-1111-4111-8111-111111111111}","species":"ash"}})";
constexpr const char* kNote =
    R"({"attributes":{"global_id":"{11111111-1111-4111-8111-111111111112}","note":"n"}})";

}  // namespace

TEST_CASE("a replica is not made of parameters that cannot be read", "[service][raw]") {
    const std::pair<const char*, const char*> cases[] = {
        {"layers", "["},
        {"layers", "0,4294967297"},
        {"layerQueries", "{"},
        {"layerQueries", R"({"0":{"where":5}})"},
        {"layerQueries", R"({"0":{"where":["species='oak'"]}})"},
        {"layerQueries", R"({"0":{"queryOption":3}})"},
        {"layerQueries", R"({"0":{"useGeometry":"perhaps"}})"},
        {"layerQueries", R"({"0":{"includeRelated":"perhaps"}})"},
        {"geometry", "{"},
        {"geometry", R"({"x":1,"y":2)"},
        {"inSR", "{"},
        {"replicaSR", "{"},
        {"replicaOptions", "{"},
        {"replicaOptions", R"({"refReplicaId":5})"},
        {"replicaOptions", R"({"syncDataOptions":"x"})"},
    };
    Caller caller;
    for (const auto& [name, value] : cases) {
        INFO(std::string(name) + "=" + value);
        const std::string refused = refusal(caller.create({{name, value}}));
        const bool no_layer = std::string(value).find("4294967297") != std::string::npos;
        CHECK_THAT(refused, Catch::StartsWith(no_layer ? "404: " : "400: "));
        CHECK_THAT(refused, Catch::Contains(no_layer ? "4294967297" : name));
    }
    CHECK(caller.office.get("/replicas").array()->empty());
}

TEST_CASE("a replica's name of blanks is no name", "[service][raw]") {
    Caller caller;
    const Json named = caller.create({{"replicaName", "  crew "}});
    CHECK(at(named, "replicaName") == Json("crew"));
    CHECK_THAT(at(caller.create({{"replicaName", " "}}), "replicaName").as_string("name"),
               Catch::StartsWith("replica-"));
}

TEST_CASE("syncLayers that cannot be read are refused, not taken for something else",
          "[service][raw]") {
    Caller caller;
    caller.join({{"syncModel", "perLayer"}});
    for (const char* value :
         {"{", "[{}]", R"([{"id":4294967296,"serverGen":1}])", R"([{"id":0,"serverGen":"x"}])",
          R"([{"id":0,"serverGen":99999999999999999999}])", R"([{"id":0},{"id":0}])",
          R"([{"id":0,"syncDirection":5}])"}) {
        INFO(value);
        CHECK_THAT(refusal(caller.sync({{"syncLayers", value}})),
                   Catch::StartsWith("400: ") && Catch::Contains("syncLayers"));
    }
}

TEST_CASE("edits that are no list of edits are refused", "[service][raw]") {
    Caller caller;
    caller.join();
    for (const char* value :
         {"{", "{}", "5", R"("adds")", R"({"id":0,"features":{}})", R"([{"id":0,"features":5}])",
          R"([{"id":0,"attachments":5}])", R"([{"id":4294967296,"features":{}}])"}) {
        INFO(value);
        CHECK_THAT(refusal(caller.sync({{"edits", value}})),
                   Catch::StartsWith("400: ") && Catch::Contains("edits"));
    }
    CHECK(refusal(caller.sync({{"edits", "null"}})).empty());
    CHECK(refusal(caller.sync({{"edits", "[]"}})).empty());
}

TEST_CASE("edits of a layer that syncLayers does not name are refused with all others",
          "[service][raw]") {
    Caller caller;
    caller.join({{"syncModel", "perLayer"}});
    const std::string both =
        adds(0, kAsh).substr(0, adds(0, kAsh).size() - 1) + "," + adds(1, kNote).substr(1);
    const http::NameValues trees{{"syncLayers", R"([{"id":0,"serverGen":1}])"}};
    auto call = trees;
    call.emplace_back("edits", both);
    CHECK_THAT(refusal(caller.sync(call)),
               Catch::Contains("layer 1, which is not among 'syncLayers'"));
    CHECK(caller.count("/0") == 1);
    call = trees;
    call.emplace_back("editsUploadId", caller.item(both));
    CHECK_THAT(refusal(caller.sync(call)),
               Catch::Contains("layer 1, which is not among 'syncLayers'"));
    CHECK(caller.count("/0") == 1);
    call = trees;  // nothing is lost of an entry in which nothing is
    call.emplace_back("edits", R"([{"id":1,"features":{"adds":[]}}])");
    CHECK(refusal(caller.sync(call)).empty());
}

TEST_CASE("an item brings no edits that the parameter could not", "[service][raw]") {
    Caller caller;
    SECTION("a download-only replica") {
        caller.join({{"targetType", "server"}});
        CHECK_THAT(refusal(caller.sync({{"editsUploadId", caller.item(adds(0, kAsh))}})),
                   Catch::Contains("download-only"));
        const std::string photo =
            R"([{"id":0,"attachments":{"adds":[{"globalId":"{1}","name":"a.jpg"}]}}])";
        CHECK_THAT(refusal(caller.sync({{"edits", photo}})), Catch::Contains("download-only"));
    }
    SECTION("a capability that the service lacks") {
        caller.office.limits.capabilities = "Query,Sync,Update,Uploads";
        caller.office.restart();
        caller.join();
        CHECK_THAT(refusal(caller.sync({{"editsUploadId", caller.item(adds(0, kAsh))}})),
                   Catch::Contains("Create"));
    }
    CHECK(caller.count("/0") == 1);
}

TEST_CASE("a geometry that says its own reference is projected once", "[service][raw]") {
    Caller caller;
    caller.join({{"replicaSR", "102100"}});
    const std::string tree =
        R"({"attributes":{"global_id":"{11111111-1111-4111-8111-111111111111}"},)"
        R"("geometry":{"x":222638.98158654716,"y":222684.20850554405,)"
        R"("spatialReference":{"wkid":102100,"latestWkid":3857}}})";
    CHECK(refusal(caller.sync({{"edits", adds(0, tree)}})).empty());
    const Json found =
        caller.office.get("/0/query", {{"where", "species IS NULL"}, {"outFields", "*"}});
    CHECK(at(found, "features", 0, "geometry", "x").as_double("x") == Approx(2));
    CHECK(at(found, "features", 0, "geometry", "y").as_double("y") == Approx(2));
}

TEST_CASE("a list is no value of a field", "[service][raw]") {
    Caller caller;
    caller.join();
    const Json answer = caller.sync(
        {{"edits", adds(0, R"({"attributes":{"global_id":"{11111111-1111-4111-8111-111111111111}",)"
                           R"("species":["ash","oak"]}})")}});
    CHECK(at(answer, "edits", 0, "features", "addResults", 0, "error", "code") == Json(1016));
}

TEST_CASE("a job whose attachments failed says so", "[service][raw]") {
    Caller caller;
    caller.join({{"attachmentsSyncDirection", "upload"}});
    const std::string edits = R"([{"id":0,"attachments":{"deleteIds":["nobody"]}}])";
    const Json job = caller.sync({{"edits", edits}, {"async", "true"}});
    while (caller.office.services().run_next_job()) continue;
    const std::string url = at(job, "statusUrl").as_string("url");
    CHECK(at(caller.office.get(url.substr(std::string(Office::kUrl).size())), "status") ==
          Json("CompletedWithErrors"));
}

TEST_CASE("a replica is described as it was made", "[service][raw]") {
    Caller caller;
    caller.join({{"returnAttachments", "true"}, {"geometry", "0,0, 2,2"}, {"inSR", "4326"}});
    const Json info = caller.office.get("/replicas/" + caller.id);
    CHECK(at(info, "returnAttachments") == Json(true));
    CHECK(at(info, "attachmentsSyncDirection") == Json("bidirectional"));
    CHECK(at(info, "geometryType") == Json("esriGeometryEnvelope"));
    CHECK(at(info, "geometry", "xmax") == Json(2));
    CHECK(at(info, "geometry", "spatialReference", "wkid") == Json(4326));
    caller.join({{"attachmentsSyncDirection", "upload"},
                 {"geometry", "{rings:[[[0,0],[0,2],[2,2],[0,0]]]}"}});
    const Json other = caller.office.get("/replicas/" + caller.id);
    CHECK(at(other, "returnAttachments") == Json(false));
    CHECK(at(other, "attachmentsSyncDirection") == Json("upload"));
    CHECK(at(other, "geometryType") == Json("esriGeometryPolygon"));
}
