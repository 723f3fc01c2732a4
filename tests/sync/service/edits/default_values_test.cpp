// SPDX-License-Identifier: Apache-2.0
//
// What a new feature does not say: the column's default. What it says is empty stays empty.
#include "tests/support/catch.hpp"
#include "tests/support/edit_office.hpp"

#include <limits>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

/// Layer 6 "poles": state DEFAULT 'new', count DEFAULT (1 + 1), born DEFAULT now, height without,
/// must NOT NULL DEFAULT 'given'.
struct Poles : EditOffice {
    Poles() {
        office.restart([this] {
            auto file = office.open_file();
            LayerPlan plan;
            plan.name = "poles";
            plan.id = LayerId{6};
            plan.fields = {field("state", FieldType::String, 20),
                           field("count", FieldType::Integer), field("born", FieldType::Date),
                           field("height", FieldType::Double),
                           field("must", FieldType::String, 20)};
            plan.fields[0].default_sql = "'new'";
            plan.fields[1].default_sql = "(1 + 1)";
            plan.fields[2].default_sql = "(strftime('%Y-%m-%dT%H:%M:%fZ','now'))";
            plan.fields[4].default_sql = "'given'";
            plan.fields[4].nullable = false;
            make_layer(file, plan);
        });
    }
    void check_defaults(std::int64_t oid) {
        CHECK(attribute("6", oid, "state") == Json("new"));
        CHECK(attribute("6", oid, "count") == Json(2));
        CHECK(attribute("6", oid, "born").is_number());
        CHECK(attribute("6", oid, "must") == Json("given"));
    }
};

constexpr const char* kBare = R"([{"attributes":{"height":3.5}}])";

}  // namespace

TEST_CASE("a field that an add leaves out gets its default, whatever brings the add",
          "[service][edits]") {
    Poles field;
    SECTION("addFeatures") {
        const Json added = field.office.post("/6/addFeatures", {{"features", kBare}});
        CHECK(at(added, "addResults", 0, "success") == Json(true));
    }
    SECTION("applyEdits of the layer") {
        const Json added = field.apply("6", {{"adds", kBare}});
        CHECK(at(added, "addResults", 0, "success") == Json(true));
    }
    SECTION("applyEdits of the service") {
        const Json added = field.office.post(
            "/applyEdits", {{"edits", std::string(R"([{"id":6,"adds":)") + kBare + "}]"}});
        CHECK(at(added, 0, "addResults", 0, "success") == Json(true));
    }
    SECTION("an upload of a replica") {
        const Json made = field.office.post("/createReplica", {{"layers", "6"}});
        const Json done = field.office.post(
            "/synchronizeReplica",
            {{"replicaID", at(made, "replicaID").as_string("id")},
             {"syncDirection", "upload"},
             {"edits", R"([{"id":6,"features":{"adds":[{"attributes":{"height":3.5,
                "global_id":"{00000000-0000-4000-8000-000000000001}"}}]}}])"}});
        INFO(wire::to_text(done));
        CHECK(done.find("error") == nullptr);
    }
    REQUIRE(field.count("6") == 1);
    field.check_defaults(1);
    CHECK(field.attribute("6", 1, "height") == Json(3.5));
}

TEST_CASE("a field that an add says is null stays null, where it may be", "[service][edits]") {
    Poles field;
    const auto oid = field.add("6", R"({"STATE":null,"count":null,"must":null})");
    CHECK(field.attribute("6", oid, "state") == Json());
    CHECK(field.attribute("6", oid, "count") == Json());
    CHECK(field.attribute("6", oid, "born").is_number());
    CHECK(field.attribute("6", oid, "must") == Json("given"));
    // An update that leaves it out leaves it.
    field.apply("6", {{"updates", "[{\"attributes\":{\"OBJECTID\":" + std::to_string(oid) +
                                      ",\"height\":1}}]"}});
    CHECK(field.attribute("6", oid, "state") == Json());
}

TEST_CASE("a default takes no other feature's place among many", "[service][edits]") {
    Poles field;
    std::string rows;
    for (int i = 0; i < 40; ++i) {
        rows += i > 0 ? "," : "";
        rows += "{\"attributes\":{\"height\":" + std::to_string(i);
        if (i % 2 == 1) rows += ",\"state\":\"old\"";
        if (i % 3 == 1) rows += ",\"count\":null";
        rows += "}}";
    }
    CHECK(field.office.post("/6/addFeatures", {{"features", "[" + rows + "]"}}).find("error") ==
          nullptr);
    for (int i = 0; i < 40; ++i) {
        INFO(i);
        CHECK(field.attribute("6", i + 1, "height") == Json(i));
        CHECK(field.attribute("6", i + 1, "state") == Json(i % 2 == 1 ? "old" : "new"));
        CHECK(field.attribute("6", i + 1, "count") == (i % 3 == 1 ? Json() : Json(2)));
    }
}

TEST_CASE("what is no number is no value of a number field", "[service][edits]") {
    Poles field;
    const auto add = [&](const std::string& value) {
        return field.office.post("/6/addFeatures",
                                 {{"features", "[{\"attributes\":{\"height\":" + value + "}}]"}});
    };
    for (const char* text : {"\"NaN\"", "\"Infinity\"", "\"1e999\""}) {
        INFO(text);
        const Json refused = add(text);
        CHECK_THAT(wire::to_text(refused), Catch::Contains("'height'"));
        CHECK(field.count("6") == 0);
    }
    for (const char* numeral : {"1e999", "-1e999", "NaN", "Infinity"}) {
        INFO(numeral);
        CHECK_THAT(wire::to_text(add(numeral)), Catch::Contains("'features'"));
        CHECK(field.count("6") == 0);
    }
}

TEST_CASE("an infinity that another program stored is null on the wire, and to a replica",
          "[service][edits]") {
    Poles field;
    field.office.restart([&] {
        auto file = field.office.open_file();
        file.database().execute("INSERT INTO poles (height) VALUES (9e999)");
    });
    CHECK(field.attribute("6", 1, "height") == Json());
    const Json made = field.office.post(
        "/createReplica", {{"layers", "6"}, {"transportType", "esriTransportTypeEmbedded"}});
    CHECK_THAT(wire::to_text(made), Catch::Contains("\"height\":null"));
}
