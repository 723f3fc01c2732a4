// SPDX-License-Identifier: Apache-2.0
#include "geodb/relationships/relationship.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/base64.hpp"
#include "platform/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/edit_office.hpp"

using namespace rhumb;
using namespace rhumb::test;
using wire::Json;

namespace {

constexpr const char* kOak = "{11111111-1111-4111-8111-111111111111}";
constexpr const char* kPhoto = "{22222222-2222-4222-8222-222222222222}";

/// An upload item with this content.
std::string put_up(Office& office, const std::string& name, const std::string& content) {
    const Json item = office.post("/uploads/register", {{"itemName", name}});
    INFO(wire::to_text(item));
    const std::string id = at(item, "item", "itemID").as_string("id");
    http::Request part;
    part.method = "POST";
    part.target = std::string(Office::kService) + "/uploads/" + id + "/uploadPart?f=json&partId=0";
    part.headers.set("Content-Type", "application/octet-stream");
    part.body = content;
    office.handle(part);
    const Json committed = office.post("/uploads/" + id + "/commit");
    INFO(wire::to_text(committed));
    REQUIRE(at(committed, "success") == Json(true));
    return id;
}

/// Trees are parents of visits, composite.
void relate(Office& office) {
    office.restart([&] {
        using namespace geodb;
        Geodatabase file = office.open_file();
        sqlite::Transaction transaction(file.database());
        RelationshipPlan plan{file.layer("trees").id, file.layer("visits").id, "global_id", "tree",
                              ""};
        plan.composite = true;
        add_relationship(file, plan);
        transaction.commit();
    });
}

std::string tree(const char* id, const char* species = "oak") {
    return R"({"attributes":{"global_id":")" + std::string(id) + R"(","species":")" + species +
           "\"}}";
}

}  // namespace

TEST_CASE("the service's applyEdits edits several layers as one changeset", "[service][edits]") {
    EditOffice field;
    const std::int64_t before = field.generation();
    const Json answer = field.office.post(
        "/applyEdits",
        {{"edits", R"([{"id":4,"adds":[{"attributes":{"code":"a"}}]},
                       {"id":0,"adds":[{"attributes":{"species":"oak"}}],"updates":[],"deletes":[]},
                       {"id":0,"adds":[{"attributes":{"species":"ash"}},{"attributes":{}}]}])"},
         {"returnEditMoment", "true"}});
    INFO(wire::to_text(answer));
    CHECK(at(answer, 0, "id") == Json(4));
    CHECK(at(answer, 1, "id") == Json(0));
    CHECK(at(answer, 1, "updateResults").as_array("updates").empty());
    CHECK(at(answer, 2, "addResults").as_array("adds").size() == 2);
    CHECK(at(answer, 0, "editMoment") == Json(field.office.world().clock.now));
    CHECK(field.generation() == before + 1);
    CHECK(field.count("0") == 3);
    CHECK(field.count("4") == 1);
}

TEST_CASE("a failing edit of one layer takes back those of all", "[service][edits]") {
    EditOffice field;
    const std::string edits = R"([{"id":0,"adds":[{"attributes":{"species":"oak"}}]},
                                  {"id":4,"adds":[{"attributes":{"code":"fine"}},
                                                  {"attributes":{"code":"too long"}}]}])";
    const std::string before = field.content();
    const Json refused = field.office.post("/applyEdits", {{"edits", edits}});
    CHECK(at(refused, "error", "extendedCode") == Json(-2147207418));
    CHECK_THAT(at(refused, "error", "details", 0).as_string("detail"),
               Catch::Contains("adds[1]") && Catch::Contains("'tags'") && Catch::Contains("1016"));
    CHECK(field.content() == before);
    const Json partly =
        field.office.post("/applyEdits", {{"edits", edits}, {"rollbackOnFailure", "false"}});
    CHECK(at(partly, 1, "addResults", 0, "success") == Json(true));
    CHECK(at(partly, 1, "addResults", 1, "error", "code") == Json(1016));
    CHECK(field.count("0") == 1);
}

TEST_CASE("children may stand before their parents, unless the sequence is honored",
          "[service][edits]") {
    EditOffice field;
    relate(field.office);
    const std::string edits = R"([{"id":1,"adds":[{"attributes":{"tree":")" + std::string(kOak) +
                              R"(","global_id":")" + kPhoto + R"("}}]},
                                  {"id":0,"adds":[)" +
                              tree(kOak) + "]}]";
    const Json honored = field.office.post(
        "/applyEdits",
        {{"edits", edits}, {"useGlobalIds", "true"}, {"honorSequenceOfEdits", "true"}});
    CHECK_THAT(at(honored, "error", "details", 0).as_string("detail"), Catch::Contains("parent"));
    const Json answer =
        field.office.post("/applyEdits", {{"edits", edits}, {"useGlobalIds", "true"}});
    CHECK(at(answer, 0, "addResults", 0, "globalId") == Json(kPhoto));
    CHECK(field.count("1") == 1);
    // Its children go with a parent.
    const Json gone = field.office.post(
        "/applyEdits", {{"edits", R"([{"id":0,"deletes":[")" + std::string(kOak) + R"("]},
                                      {"id":1,"deletes":")" +
                                      kPhoto + R"("}])"},
                        {"useGlobalIds", "true"}});
    INFO(wire::to_text(gone));
    CHECK(at(gone, 1, "deleteResults", 0, "success") == Json(true));
    CHECK(field.count("0") + field.count("1") == 0);
}

TEST_CASE("honorSequenceOfEdits applies one entry after the other", "[service][edits]") {
    EditOffice field;
    const std::int64_t old = field.add("4", R"({"code":"a","tag":"x"})");
    const std::string edits = R"([{"id":4,"deletes":[)" + std::to_string(old) +
                              R"(]},{"id":4,"adds":[{"attributes":{"code":"b","tag":"x"}}]}])";
    const Json mixed = field.office.post("/applyEdits", {{"edits", edits}});
    CHECK_THAT(at(mixed, "error", "details", 0).as_string("detail"), Catch::Contains("1022"));
    const Json honored =
        field.office.post("/applyEdits", {{"edits", edits}, {"honorSequenceOfEdits", "true"}});
    CHECK(at(honored, 1, "addResults", 0, "success") == Json(true));
    CHECK(field.count("4") == 1);
}

TEST_CASE("the edited features come as they were and as they are", "[service][edits]") {
    EditOffice field;
    const std::int64_t a = field.add("0", R"({"species":"a"})", R"({"x":1,"y":2})");
    const std::int64_t b = field.add("0", R"({"species":"b"})");
    const Json answer = field.office.post(
        "/applyEdits",
        {{"edits", R"([{"id":0,"adds":[{"attributes":{"species":"c"}}],"updates":[{"attributes":
                      {"OBJECTID":)" +
                       std::to_string(a) + R"(,"species":"A"}}],"deletes":[)" + std::to_string(b) +
                       "]}]"},
         {"returnServiceEditsOption", "originalAndCurrentFeatures"}});
    INFO(wire::to_text(answer));
    const Json& edited = at(answer, 0, "editedFeatures");
    CHECK(at(edited, "adds", 0, "attributes", "species") == Json("c"));
    CHECK(at(edited, "updates", 0, 0, "attributes", "species") == Json("a"));
    CHECK(at(edited, "updates", 0, 1, "attributes", "species") == Json("A"));
    CHECK(at(edited, "updates", 0, 1, "geometry", "x") == Json(1));
    CHECK(at(edited, "deletes", 0, "attributes", "OBJECTID") == Json(b));
    CHECK(at(edited, "spatialReference", "wkid") == Json(4326));
}

TEST_CASE("attachments come as base64 or as an upload item, with their features",
          "[service][edits]") {
    EditOffice field;
    const std::string item = put_up(field.office, "b.jpg", "bytes of b");
    const std::string other = "{33333333-3333-4333-8333-333333333333}";
    const std::string parent = R"(","parentGlobalId":")" + std::string(kOak);
    const std::string attachments =
        R"({"adds":[{"globalId":")" + std::string(kPhoto) + parent +
        R"(","name":"a.jpg","contentType":"image/jpeg","data":")" + base64("bytes of a") +
        R"("},{"globalId":")" + other + parent +
        R"(","name":"b.jpg","contentType":"image/jpeg","uploadId":")" + item + R"("}]})";
    const Json answer = field.apply("0", {{"adds", "[" + tree(kOak) + "]"},
                                          {"attachments", attachments},
                                          {"useGlobalIds", "true"}});
    INFO(wire::to_text(answer));
    CHECK(at(answer, "attachments", "addResults", 0, "globalId") == Json(kPhoto));
    CHECK(at(answer, "attachments", "addResults", 1, "success") == Json(true));
    const std::string oid = wire::to_text(at(answer, "addResults", 0, "objectId"));
    const Json infos = field.office.get("/0/" + oid + "/attachments");
    CHECK(at(infos, "attachmentInfos").as_array("infos").size() == 2);
    CHECK(at(infos, "attachmentInfos", 1, "size") == Json(10));

    const Json gone = field.office.post(
        "/applyEdits",
        {{"edits", R"([{"id":0,"attachments":{"deletes":[")" + std::string(kPhoto) +
                       R"("],"updates":[{"globalId":")" + other + R"(","name":"c.jpg"}]}}])"},
         {"useGlobalIds", "true"}});
    INFO(wire::to_text(gone));
    CHECK(at(gone, 0, "attachments", "deleteResults", 0, "success") == Json(true));
    const Json left = field.office.get("/0/" + oid + "/attachments");
    CHECK(at(left, "attachmentInfos").as_array("infos").size() == 1);
    CHECK(at(left, "attachmentInfos", 0, "name") == Json("c.jpg"));
}

TEST_CASE("a failing attachment takes its features back, or stands alone", "[service][edits]") {
    EditOffice field;
    const std::string attachments = R"({"adds":[{"globalId":")" + std::string(kPhoto) +
                                    R"(","parentGlobalId":")" + kOak +
                                    R"(","name":"a.jpg","uploadId":"i777"}],"deletes":[")" +
                                    kPhoto + "\"]}";
    const http::NameValues call{{"adds", "[" + tree(kOak) + "]"},
                                {"attachments", attachments},
                                {"useGlobalIds", "true"}};
    const std::string before = field.content();
    CHECK_THAT(at(field.apply("0", call), "error", "details", 0).as_string("detail"),
               Catch::Contains("1008") && Catch::Contains("i777"));
    CHECK(field.content() == before);
    http::NameValues alone = call;
    alone.emplace_back("rollbackOnFailure", "false");
    const Json answer = field.apply("0", alone);
    CHECK(at(answer, "addResults", 0, "success") == Json(true));
    CHECK(at(answer, "attachments", "addResults", 0, "error", "code") == Json(1008));
    CHECK(at(answer, "attachments", "deleteResults", 0, "error", "code") == Json(1010));
}

TEST_CASE("edits come from an upload item, which beats the parameters", "[service][edits]") {
    EditOffice field;
    const std::string layer_item = put_up(
        field.office, "edits.json",
        R"({"adds":[{"attributes":{"species":"oak"}}],"updates":[],"deletes":[]})");
    const Json answer = field.apply("0", {{"editsUploadId", layer_item},
                                          {"editsUploadFormat", "JSON"},
                                          {"adds", "[{},{},{}]"}});
    INFO(wire::to_text(answer));
    CHECK(at(answer, "addResults").as_array("adds").size() == 1);
    const std::string service_item =
        put_up(field.office, "edits.json", R"([{"id":1,"adds":[{"attributes":{"note":"x"}}]}])");
    const Json all = field.office.post("/applyEdits", {{"editsUploadId", service_item}});
    CHECK(at(all, 0, "addResults", 0, "success") == Json(true));
    const Json odd = field.apply("0", {{"editsUploadId", layer_item},
                                       {"editsUploadFormat", "sqlite"}});
    CHECK_THAT(at(odd, "error", "details", 0).as_string("detail"),
               Catch::Contains("'editsUploadFormat'") && Catch::Contains("json"));
    const Json unknown = field.apply("0", {{"editsUploadId", "i42"}});
    CHECK_THAT(at(unknown, "error", "details", 0).as_string("detail"), Catch::Contains("i42"));
}

TEST_CASE("edits are made by a job, once, and their results are its file", "[service][edits][job]") {
    EditOffice field;
    const auto job_of = [&](const std::string& operation, http::NameValues parameters) {
        parameters.emplace_back("async", "true");
        const Json answer = field.office.post(operation, std::move(parameters));
        INFO(wire::to_text(answer));
        const std::string url = at(answer, "statusUrl").as_string("statusUrl");
        while (field.office.services().run_next_job()) continue;
        return field.office.get(url.substr(std::string(Office::kUrl).size()));
    };
    const auto result_of = [&](const Json& job) {
        const std::string url = at(job, "resultUrl").as_string("resultUrl");
        const auto file = field.office.send(
            "GET", url.substr(std::string("http://office.test").size()), {});
        REQUIRE(file.file() != nullptr);
        return wire::parse_json(read_file(file.file()->path), "result");
    };
    const std::int64_t before = field.generation();
    const Json done = job_of("/0/applyEdits", {{"adds", "[" + tree(kOak) + "]"}});
    CHECK(at(done, "status") == Json("Completed"));
    CHECK(at(result_of(done), "addResults", 0, "success") == Json(true));
    CHECK(field.generation() == before + 1);
    const Json service =
        job_of("/applyEdits", {{"edits", R"([{"id":0,"adds":[{"attributes":{}}]}])"}});
    CHECK(at(result_of(service), 0, "addResults", 0, "success") == Json(true));
    const Json deleted = job_of("/0/deleteFeatures", {{"where", "1=1"}});
    CHECK(at(result_of(deleted), "deleteResults").as_array("results").size() == 2);
    CHECK(field.count("0") == 0);
    const Json failed = job_of("/4/applyEdits", {{"adds", "[{}]"}});
    CHECK(at(failed, "status") == Json("Failed"));
    CHECK_THAT(at(failed, "error", "details", 0).as_string("detail"), Catch::Contains("adds[0]"));
}

TEST_CASE("returnEditResults=false answers success alone, and needs the rollback",
          "[service][edits]") {
    EditOffice field;
    const Json answer =
        field.apply("0", {{"adds", "[{\"attributes\":{}}]"}, {"returnEditResults", "false"}});
    CHECK(wire::to_text(answer) == "{\"success\":true}");
    const Json refused = field.apply("0", {{"adds", "[{}]"},
                                           {"returnEditResults", "false"},
                                           {"rollbackOnFailure", "false"}});
    CHECK_THAT(at(refused, "error", "details", 0).as_string("detail"),
               Catch::Contains("'returnEditResults'"));
}

TEST_CASE("each kind of edit needs its capability, Editing counts as all", "[service][edits]") {
    EditOffice field;
    const std::int64_t oid = field.add("0", "{}");
    const std::string row = "[{\"attributes\":{\"OBJECTID\":" + std::to_string(oid) + "}}]";
    const auto serve = [&](const char* capabilities) {
        field.office.limits.capabilities = capabilities;
        field.office.restart();
    };
    const auto lacks = [&](const Json& answer, const char* word) {
        INFO(wire::to_text(answer));
        CHECK_THAT(at(answer, "error", "details", 0).as_string("detail"), Catch::Contains(word));
    };
    serve("Query,Update");
    lacks(field.apply("0", {{"adds", "[{}]"}}), "Create");
    lacks(field.apply("0", {{"deletes", "1"}}), "Delete");
    lacks(field.office.post("/0/addFeatures", {{"features", "[{}]"}}), "Create");
    lacks(field.office.post("/0/deleteFeatures", {{"objectIds", "1"}}), "Delete");
    CHECK(at(field.apply("0", {{"adds", "[]"}, {"updates", row}, {"deletes", ""}}),
             "updateResults", 0, "success") == Json(true));
    serve("Query,Create");
    lacks(field.office.post("/0/updateFeatures", {{"features", row}}), "Update");
    lacks(field.office.post("/applyEdits",
                            {{"edits", R"([{"id":0,"adds":[{}],"deletes":[1]}])"}}),
          "Delete");
    CHECK(field.count("0") == 1);
    serve("Query,Editing");
    CHECK(at(field.apply("0", {{"adds", "[{}]"}, {"deletes", std::to_string(oid)}}),
             "deleteResults", 0, "success") == Json(true));
}

TEST_CASE("edits are made by POST alone, also unencoded as QGIS sends them", "[service][edits]") {
    EditOffice field;
    for (const char* resource : {"/0/addFeatures", "/0/updateFeatures", "/0/deleteFeatures",
                                 "/0/applyEdits", "/applyEdits"}) {
        INFO(resource);
        const auto response = field.office.send(
            "GET", std::string(Office::kService) + resource,
            {{"f", "json"}, {"features", "[]"}, {"where", "1=1"}, {"edits", "[]"}});
        CHECK(response.status == 405);
    }
    http::Request raw;
    raw.method = "POST";
    raw.target = std::string(Office::kService) + "/0/addFeatures";
    raw.headers.set("Content-Type", "application/x-www-form-urlencoded");
    raw.body = "f=json&features=[\n    {\n        \"attributes\": {\n            \"species\": "
               "\"holm oak\"\n        }\n    }\n]\n";
    const auto response = field.office.handle(raw);
    const Json answer = wire::parse_json(response.text(), "answer");
    INFO(wire::to_text(answer));
    CHECK(at(answer, "addResults", 0, "success") == Json(true));
    CHECK(field.count("0", "species = 'holm oak'") == 1);
}
