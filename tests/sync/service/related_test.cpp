// SPDX-License-Identifier: Apache-2.0
//
// Related rows in replicas, as a bare client of the protocol sees them.
#include "geodb/relationships/relationship.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

#include <set>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

using Names = std::set<std::string>;

/// Trees with visits, and notes on visits: a chain of two relationships.
struct Crew {
    Office office;
    std::string id, generation;
    GlobalId oak = office.add("trees", {{"species", "oak"}}, point(1, 1));
    GlobalId elm = office.add("trees", {{"species", "elm"}}, point(9, 9));
    GlobalId oak_visit = visit(oak, "oak visit");
    GlobalId elm_visit = visit(elm, "elm visit");

    explicit Crew(bool composite = false) {
        {
            Geodatabase file = office.open_file();
            LayerPlan notes;
            notes.name = "notes";
            notes.fields = {field("visit", FieldType::Guid), field("note", FieldType::String)};
            make_layer(file, notes);
            sqlite::Transaction transaction(file.database());
            RelationshipPlan visits{file.layer("trees").id, file.layer("visits").id, "global_id",
                                    "tree", ""};
            visits.composite = composite;
            add_relationship(file, visits);
            add_relationship(
                file, {file.layer("visits").id, file.layer("notes").id, "global_id", "visit", ""});
            transaction.commit();
        }
        office.restart();
        note(oak_visit, "oak note");
        note(elm_visit, "elm note");
    }
    GlobalId visit(const GlobalId& tree, const char* note) {
        return office.add("visits", {{"tree", tree.value.braced()}, {"note", std::string(note)}});
    }
    GlobalId note(const GlobalId& of, const char* text) {
        return office.add("notes", {{"visit", of.value.braced()}, {"note", std::string(text)}});
    }

    Json join(http::NameValues parameters = {}) {
        parameters.emplace_back("geometry", "0,0,2,2");
        parameters.emplace_back("transportType", "esriTransportTypeEmbedded");
        Json answer = office.post("/createReplica", parameters);
        INFO(wire::to_text(answer));
        id = at(answer, "replicaID").as_string("id");
        generation = std::to_string(at(answer, "replicaServerGen").as_int64("gen"));
        return answer;
    }
    /// Goes on from where the last one ended.
    Json sync(http::NameValues parameters = {}) {
        parameters.emplace_back("replicaID", id);
        parameters.emplace_back("replicaServerGen", generation);
        parameters.emplace_back("transportType", "esriTransportTypeEmbedded");
        Json answer = office.post("/synchronizeReplica", parameters);
        INFO(wire::to_text(answer));
        generation = std::to_string(at(answer, "replicaServerGen").as_int64("gen"));
        return answer;
    }
};

Names notes_in(const Json& features) {
    Names names;
    for (const Json& feature : *features.array()) {
        names.insert(at(feature, "attributes", "note").as_string("note"));
    }
    return names;
}

/// What an answer to synchronizeReplica brings for one layer.
Names brought(const Json& answer, int layer, const char* list) {
    const Json* edits = answer.find("edits");
    if (edits == nullptr) return {};
    for (const Json& entry : *edits->array()) {
        if (at(entry, "id") != Json(layer)) continue;
        const Json& found = at(entry, "features", list);
        if (std::string_view(list) != "deleteIds") return notes_in(found);
        Names names;
        for (const Json& name : *found.array()) names.insert(name.as_string("id"));
        return names;
    }
    return {};
}

Names whole(const Json& answer, std::size_t layer) {
    return notes_in(at(answer, "layers", layer, "features"));
}

}  // namespace

TEST_CASE("layers and service name their relationships, each side its own", "[service][related]") {
    Crew crew(true);
    const Json trees = crew.office.get("/0");
    CHECK(at(trees, "relationships", 0, "role") == Json("esriRelRoleOrigin"));
    CHECK(at(trees, "relationships", 0, "relatedTableId") == Json(1));
    CHECK(at(trees, "relationships", 0, "composite") == Json(true));
    const Json visits = crew.office.get("/1");
    REQUIRE(at(visits, "relationships").array()->size() == 2);
    CHECK(at(visits, "relationships", 0, "keyField") == Json("tree"));
    CHECK(at(crew.office.get(""), "relationships", 1, "name") == Json("visits_notes"));
}

TEST_CASE("of a table come the rows related to the rows taken, through chains",
          "[service][related]") {
    Crew crew;
    const Json answer = crew.join();
    CHECK(whole(answer, 1) == Names{"oak visit"});
    CHECK(whole(answer, 2) == Names{"oak note"});
}

TEST_CASE("the five useful layer queries of a table", "[service][related]") {
    struct Case {
        const char* query;
        Names visits;
    };
    const Case cases[] = {
        {R"({"1":{"queryOption":"all"}})", {"oak visit", "elm visit"}},
        {R"({"1":{"where":"note like 'elm%'"}})", {"elm visit"}},
        {R"({"0":{"useGeometry":false,"where":"species='elm'"}})", {"elm visit"}},
        {R"({"0":{"queryOption":"all"}})", {"oak visit", "elm visit"}},
        {R"({"1":{"queryOption":"none","includeRelated":true}})", {"oak visit"}},
        {R"({"1":{"queryOption":"none"}})", {"oak visit"}},
        {R"({"1":{"queryOption":"none","includeRelated":false}})", {}},
        {R"({"0":{"queryOption":"none"}})", {}},
    };
    Crew crew;
    for (const Case& one : cases) {
        INFO(one.query);
        CHECK(whole(crew.join({{"layerQueries", one.query}}), 1) == one.visits);
    }
}

TEST_CASE("a child comes when it is made for a parent here, and not for another",
          "[service][related]") {
    Crew crew;
    crew.join();
    const GlobalId second = crew.visit(crew.oak, "second oak visit");
    crew.visit(crew.elm, "second elm visit");
    crew.note(second, "second oak note");
    const Json answer = crew.sync();
    CHECK(brought(answer, 1, "adds") == Names{"second oak visit"});
    CHECK(brought(answer, 2, "adds") == Names{"second oak note"});
}

TEST_CASE("a child that gets another parent comes or goes, with its own children",
          "[service][related]") {
    Crew crew;
    crew.join();
    crew.office.update("visits", crew.elm_visit, {{"tree", crew.oak.value.braced()}});
    crew.office.update("visits", crew.oak_visit, {{"tree", crew.elm.value.braced()}});
    const Json answer = crew.sync();
    CHECK(brought(answer, 1, "adds") == Names{"elm visit"});
    CHECK(brought(answer, 2, "adds") == Names{"elm note"});
    CHECK(brought(answer, 1, "deleteIds") == Names{crew.oak_visit.value.braced()});
    CHECK(brought(answer, 2, "deleteIds").size() == 1);
    CHECK(brought(crew.sync(), 1, "adds").empty());
}

TEST_CASE("children come and go with a parent that enters or leaves the area",
          "[service][related]") {
    Crew crew;
    crew.join();
    crew.office.update("trees", crew.elm, {{"geom", point(1.5, 1.5)}});
    crew.office.update("trees", crew.oak, {{"geom", point(8, 8)}});
    const Json answer = crew.sync();
    CHECK(brought(answer, 1, "adds") == Names{"elm visit"});
    CHECK(brought(answer, 2, "adds") == Names{"elm note"});
    CHECK(brought(answer, 1, "deleteIds") == Names{crew.oak_visit.value.braced()});
    CHECK(brought(answer, 2, "deleteIds").size() == 1);
}

TEST_CASE("an edit of a child outside stays outside, one inside is an update",
          "[service][related]") {
    Crew crew;
    crew.join();
    crew.office.update("visits", crew.elm_visit, {{"note", std::string("elm again")}});
    crew.office.update("visits", crew.oak_visit, {{"note", std::string("oak again")}});
    const Json answer = crew.sync();
    CHECK(brought(answer, 1, "adds").empty());
    CHECK(brought(answer, 1, "updates") == Names{"oak again"});
}

TEST_CASE("children of a deleted composite parent come as deletes, also to whoever deleted it",
          "[service][related]") {
    Crew crew(true);
    crew.join();
    const Json answer = crew.sync({{"edits", R"([{"id":0,"features":{"deleteIds":[")" +
                                                 crew.oak.value.braced() + R"("]}}])"}});
    CHECK(brought(answer, 1, "deleteIds") == Names{crew.oak_visit.value.braced()});
    CHECK(brought(answer, 2, "deleteIds").size() == 1);
}

TEST_CASE("a tree that its crew moves out of the area keeps its visits there",
          "[service][related]") {
    Crew crew;
    crew.join();
    const Json answer = crew.sync(
        {{"edits", R"([{"id":0,"features":{"updates":[{"geometry":{"x":8,"y":8},"attributes":)"
                   R"({"global_id":")" +
                       crew.oak.value.braced() + R"("}}]}}])"}});
    CHECK(brought(answer, 1, "deleteIds").empty());
}

TEST_CASE("notes leave with a visit that the crew edited and somebody else parted from its tree",
          "[service][related]") {
    Crew crew;
    const GlobalId note = crew.note(crew.oak_visit, "of the oak");
    crew.join();
    crew.sync({{"syncDirection", "upload"},
               {"edits", R"([{"id":1,"features":{"updates":[{"attributes":{"global_id":")" +
                             crew.oak_visit.value.braced() + R"(","note":"seen"}}]}}])"}});
    crew.office.erase("trees", crew.oak);
    const Json answer = crew.sync();
    CHECK(brought(answer, 1, "deleteIds") == Names{crew.oak_visit.value.braced()});
    CHECK(brought(answer, 2, "deleteIds").count(note.value.braced()) == 1);
}

TEST_CASE("a note leaves with the visit that the crew made beside it and somebody else takes out",
          "[service][related]") {
    Crew crew;
    crew.join();
    const std::string visit = "{11111111-1111-4111-8111-111111111111}";
    const std::string note = "{22222222-1111-4111-8111-111111111111}";
    const Json sent = crew.sync(
        {{"syncDirection", "upload"},
         {"edits", R"([{"id":1,"features":{"adds":[{"attributes":{"global_id":")" + visit +
                       R"(","tree":")" + crew.oak.value.braced() +
                       R"("}}]}},{"id":2,"features":{"adds":[{"attributes":{"global_id":")" + note +
                       R"(","visit":")" + visit + R"("}}]}}])"}});
    CHECK(sent.find("error") == nullptr);
    const GlobalId made{Uuid::parse(visit).value()};
    if (GENERATE(true, false)) {
        crew.office.erase("visits", made);
    } else {
        crew.office.update("visits", made, {{"tree", crew.elm.value.braced()}});
    }
    const Json answer = crew.sync();
    CHECK(brought(answer, 1, "deleteIds") == Names{visit});
    CHECK(brought(answer, 2, "deleteIds") == Names{note});
    CHECK(brought(crew.sync(), 2, "deleteIds").empty());
}
