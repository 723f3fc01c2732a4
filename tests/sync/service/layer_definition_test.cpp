// SPDX-License-Identifier: Apache-2.0
//
// What a layer says beside its columns: given by a person, told by the service, taken over by a
// device and by an extract.
#include "sync/wire/layer_definition.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

#include <set>
#include <string>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

constexpr const char* kTrees = R"({
  "description": "Street trees", "displayField": "species", "copyrightText": "the city",
  "minScale": 50000, "typeIdField": "species",
  "types": [{"id": "oak", "name": "Oak", "domains": {"dbh": {"type": "inherited"}},
             "templates": [{"name": "Young oak", "prototype": {"attributes": {"dbh": 3}}}]}],
  "templates": [{"name": "Tree", "prototype": {"attributes": {"species": "?"}}}],
  "drawingInfo": {"renderer": {"type": "simple"}}})";

void describe(Office& office, const std::string& layer, const std::string& document) {
    Geodatabase file = office.open_file();
    const Layer& described = file.layer(layer);
    const auto definition =
        wire::read_layer_definition(wire::parse_json(document, "definition"), described);
    sqlite::Transaction transaction(file.database());
    file.describe_layer(described.id, definition);
    transaction.commit();
}

std::string refusal(const std::string& document) {
    Office office;
    Geodatabase file = office.open_file();
    try {
        wire::read_layer_definition(wire::parse_json(document, "definition"), file.layer("trees"));
    } catch (const Error& error) {
        return error.message();
    }
    return "taken";
}

}  // namespace

TEST_CASE("a layer resource says no member twice", "[service][metadata]") {
    Office office;
    for (const char* layer : {"/0", "/1"}) {
        const Json resource = office.get(layer);
        REQUIRE(resource.object() != nullptr);
        std::set<std::string> names;
        for (const auto& member : *resource.object()) {
            CAPTURE(layer, member.name);
            CHECK(names.insert(member.name).second);
        }
    }
}

TEST_CASE("a running service tells how a layer was described", "[service][metadata]") {
    Office office;
    const Json before = office.get("/0");
    CHECK(*at(before, "displayField").text() == "species");
    CHECK(at(before, "types").array()->empty());
    CHECK(*at(before, "drawingInfo", "renderer", "symbol", "type").text() == "esriSMS");
    CHECK(at(before, "editFieldsInfo").is_null());

    describe(office, "trees", kTrees);

    const Json after = office.get("/0");
    CHECK(*at(after, "description").text() == "Street trees");
    CHECK(*at(after, "copyrightText").text() == "the city");
    CHECK(*at(after, "minScale").integer() == 50000);
    CHECK(*at(after, "types", 0, "templates", 0, "name").text() == "Young oak");
    CHECK(*at(after, "templates", 0, "name").text() == "Tree");
    CHECK(at(after, "drawingInfo", "renderer").object()->size() == 1);
    CHECK(*at(office.get("/layers"), "layers", 0, "typeIdField").text() == "species");
    CHECK(*at(office.get("/1"), "description").text() == "");
}

TEST_CASE("a description changes nothing about the agreement with replicas",
          "[service][metadata]") {
    Office office;
    const Json before = office.get("");
    describe(office, "trees", kTrees);
    const Json after = office.get("");
    CHECK(at(before, "rhumb", "fingerprints") == at(after, "rhumb", "fingerprints"));
}

TEST_CASE("a layer with the usual four fields tracks its editors without a word",
          "[service][metadata]") {
    TempFolder folder;
    TestWorld world;
    auto file = Geodatabase::create(folder / "a.gpkg", world.world());
    LayerPlan plan = visits_plan();
    for (const char* name : {"CREATED_DATE", "last_edited_date"}) {
        plan.fields.push_back({name, name, FieldType::Date, 0, true, {}, {}});
    }
    for (const char* name : {"created_user", "last_edited_user"}) {
        plan.fields.push_back({name, name, FieldType::String, 0, true, {}, {}});
    }
    const Layer& layer = make_layer(file, plan);
    REQUIRE(layer.tracking);
    CHECK(layer.fields[*layer.tracking->created].name == "CREATED_DATE");
    CHECK(layer.fields[*layer.tracking->editor].name == "last_edited_user");

    plan.name = "seen";
    plan.fields.back().name = "by_whom";  // one of the four is missing
    CHECK_FALSE(make_layer(file, plan).tracking);

    sqlite::Transaction transaction(file.database());
    file.describe_layer(file.layer("visits").id, {{"editFieldsInfo", "null"}});
    transaction.commit();
    CHECK_FALSE(file.layer("visits").tracking);
}

TEST_CASE("a definition that does not fit its layer is refused with the member's name",
          "[wire][metadata]") {
    const std::vector<std::pair<std::string, std::string>> cases{
        {R"({"descripton": "x"})", "'descripton' is no member of a definition"},
        {R"([])", "the definition: expected an object"},
        {R"({"description": 5})", "description: expected a text"},
        {R"({"displayField": "heigt"})", "displayField: the layer has no field 'heigt'"},
        {R"({"minScale": "near"})", "minScale: expected a number"},
        {R"({"types": {}})", "types: expected an array"},
        {R"({"types": [{"name": "a"}]})", "types[0]"},
        {R"({"types": [{"id": [], "name": "a"}]})", "types[0].id is an array"},
        {R"({"types": [{"id": 1}]})", "types[0]"},
        {R"({"types": [{"id": 1, "name": "a", "domains": {"x": null}}]})", "types[0].domains"},
        {R"({"subtypes": [{"id": 1, "name": "a"}]})", "subtypes[0]"},
        {R"({"subtypes": [{"code": 1, "name": "a", "defaultValues": {"x": 1}}]})",
         "subtypes[0].defaultValues: the layer has no field 'x'"},
        {R"({"templates": [{}]})", "templates[0]"},
        {R"({"templates": [{"name": "t", "prototype": 1}]})", "templates[0].prototype"},
        {R"({"templates": [{"name": "t", "prototype": {"attributes": {"x": 1}}}]})",
         "templates[0].prototype.attributes: the layer has no field 'x'"},
        {R"({"editFieldsInfo": {"editorField": "x"}})", "editFieldsInfo.editorField: the layer"},
        {R"({"editFieldsInfo": {"editDateField": "species"}})",
         "editFieldsInfo.editDateField: field 'species' is no date field"},
        {R"({"drawingInfo": "red"})", "drawingInfo: expected an object"}};
    for (const auto& [document, reason] : cases) {
        INFO(document);
        CHECK_THAT(refusal(document), Catch::Contains(reason));
    }
}

TEST_CASE("what a foreign service says of a layer is taken as far as it fits", "[wire][metadata]") {
    const Json resource = wire::parse_json(
        R"({"id": 0, "displayField": "gone", "types": [], "minScale": 0, "description": "d",
            "typeIdField": "note", "templates": [{"name": "t"}], "editFieldsInfo": null})",
        "layer");
    const auto definition = wire::definition_of_service(resource, visits_plan().fields);
    CHECK(definition == LayerDefinition{{"description", "\"d\""},
                                        {"templates", R"([{"name":"t"}])"},
                                        {"typeIdField", "\"note\""}});
}
