// SPDX-License-Identifier: Apache-2.0
//
// Related records, and one query of several layers.
#include "tests/sync/service/query/park.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

/// Three trees with two, no and three visits.
struct Grove {
    Park park;
    GlobalId oak = park.office.add("trees", {{"species", "oak"}}, point(8, 47));
    GlobalId elm = park.office.add("trees", {{"species", "elm"}}, point(9, 47));
    GlobalId ash = park.office.add("trees", {{"species", "ash"}}, point(10, 47));

    Grove() {
        for (const char* note : {"b", "a"}) visit(oak, note);
        for (const char* note : {"c", "e", "d"}) visit(ash, note);
        park.office.add("visits", {{"note", "nowhere"}});
    }
    void visit(const GlobalId& tree, const char* note) {
        park.office.add("visits", {{"tree", tree.value.braced()}, {"note", note}});
    }
    Json related(http::NameValues parameters, const std::string& layer = "/0") {
        parameters.emplace_back("relationshipId", "0");
        return park.office.get(layer + "/queryRelatedRecords", std::move(parameters));
    }
};

/// "1:a,b 3:c" of an answer's groups.
std::string groups_of(const Json& answer) {
    std::string text;
    for (const Json& group : at(answer, "relatedRecordGroups").as_array("groups")) {
        text += (text.empty() ? "" : " ") +
                std::to_string(at(group, "objectId").as_int64("objectId")) + ":";
        bool first = true;
        for (const Json& record : at(group, "relatedRecords").as_array("records")) {
            const Json* note = at(record, "attributes").find("note");
            text += (first ? "" : ",") + (note != nullptr ? note->as_string("note") : "?");
            first = false;
        }
    }
    return text;
}

}  // namespace

TEST_CASE("related records come in groups of those they belong to", "[service][related]") {
    Grove grove;
    const Json answer = grove.related({{"objectIds", "1,2,3"}, {"outFields", "note"}});
    INFO(wire::to_text(answer));
    CHECK(groups_of(answer) == "1:b,a 3:c,e,d");
    CHECK(at(answer, "fields", 1, "name") == Json("note"));
    CHECK(answer.find("geometryType") == nullptr);
    CHECK(answer.find("exceededTransferLimit") == nullptr);
    CHECK(groups_of(grove.related(
              {{"objectIds", "3"}, {"outFields", "note"}, {"orderByFields", "note DESC"}})) ==
          "3:e,d,c");
    CHECK(groups_of(grove.related({{"objectIds", "[1,3]"},
                                   {"outFields", "note"},
                                   {"definitionExpression", "note > 'b'"}})) == "3:c,e,d");
    CHECK(groups_of(grove.related({{"objectIds", "2,77"}})).empty());
}

TEST_CASE("parents are asked for from the other side, with their shapes", "[service][related]") {
    Grove grove;
    const Json answer =
        grove.related({{"objectIds", "1,4,6"}, {"outFields", "species"}, {"outSR", "3857"}}, "/1");
    INFO(wire::to_text(answer));
    const auto& groups = at(answer, "relatedRecordGroups").as_array("groups");
    REQUIRE(groups.size() == 2);
    CHECK(at(groups[0], "relatedRecords", 0, "attributes", "species") == Json("oak"));
    CHECK(at(groups[1], "relatedRecords", 0, "attributes", "species") == Json("ash"));
    CHECK(at(groups[0], "relatedRecords", 0, "geometry", "x").as_double("x") == Approx(890555.926));
    CHECK(at(answer, "geometryType") == Json("esriGeometryPoint"));
    CHECK(at(answer, "spatialReference", "latestWkid") == Json(3857));
    const Json bare = grove.related({{"objectIds", "1"}, {"returnGeometry", "false"}}, "/1");
    CHECK(at(bare, "relatedRecordGroups", 0, "relatedRecords", 0).find("geometry") == nullptr);
}

TEST_CASE("related records are counted and paged over all groups", "[service][related]") {
    Grove grove;
    const Json counted = grove.related({{"objectIds", "1,2,3"}, {"returnCountOnly", "true"}});
    CHECK(wire::to_text(counted) ==
          R"({"relatedRecordGroups":[{"objectId":1,"count":2},{"objectId":3,"count":3}]})");
    const auto page = [&](const char* offset) {
        return grove.related({{"objectIds", "1,2,3"},
                              {"outFields", "note"},
                              {"resultOffset", offset},
                              {"resultRecordCount", "3"}});
    };
    CHECK(groups_of(page("0")) == "1:b,a 3:c");
    CHECK(at(page("0"), "exceededTransferLimit") == Json(true));
    CHECK(groups_of(page("3")) == "3:e,d");
    CHECK(page("3").find("exceededTransferLimit") == nullptr);
}

TEST_CASE("the layer says that related queries page", "[service][related]") {
    Grove grove;
    const Json layer = grove.park.office.get("/0");
    CHECK(at(layer, "advancedQueryCapabilities", "supportsQueryRelatedPagination") == Json(true));
    CHECK(at(layer, "relationships", 0, "relatedTableId") == Json(1));
}

TEST_CASE("several layers are asked at once, in three spellings", "[service][query]") {
    Grove grove;
    for (const char* definitions :
         {R"({"0":"species='oak'","1":"1=1"})", "0:species='oak';1:1=1",
          R"([{"layerId":0,"where":"species='oak'"},{"layerId":1,"where":""}])",
          R"({"0":{"where":"species='oak'"},"1":{}})"}) {
        INFO(definitions);
        const Json answer = grove.park.office.get("/query", {{"layerDefs", definitions}});
        INFO(wire::to_text(answer));
        REQUIRE(at(answer, "layers").as_array("layers").size() == 2);
        CHECK(at(answer, "layers", 0, "id") == Json(0));
        CHECK(at(answer, "layers", 0, "features").as_array("features").size() == 1);
        CHECK(at(answer, "layers", 1, "features").as_array("features").size() == 6);
    }
    const Json counts = grove.park.office.get(
        "/query",
        {{"layerDefs", "0:1=1;1:note = 'a;b' OR note = 'a'"}, {"returnCountOnly", "true"}});
    CHECK(wire::to_text(counts) == R"({"layers":[{"id":0,"count":3},{"id":1,"count":1}]})");
    const Json fields = grove.park.office.get(
        "/query", {{"layerDefs", R"([{"layerId":0,"where":"1=1","outFields":"species"}])"}});
    CHECK(at(fields, "layers", 0, "features", 0, "attributes", "species") == Json("oak"));
    const Json ids = grove.park.office.get(
        "/query", {{"layerDefs", R"({"0":"1=1"})"}, {"returnIdsOnly", "true"}});
    CHECK(at(ids, "layers", 0, "objectIds").as_array("ids").size() == 3);
}
