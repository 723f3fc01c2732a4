// SPDX-License-Identifier: Apache-2.0
#include "sync/service/edits/editor_tracking.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/edit_office.hpp"

using namespace rhumb;
using namespace rhumb::test;
using wire::Json;

namespace {

constexpr const char* kLies =
    R"("CreationDate":5,"Creator":"mallory","EditDate":6,"Editor":"mallory")";

}  // namespace

TEST_CASE("who edits is written into a row by the service alone", "[service][edits]") {
    EditOffice office;
    const geodb::Layer layer = office.office.open_file().layer("tracked");
    const geodb::EditorTracking fields = layer.tracking.value();
    std::vector<geodb::Value> row(layer.column_count());
    row[*fields.creator] = std::string("mallory");
    service::stamp_new(layer, fields, {"ana", 1'793'010'600'000}, row);
    CHECK(row[*fields.creator] == geodb::Value{std::string("ana")});
    CHECK(row[*fields.edited] == row[*fields.created]);
    std::vector<geodb::ColumnValue> changes{{layer.find_field("name").value(), std::string("elm")},
                                            {*fields.creator, std::string("mallory")}};
    service::stamp_changed(layer, fields, {"bob", 1'793'010'600'001}, changes);
    REQUIRE(changes.size() == 3);
    CHECK(changes[2].column == *fields.editor);
    CHECK(changes[2].value == geodb::Value{std::string("bob")});
    std::vector<geodb::ColumnValue> nothing{{*fields.editor, std::string("mallory")}};
    service::stamp_changed(layer, fields, {"bob", 0}, nothing);
    CHECK(nothing.empty());
}

TEST_CASE("editor fields have the service's time, whatever a client sends", "[service][edits]") {
    EditOffice field;
    const std::int64_t made = field.office.world().clock.now;
    const std::int64_t oid = field.add("5", "{\"name\":\"a\"," + std::string(kLies) + "}");
    CHECK(field.attribute("5", oid, "CreationDate") == Json(made));
    CHECK(field.attribute("5", oid, "EditDate") == Json(made));
    CHECK(field.attribute("5", oid, "Creator") == Json());
    CHECK(field.attribute("5", oid, "Editor") == Json());
    field.office.world().clock.now += 5000;
    field.apply("5", {{"updates", "[{\"attributes\":{\"OBJECTID\":" + std::to_string(oid) +
                                      ",\"name\":\"b\"," + kLies + "}}]"}});
    CHECK(field.attribute("5", oid, "name") == Json("b"));
    CHECK(field.attribute("5", oid, "CreationDate") == Json(made));
    CHECK(field.attribute("5", oid, "EditDate") == Json(made + 5000));
}

TEST_CASE("an uploaded edit is tracked too, and comes back to its replica", "[service][edits]") {
    EditOffice field;
    const Json made = field.office.post(
        "/createReplica", {{"layers", "5"}, {"transportType", "esriTransportTypeEmbedded"}});
    const Json synced =
        field.office.post("/synchronizeReplica",
                          {{"replicaID", at(made, "replicaID").as_string("id")},
                           {"replicaServerGen", wire::to_text(at(made, "replicaServerGen"))},
                           {"transportType", "esriTransportTypeEmbedded"},
                           {"edits", R"([{"id":5,"features":{"adds":[{"attributes":{"global_id":
                      "{11111111-1111-4111-8111-111111111111}","name":"a",)" +
                                         std::string(kLies) + "}}]}}]"}});
    INFO(wire::to_text(synced));
    const Json& features = at(synced, "edits", 0, "features");
    const Json& list = at(features, "updates").as_array("updates").empty()
                           ? at(features, "adds")
                           : at(features, "updates");
    CHECK(at(list, 0, "attributes", "EditDate") == Json(field.office.world().clock.now));
    CHECK(at(list, 0, "attributes", "Creator") == Json());
}

TEST_CASE("where ownership counts, others' features are refused with 1007", "[service][edits]") {
    EditOffice field;
    const std::int64_t theirs = field.add("5", R"({"name":"a"})");
    const std::int64_t free = field.add("0", "{}");
    field.office.ownership = {false, false, true};
    field.office.restart();
    const Json answer =
        field.apply("5", {{"updates", "[{\"attributes\":{\"OBJECTID\":" + std::to_string(theirs) +
                                          ",\"name\":\"mine\"}}]"},
                          {"deletes", std::to_string(theirs)},
                          {"rollbackOnFailure", "false"}});
    CHECK(at(answer, "updateResults", 0, "error", "code") == Json(1007));
    CHECK(at(answer, "deleteResults", 0, "error", "code") == Json(1007));
    CHECK(field.attribute("5", theirs, "name") == Json("a"));
    const Json untracked = field.apply("0", {{"deletes", std::to_string(free)}});
    CHECK(at(untracked, "deleteResults", 0, "success") == Json(true));
    const Json layer = field.office.get("/5");
    CHECK(at(layer, "ownershipBasedAccessControlForFeatures", "allowOthersToUpdate") ==
          Json(false));
}

TEST_CASE("the metadata tells what editing can do", "[service][edits]") {
    EditOffice field;
    const Json tracked = field.office.get("/5");
    CHECK(at(tracked, "editFieldsInfo", "creatorField") == Json("Creator"));
    for (const Json& each : at(tracked, "fields").as_array("fields")) {
        const std::string name = at(each, "name").as_string("name");
        INFO(name);
        CHECK(at(each, "editable") == Json(name == "name"));
    }
    const Json trees = field.office.get("/0");
    CHECK(at(trees, "editFieldsInfo") == Json());
    for (const char* offered :
         {"supportsApplyEditsWithGlobalIds", "supportsRollbackOnFailureParameter",
          "supportsAttachmentsByUploadId", "supportsReturnDeleteResults", "allowGeometryUpdates"}) {
        INFO(offered);
        CHECK(at(trees, offered) == Json(true));
    }
    CHECK(at(trees, "supportsCalculate") == Json(false));
    const Json root = field.office.get("");
    CHECK(at(root, "editorTrackingInfo", "enableEditorTracking") == Json(true));
    CHECK(at(root, "extractChangesCapabilities", "supportsServerGens") == Json(true));
    CHECK(at(root, "changeTrackingInfo", "layerServerGens", 0, "serverGen") ==
          Json(field.generation()));
    CHECK_THAT(at(root, "capabilities").as_string("capabilities"),
               Catch::Contains("Editing") && Catch::Contains("ChangeTracking"));
    field.office.limits.capabilities = "Query";
    field.office.restart();
    CHECK(at(field.office.get("/0"), "allowGeometryUpdates") == Json(false));
    CHECK(field.office.get("").find("changeTrackingInfo") == nullptr);
}

TEST_CASE("lastEditDate changes with every edit of its layer and with nothing else",
          "[service][edits]") {
    EditOffice field;
    const auto last = [&](const char* layer) {
        return at(field.office.get("/" + std::string(layer)), "editingInfo", "lastEditDate")
            .as_int64("lastEditDate");
    };
    const std::int64_t before = last("0");
    const std::int64_t oid = field.add("0", "{}");
    const std::int64_t first = last("0");
    CHECK(first > before);
    CHECK(last("1") == before);
    field.add("0", "{}");  // in the same millisecond
    const std::int64_t second = last("0");
    CHECK(second > first);
    field.office.world().clock.now -= 3'600'000;
    field.office.add("trees", {{"species", std::string("by another program")}});
    const std::int64_t third = last("0");
    CHECK(third > second);
    field.office.world().clock.now += 7'200'000;
    field.apply("0", {{"deletes", "4711"}, {"rollbackOnFailure", "false"}});
    field.office.post("/0/addFeatures", {{"features", "[7]"}});
    field.office.post("/createReplica", {{"layers", "0"}});
    field.office.restart();
    CHECK(last("0") == third);
    field.office.post("/0/" + std::to_string(oid) + "/deleteAttachments", {{"attachmentIds", "1"}});
    CHECK(last("0") == third);
    field.office.post("/cleanupChangeTracking",
                      {{"retentionPeriod", "0"}, {"retentionPeriodUnit", "seconds"}});
    CHECK(last("0") == third);
    field.apply("0", {{"deletes", std::to_string(oid)}});
    CHECK(last("0") > third);
}
