// SPDX-License-Identifier: Apache-2.0
#include "platform/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/edit_office.hpp"

using namespace rhumb;
using namespace rhumb::test;
using wire::Json;

namespace {

/// One tree of each fate after generation `base`: added, moved, renamed, deleted, passing.
struct Grove {
    EditOffice field;
    std::int64_t moved = field.add("0", R"({"species":"moved"})", R"({"x":1,"y":1})");
    std::int64_t renamed = field.add("0", R"({"species":"old"})", R"({"x":2,"y":2})");
    std::int64_t deleted = field.add("0", R"({"species":"gone"})", R"({"x":3,"y":3})");
    std::string deleted_id = field.global_id("0", deleted);
    std::int64_t base = field.generation();
    std::int64_t added = 0;

    Grove() {
        const auto id = [](std::int64_t oid) { return std::to_string(oid); };
        added = field.add("0", R"({"species":"new"})", R"({"x":8,"y":8})");
        field.apply("0", {{"updates", "[{\"attributes\":{\"OBJECTID\":" + id(moved) +
                                          "},\"geometry\":{\"x\":5,\"y\":1}},{\"attributes\":"
                                          "{\"OBJECTID\":" +
                                          id(renamed) + ",\"species\":\"name\"}}]"},
                          {"deletes", id(deleted)}});
        const std::int64_t passing = field.add("0", "{}");
        field.apply("0", {{"deletes", id(passing)}});
        field.add("1", R"({"note":"a visit"})");
    }
    Json extract(http::NameValues parameters, bool embedded = true) {
        if (embedded) parameters.emplace_back("transportType", "esriTransportTypeEmbedded");
        return field.office.post("/extractChanges", std::move(parameters));
    }
    std::string since() const { return std::to_string(base); }
};

std::string ids(const Json& answer, const char* list) {
    return wire::to_text(at(answer, "edits", 0, "objectIds", list));
}

}  // namespace

TEST_CASE("changes since a generation come net, as ids", "[service][changes]") {
    Grove grove;
    const Json answer =
        grove.extract({{"layers", "0"}, {"serverGens", grove.since()}, {"returnIdsOnly", "true"}});
    INFO(wire::to_text(answer));
    CHECK(at(answer, "responseType") == Json("esriDataChangesResponseTypeEdits"));
    CHECK(at(answer, "layerServerGens", 0, "serverGen") == Json(grove.field.generation()));
    CHECK(ids(answer, "adds") == "[" + std::to_string(grove.added) + "]");
    CHECK(ids(answer, "updates") ==
          "[" + std::to_string(grove.moved) + "," + std::to_string(grove.renamed) + "]");
    CHECK(ids(answer, "deletes") == "[" + std::to_string(grove.deleted) + "]");
    CHECK(answer.find("edits")->array()->size() == 1);
}

TEST_CASE("changes come as features, deleted ones whole when asked for", "[service][changes]") {
    Grove grove;
    const Json answer = grove.extract({{"layers", "[0,1]"},
                                       {"serverGens", "[" + grove.since() + "]"},
                                       {"returnInserts", "true"},
                                       {"returnUpdates", "true"},
                                       {"returnDeletes", "true"},
                                       {"returnDeletedFeatures", "true"},
                                       {"outSR", "102100"}});
    INFO(wire::to_text(answer));
    const Json& trees = at(answer, "edits", 0, "features");
    CHECK(at(trees, "adds", 0, "attributes", "species") == Json("new"));
    CHECK(at(trees, "adds", 0, "geometry", "x").as_double("x") == Approx(890555.9263));
    CHECK(at(trees, "updates", 1, "attributes", "species") == Json("name"));
    CHECK(at(trees, "deleteIds", 0) == Json(grove.deleted_id));
    CHECK(at(trees, "deletes", 0, "attributes", "species") == Json("gone"));
    CHECK(at(answer, "edits", 1, "features", "adds", 0, "attributes", "note") == Json("a visit"));
}

TEST_CASE("only the kinds that are asked for come", "[service][changes]") {
    Grove grove;
    const Json answer = grove.extract({{"layers", "0"},
                                       {"serverGens", grove.since()},
                                       {"returnDeletes", "true"},
                                       {"returnIdsOnly", "1"}});
    CHECK(ids(answer, "adds") == "[]");
    CHECK(ids(answer, "updates") == "[]");
    CHECK(ids(answer, "deletes") != "[]");
}

TEST_CASE("a range ends where it is said to end, and layers may have their own",
          "[service][changes]") {
    Grove grove;
    const auto extract = [&](const std::string& name, const std::string& value) {
        return grove.extract({{"layers", "0"}, {name, value}, {"returnIdsOnly", "true"}});
    };
    const Json first =
        extract("serverGens", "[" + grove.since() + "," + std::to_string(grove.base + 1) + "]");
    CHECK(ids(first, "adds") == "[" + std::to_string(grove.added) + "]");
    CHECK(ids(first, "updates") == "[]");
    CHECK(ids(first, "deletes") == "[]");
    CHECK(at(first, "layerServerGens", 0, "serverGen") == Json(grove.base + 1));
    const Json second = extract("layerServerGens", "[{\"id\":0,\"minServerGen\":0,\"serverGen\":" +
                                                       std::to_string(grove.base + 1) + "}]");
    CHECK(ids(second, "adds") == "[]");
    CHECK(ids(second, "deletes") == "[" + std::to_string(grove.deleted) + "]");
    const Json now = extract("serverGens", std::to_string(grove.field.generation()));
    CHECK(at(now, "responseType") == Json("esriDataChangesResponseTypeNoEdits"));
    CHECK(now.find("edits") == nullptr);
}

TEST_CASE("updates that touched the geometry or certain fields are marked", "[service][changes]") {
    Grove grove;
    const Json answer = grove.extract({{"layers", "0"},
                                       {"serverGens", grove.since()},
                                       {"returnUpdates", "true"},
                                       {"returnHasGeometryUpdates", "true"},
                                       {"fieldsToCompare", R"({"fields":["SPECIES"]})"}});
    INFO(wire::to_text(answer));
    const Json& trees = at(answer, "edits", 0);
    CHECK(at(trees, "hasGeometryUpdates") == Json(true));
    CHECK(wire::to_text(at(trees, "geometryUpdates")) == "[" + std::to_string(grove.moved) + "]");
    CHECK(wire::to_text(at(trees, "fieldUpdates")) == "[" + std::to_string(grove.renamed) + "]");
}

TEST_CASE("changes are filtered by a condition and an area", "[service][changes]") {
    Grove grove;
    Json answer = grove.extract({{"layers", "0"},
                                 {"serverGens", grove.since()},
                                 {"returnIdsOnly", "true"},
                                 {"layerQueries", R"({"0":{"where":"species='new'"}})"}});
    CHECK(ids(answer, "adds") == "[" + std::to_string(grove.added) + "]");
    CHECK(ids(answer, "deletes") == "[]");
    answer = grove.extract({{"layers", "0"},
                            {"serverGens", grove.since()},
                            {"returnIdsOnly", "true"},
                            {"geometry", "0,0,4,4"}});
    CHECK(ids(answer, "adds") == "[]");
    CHECK(ids(answer, "updates") == "[" + std::to_string(grove.renamed) + "]");
    // It has left the area.
    CHECK(ids(answer, "deletes") ==
          "[" + std::to_string(grove.moved) + "," + std::to_string(grove.deleted) + "]");
}

TEST_CASE("the extent of changes covers where features were and are", "[service][changes]") {
    Grove grove;
    const Json answer = grove.extract({{"layers", "0"},
                                       {"serverGens", grove.since()},
                                       {"returnExtentOnly", "true"},
                                       {"changesExtentGridCell", "large"}});
    INFO(wire::to_text(answer));
    const Json& extent = at(answer, "edits", 0, "extent");
    CHECK(at(extent, "xmin") == Json(1));
    CHECK(at(extent, "ymax") == Json(8));
    CHECK(at(extent, "spatialReference", "wkid") == Json(4326));
    const auto& cells = at(answer, "edits", 0, "cells").as_array("cells");
    CHECK(cells.size() == 4);
    CHECK(at(cells[0], "xmin") == Json(1));
    CHECK(at(cells[0], "xmax").as_double("xmax") == Approx(2.75));
}

TEST_CASE("attachments are told of when asked for", "[service][changes]") {
    Grove grove;
    const std::string since = std::to_string(grove.field.generation());
    const std::string photo = "{22222222-2222-4222-8222-222222222222}";
    grove.field.apply(
        "0", {{"useGlobalIds", "true"},
              {"attachments", R"({"adds":[{"globalId":")" + photo + R"(","parentGlobalId":")" +
                                  grove.field.global_id("0", grove.added) +
                                  R"(","name":"a.jpg","data":"AAAA"}]})"}});
    const http::NameValues call{{"layers", "0"}, {"serverGens", since}};
    CHECK(at(grove.extract(call), "responseType") == Json("esriDataChangesResponseTypeNoEdits"));
    http::NameValues with = call;
    with.emplace_back("returnAttachments", "true");
    const Json linked = grove.extract(with);
    INFO(wire::to_text(linked));
    CHECK(at(linked, "edits", 0, "attachments", "adds", 0, "globalId") == Json(photo));
    CHECK_THAT(at(linked, "edits", 0, "attachments", "adds", 0, "url").as_string("url"),
               Catch::Contains("/attachments/"));
    with.emplace_back("returnAttachmentsDataByUrl", "false");
    CHECK(at(grove.extract(with), "edits", 0, "attachments", "adds", 0, "data") == Json("AAAA"));
}

TEST_CASE("changes come as a file by default, and by a job", "[service][changes][job]") {
    Grove grove;
    const auto content = [&](const std::string& url) {
        const auto file = grove.field.office.send(
            "GET", url.substr(std::string("http://office.test").size()), {});
        REQUIRE(file.file() != nullptr);
        return wire::parse_json(read_file(file.file()->path), "result");
    };
    const http::NameValues call{{"layers", "0"}, {"serverGens", grove.since()}};
    const Json linked = grove.extract(call, false);
    CHECK(linked.find("edits") == nullptr);
    CHECK(at(content(at(linked, "resultUrl").as_string("url")), "edits", 0, "id") == Json(0));
    http::NameValues async = call;
    async.emplace_back("async", "true");
    const std::string job = at(grove.extract(async), "statusUrl").as_string("statusUrl");
    while (grove.field.office.services().run_next_job()) continue;
    const Json page = grove.field.office.get(job.substr(std::string(Office::kUrl).size()));
    CHECK(at(page, "status") == Json("Completed"));
    CHECK(at(content(at(page, "resultUrl").as_string("url")), "edits", 0, "id") == Json(0));
}

TEST_CASE("history goes as far as it is old and nobody needs it", "[service][changes]") {
    Grove grove;
    Office& office = grove.field.office;
    const auto cleanup = [&](const std::string& name, const std::string& value,
                             http::NameValues more = {}) {
        more.emplace_back(name, value);
        return office.post("/cleanupChangeTracking", std::move(more));
    };
    const auto extract = [&](const std::string& since) {
        return grove.extract({{"layers", "0"}, {"serverGens", since}});
    };
    CHECK(at(cleanup("retentionPeriod", "1"), "success") == Json(true));
    CHECK(extract(grove.since()).find("error") == nullptr);
    CHECK(at(cleanup("minServerGen", std::to_string(grove.base + 1), {{"layers", "0,1,2,3,4,5"}}),
             "success") == Json(true));
    const Json expired = extract(grove.since());
    CHECK_THAT(at(expired, "error", "details", 0).as_string("detail"),
               Catch::Contains("no longer available"));
    CHECK(extract(std::to_string(grove.base + 1)).find("error") == nullptr);
    CHECK(at(office.get(""), "changeTrackingInfo", "layerServerGens", 0, "minServerGen") ==
          Json(grove.base + 1));

    const Json replica = office.post("/createReplica", {{"layers", "0"}});
    const std::int64_t needed = grove.field.generation();
    grove.field.add("0", "{}");
    const Json refused = cleanup("minServerGen", std::to_string(needed + 1));
    CHECK_THAT(at(refused, "error", "details", 0).as_string("detail"),
               Catch::Contains("replica") && Catch::Contains(std::to_string(needed)));
    CHECK(at(cleanup("retentionPeriod", "0", {{"retentionPeriodUnit", "seconds"}}), "success") ==
          Json(true));
    CHECK(extract(std::to_string(needed)).find("error") == nullptr);
    CHECK(at(cleanup("replicaId", at(replica, "replicaID").as_string("id")), "success") ==
          Json(true));
    CHECK(extract(std::to_string(needed)).find("error") == nullptr);
    CHECK(extract(std::to_string(needed - 1)).find("error") != nullptr);
}
