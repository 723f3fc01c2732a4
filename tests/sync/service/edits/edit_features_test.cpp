// SPDX-License-Identifier: Apache-2.0
#include "tests/support/catch.hpp"
#include "tests/support/edit_office.hpp"

using namespace rhumb;
using namespace rhumb::test;
using wire::Json;

TEST_CASE("features are added, changed and deleted by object id", "[service][edits]") {
    EditOffice field;
    const Json added = field.office.post(
        "/0/addFeatures",
        {{"features", R"([{"attributes":{"species":"oak","DBH":"12.5","nobody":1},
                           "geometry":{"x":1,"y":2}},
                          {"attributes":{"species":"ash","planted":"2026-03-01T10:00:00Z"}}])"}});
    const Json& first = at(added, "addResults", 0);
    CHECK(at(first, "success") == Json(true));
    const std::int64_t oak = at(first, "objectId").as_int64("oid");
    CHECK(at(first, "globalId") == field.attribute("0", oak, "global_id"));
    CHECK(field.attribute("0", oak, "dbh") == Json(12.5));
    CHECK(at(field.feature("0", oak), "geometry", "y") == Json(2));
    const std::int64_t ash = at(added, "addResults", 1, "objectId").as_int64("oid");
    CHECK(field.attribute("0", ash, "planted") == Json(1772359200000));
    CHECK(field.feature("0", ash).find("geometry") == nullptr);

    const Json updated = field.office.post(
        "/0/updateFeatures", {{"features", "[{\"attributes\":{\"ObjectId\":" + std::to_string(oak) +
                                               ",\"species\":null}}]"}});
    CHECK(at(updated, "updateResults", 0, "objectId") == Json(oak));
    CHECK(at(updated, "updateResults", 0, "success") == Json(true));
    CHECK(field.attribute("0", oak, "species") == Json());
    CHECK(field.attribute("0", oak, "dbh") == Json(12.5));

    const Json deleted =
        field.office.post("/0/deleteFeatures", {{"objectIds", std::to_string(oak)}});
    CHECK(at(deleted, "deleteResults", 0, "objectId") == Json(oak));
    CHECK(at(deleted, "deleteResults", 0, "globalId") == at(first, "globalId"));
    CHECK(field.count("0") == 1);
}

TEST_CASE("features are deleted by a condition, an area, and both", "[service][edits]") {
    EditOffice field;
    for (int i = 0; i < 6; ++i) {
        field.add("0", "{\"site_order\":" + std::to_string(i) + "}",
                  "{\"x\":" + std::to_string(i) + ",\"y\":0}");
    }
    Json answer = field.office.post("/0/deleteFeatures", {{"where", "site_order = 0"}});
    CHECK(at(answer, "deleteResults").as_array("results").size() == 1);
    answer = field.office.post("/0/deleteFeatures",
                               {{"geometry", "0.5,-1,2.5,1"}, {"where", "site_order <> 2"}});
    CHECK(at(answer, "deleteResults").as_array("results").size() == 1);
    CHECK(field.count("0", "site_order = 2") == 1);
    answer = field.office.post("/0/deleteFeatures",
                               {{"geometry", "222000,-1000,225000,1000"},
                                {"geometryType", "esriGeometryEnvelope"},
                                {"inSR", "102100"},
                                {"spatialRel", "esriSpatialRelIntersects"},
                                {"returnDeleteResults", "false"}});
    CHECK(at(answer, "success") == Json(true));
    CHECK(field.count("0") == 3);
    answer = field.office.post("/0/deleteFeatures", {{"where", "1=0"}});
    CHECK(at(answer, "deleteResults").as_array("results").empty());
    answer = field.office.post("/0/deleteFeatures", {{"where", "1=1"}});
    CHECK(field.count("0") == 0);
}

TEST_CASE("a geometry may come in a reference of its own, or be null", "[service][edits]") {
    EditOffice field;
    const std::int64_t tree =
        field.add("0", "{}", R"({"x":111319.49079,"y":0,"spatialReference":{"wkid":102100}})");
    CHECK(at(field.feature("0", tree), "geometry", "x").as_double("x") == Approx(1));
    const std::int64_t plot = field.add(
        "2", R"({"NAME":"a"})",
        R"({"rings":[[[0,0],[0,1],[1,1],[1,0],[0,0]]],"spatialReference":{"wkid":4326}})");
    CHECK(at(field.feature("2", plot), "geometry", "rings", 0, 1, 1).as_double("y") ==
          Approx(111325.1428));
    field.office.post("/0/updateFeatures",
                      {{"features", "[{\"attributes\":{\"OBJECTID\":" + std::to_string(tree) +
                                        "},\"geometry\":null}]"}});
    CHECK(field.feature("0", tree).find("geometry") == nullptr);
}

TEST_CASE("an edit of the service reaches replicas as one changeset", "[service][edits]") {
    EditOffice field;
    const std::int64_t old = field.add("0", R"({"species":"old"})");
    const Json made = field.office.post(
        "/createReplica", {{"layers", "0"}, {"transportType", "esriTransportTypeEmbedded"}});
    const std::int64_t before = field.generation();
    field.apply("0", {{"adds", R"([{"attributes":{"species":"new"}}])"},
                      {"updates", "[{\"attributes\":{\"OBJECTID\":" + std::to_string(old) +
                                      ",\"species\":\"changed\"}}]"}});
    CHECK(field.generation() == before + 1);
    const Json synced = field.office.post(
        "/synchronizeReplica",
        {{"replicaID", at(made, "replicaID").as_string("id")},
         {"replicaServerGen", wire::to_text(at(made, "replicaServerGen"))},
         {"syncDirection", "download"},
         {"transportType", "esriTransportTypeEmbedded"}});
    const Json& features = at(synced, "edits", 0, "features");
    CHECK(at(features, "adds", 0, "attributes", "species") == Json("new"));
    CHECK(at(features, "updates", 0, "attributes", "species") == Json("changed"));
}

TEST_CASE("applyEdits makes adds, updates and deletes one changeset", "[service][edits]") {
    EditOffice field;
    const std::int64_t a = field.add("0", R"({"species":"a"})");
    const std::int64_t b = field.add("0", R"({"species":"b"})");
    const std::int64_t before = field.generation();
    const Json answer =
        field.apply("0", {{"adds", R"([{"attributes":{"species":"c"}}])"},
                          {"updates", "[{\"attributes\":{\"OBJECTID\":" + std::to_string(a) +
                                          ",\"species\":\"A\"}}]"},
                          {"deletes", std::to_string(b)},
                          {"returnEditMoment", "true"}});
    CHECK(at(answer, "id") == Json(0));
    CHECK(at(answer, "addResults").as_array("adds").size() == 1);
    CHECK(at(answer, "updateResults", 0, "success") == Json(true));
    CHECK(at(answer, "deleteResults", 0, "objectId") == Json(b));
    CHECK(answer.find("attachments") == nullptr);
    CHECK(at(answer, "editMoment") == Json(field.office.world().clock.now));
    CHECK(field.generation() == before + 1);
    CHECK(field.count("0", "species IN ('A','c')") == 2);
    CHECK(field.count("0") == 2);

    const Json nothing = field.apply("0", {});
    CHECK(at(nothing, "addResults").as_array("adds").empty());
    CHECK(at(nothing, "deleteResults").as_array("deletes").empty());
    CHECK(field.generation() == before + 1);
}

TEST_CASE("deletes come as a list, an array or GlobalIDs without quotes", "[service][edits]") {
    EditOffice field;
    std::vector<std::int64_t> ids;
    std::vector<std::string> guids;
    for (int i = 0; i < 7; ++i) ids.push_back(field.add("0", "{}"));
    for (const std::int64_t id : ids) guids.push_back(field.global_id("0", id));
    const auto deletes = [&](const std::string& list, const char* global) {
        return at(field.apply("0", {{"deletes", list}, {"useGlobalIds", global}}), "deleteResults")
            .as_array("results")
            .size();
    };
    CHECK(deletes(std::to_string(ids[0]) + ", " + std::to_string(ids[1]), "false") == 2);
    CHECK(deletes("[" + std::to_string(ids[2]) + "]", "0") == 1);
    CHECK(deletes("[\"" + std::to_string(ids[3]) + "\"]", "FALSE") == 1);
    const std::string plain = guids[5].substr(1, 36);
    CHECK(deletes(guids[4] + "," + plain, "true") == 2);
    CHECK(deletes("[\"" + guids[6] + "\"]", "TRUE") == 1);
    CHECK(field.count("0") == 0);
}

TEST_CASE("with useGlobalIds adds keep their GlobalID, without it they get one",
          "[service][edits]") {
    EditOffice field;
    const std::string id = "{11111111-1111-4111-8111-111111111111}";
    const std::string adds =
        R"([{"attributes":{"GLOBAL_ID":"11111111-1111-4111-8111-111111111111"}}])";
    const Json kept = field.apply("0", {{"adds", adds}, {"useGlobalIds", "true"}});
    CHECK(at(kept, "addResults", 0, "globalId") == Json(id));
    const Json made = field.apply("0", {{"adds", adds}});
    CHECK_FALSE(at(made, "addResults", 0, "globalId") == Json(id));
    const Json changed =
        field.apply("0", {{"updates", "[{\"attributes\":{\"global_id\":\"" + id +
                                          "\",\"species\":\"yew\"}}]"},
                          {"useGlobalIds", "true"}});
    CHECK(at(changed, "updateResults", 0, "globalId") == Json(id));
    CHECK(field.count("0", "species='yew'") == 1);
    const Json again = field.apply(
        "0", {{"adds", adds}, {"useGlobalIds", "true"}, {"rollbackOnFailure", "false"}});
    CHECK(at(again, "addResults", 0, "error", "code") == Json(1022));
}

TEST_CASE("without rollback each row stands alone, with it none stays", "[service][edits]") {
    EditOffice field;
    const std::string adds = R"([{"attributes":{"code":"a"}},{"attributes":{"code":null}},
                                 {"attributes":{"code":"c"}}])";
    const std::string before = field.content();
    const Json refused = field.apply("4", {{"adds", adds}});
    CHECK(at(refused, "error", "code") == Json(400));
    CHECK(at(refused, "error", "extendedCode") == Json(-2147207418));
    const std::string why = at(refused, "error", "details", 0).as_string("detail");
    CHECK_THAT(why, Catch::Contains("adds[1]") && Catch::Contains("1001") &&
                        Catch::Contains("'code'") && Catch::Contains("rolled back"));
    CHECK(field.content() == before);

    const Json partly = field.apply("4", {{"adds", adds}, {"rollbackOnFailure", "false"}});
    CHECK(at(partly, "addResults", 0, "success") == Json(true));
    CHECK(at(partly, "addResults", 1, "success") == Json(false));
    CHECK(at(partly, "addResults", 1, "error", "code") == Json(1001));
    CHECK(at(partly, "addResults", 2, "success") == Json(true));
    CHECK(field.count("4") == 2);
}

TEST_CASE("rows that swap a unique value are updated together", "[service][edits]") {
    EditOffice field;
    const std::int64_t a = field.add("4", R"({"code":"a","tag":"x"})");
    const std::int64_t b = field.add("4", R"({"code":"b","tag":"y"})");
    const auto row = [](std::int64_t oid, const char* tag) {
        return "{\"attributes\":{\"OBJECTID\":" + std::to_string(oid) + ",\"tag\":\"" + tag + "\"}}";
    };
    const Json answer =
        field.apply("4", {{"updates", "[" + row(a, "y") + "," + row(b, "x") + "]"}});
    CHECK(at(answer, "updateResults", 0, "objectId") == Json(a));
    CHECK(at(answer, "updateResults", 1, "objectId") == Json(b));
    CHECK(field.attribute("4", a, "tag") == Json("y"));
    const Json taken = field.office.post(
        "/4/addFeatures",
        {{"features", R"([{"attributes":{"code":"c","tag":"x"}}])"}, {"rollbackOnFailure", "0"}});
    CHECK(at(taken, "addResults", 0, "error", "code") == Json(1022));
}
