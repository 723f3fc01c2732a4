// SPDX-License-Identifier: Apache-2.0
//
// Whatever is wrong with a call that edits, its answer names the parameter or the row, and nothing
// has changed. Codes of single rows have a table of their own (edit_codes_test).
#include "tests/support/catch.hpp"
#include "tests/support/edit_office.hpp"

#include <vector>

using namespace rhumb;
using namespace rhumb::test;
using wire::Json;

namespace {

using Pairs = std::vector<std::pair<const char*, const char*>>;

struct Bad {
    const char* resource;
    Pairs parameters;
    const char* named;  ///< in the first detail
};

const std::vector<Bad> kLayerEdits = {
    // Not JSON, or JSON of another shape.
    {"/0/applyEdits", {{"adds", "[{"}}, "'adds'"},
    {"/0/applyEdits", {{"adds", "[{}],"}}, "'adds'"},
    {"/0/applyEdits", {{"adds", "{}"}}, "'adds'"},
    {"/0/applyEdits", {{"adds", "oak"}}, "'adds'"},
    {"/0/applyEdits", {{"adds", "7"}}, "'adds'"},
    {"/0/applyEdits", {{"adds", "null"}}, "'adds'"},
    {"/0/applyEdits", {{"adds", "[{\"attributes\":{\"species\":\"\\ud800\"}}]"}}, "'adds'"},
    {"/0/applyEdits", {{"adds", "[{\"attributes\":{\"species\":\"\xff\"}}]"}}, "'adds'"},
    {"/0/applyEdits", {{"adds", "[{\"attributes\":{\"dbh\":1e999}}]"}}, "'adds'"},
    {"/0/applyEdits", {{"adds", "[{\"attributes\":{\"dbh\":NaN}}]"}}, "'adds'"},
    {"/0/applyEdits", {{"adds", "[{'attributes':{}}]"}}, "'adds'"},
    {"/0/applyEdits", {{"adds", "[{}"}, {"rollbackOnFailure", "false"}}, "'adds'"},
    {"/0/applyEdits",
     {{"adds", "[{}]"}, {"updates", "[{\"attributes\":{\"OBJECTID\":1}},"}},
     "'updates'"},
    {"/0/applyEdits", {{"updates", "{}"}}, "'updates'"},
    {"/0/applyEdits", {{"updates", "1,2"}}, "'updates'"},
    {"/0/applyEdits", {{"adds", "[{}]"}, {"deletes", "[1,"}}, "'deletes'"},
    {"/0/applyEdits", {{"deletes", "[1}"}}, "'deletes'"},
    {"/0/applyEdits", {{"attachments", "[1"}, {"useGlobalIds", "true"}}, "'attachments'"},
    {"/0/applyEdits", {{"attachments", "7"}, {"useGlobalIds", "true"}}, "'attachments'"},
    {"/0/applyEdits", {{"attachments", "[]"}, {"useGlobalIds", "true"}}, "'attachments'"},
    {"/0/applyEdits",
     {{"attachments", "{\"adds\":{}}"}, {"useGlobalIds", "true"}},
     "'attachments'"},
    {"/0/applyEdits",
     {{"attachments", "{\"deletes\":\"x\"}"}, {"useGlobalIds", "true"}},
     "'attachments'"},
    {"/0/applyEdits", {{"attachments", "{\"adds\":[{}]}"}}, "'useGlobalIds'"},
    {"/0/applyEdits",
     {{"attachments", "{}},\"adds\":[{}"}, {"useGlobalIds", "true"}},
     "'attachments'"},
    // Flags.
    {"/0/applyEdits", {{"adds", "[{}]"}, {"rollbackOnFailure", "maybe"}}, "'rollbackOnFailure'"},
    {"/0/applyEdits", {{"adds", "[{}]"}, {"rollbackOnFailure", "2"}}, "'rollbackOnFailure'"},
    {"/0/applyEdits", {{"adds", "[{}]"}, {"useGlobalIds", "yes"}}, "'useGlobalIds'"},
    {"/0/applyEdits", {{"adds", "[{}]"}, {"returnEditResults", "no"}}, "'returnEditResults'"},
    {"/0/applyEdits", {{"adds", "[{}]"}, {"returnEditMoment", "now"}}, "'returnEditMoment'"},
    {"/0/applyEdits", {{"adds", "[{}]"}, {"async", "later"}}, "'async'"},
    {"/0/applyEdits", {{"adds", "[{}]"}, {"f", "xml"}}, "'f'"},
    {"/0/applyEdits", {{"editsUploadId", "nobody"}}, "nobody"},
    {"/0/applyEdits", {{"editsUploadId", "../../field.gpkg"}}, "editsUploadId"},
    {"/0/applyEdits",
     {{"editsUploadId", "i1"}, {"editsUploadFormat", "csv"}},
     "'editsUploadFormat'"},
    {"/77/applyEdits", {{"adds", "[{}]"}}, "77"},
    {"/-1/applyEdits", {{"adds", "[{}]"}}, "-1"},
    {"/0/applyEdits/more", {{"adds", "[{}]"}}, "more"},
    // Rows.
    {"/0/applyEdits", {{"adds", "[[]]"}}, "adds[0]"},
    {"/0/applyEdits", {{"adds", "[{},true]"}}, "adds[1]"},
    {"/0/applyEdits", {{"updates", "[{\"attributes\":{\"species\":\"x\"}}]"}}, "updates[0]"},
    {"/0/applyEdits", {{"updates", "[{\"attributes\":{\"OBJECTID\":null}}]"}}, "updates[0]"},
    {"/0/applyEdits", {{"updates", "[{\"attributes\":{\"OBJECTID\":1.5}}]"}}, "updates[0]"},
    {"/0/applyEdits", {{"updates", "[{\"attributes\":{\"OBJECTID\":[1]}}]"}}, "updates[0]"},
    {"/0/applyEdits", {{"updates", "[{\"attributes\":{\"OBJECTID\":4711}}]"}}, "4711"},
    {"/0/applyEdits",
     {{"updates", "[{\"attributes\":{\"OBJECTID\":1,\"site_order\":\"x\"}}]"}},
     "'site_order'"},
    {"/0/applyEdits",
     {{"updates", "[{\"attributes\":{\"OBJECTID\":1},\"geometry\":{\"x\":true}}]"}},
     "updates[0]"},
    {"/0/applyEdits", {{"updates", "[{\"attributes\":[]}]"}}, "updates[0]"},
    {"/0/applyEdits", {{"deletes", "oak"}}, "oak"},
    {"/0/applyEdits", {{"deletes", "1,,2"}}, "deletes[1]"},
    {"/0/applyEdits", {{"deletes", "[1,null]"}}, "deletes[1]"},
    {"/0/applyEdits", {{"deletes", "[{}]"}}, "deletes[0]"},
    {"/0/applyEdits", {{"deletes", "99999999999999999999"}}, "deletes[0]"},
    {"/0/applyEdits", {{"deletes", "1"}, {"useGlobalIds", "true"}}, "1021"},
    {"/0/applyEdits", {{"deletes", "{12}"}, {"useGlobalIds", "true"}}, "{12}"},
    {"/0/applyEdits", {{"adds", "[{}]"}, {"useGlobalIds", "true"}}, "1020"},
    {"/0/applyEdits",
     {{"attachments", "{\"adds\":[{\"name\":\"a\"}]}"}, {"useGlobalIds", "true"}},
     "'globalId'"},
    {"/0/applyEdits",
     {{"attachments",
       "{\"adds\":[{\"globalId\":\"{22222222-2222-4222-8222-222222222222}\",\"data\":\"AA\"}]}"},
      {"useGlobalIds", "true"}},
     "'parentGlobalId'"},
    {"/0/applyEdits",
     {{"attachments", "{\"deletes\":[\"photo\"]}"}, {"useGlobalIds", "true"}},
     "photo"},
};

const std::vector<Bad> kSingleEdits = {
    {"/0/addFeatures", {}, "'features'"},
    {"/0/addFeatures", {{"features", "  "}}, "'features'"},
    {"/0/addFeatures", {{"features", "[{}"}}, "'features'"},
    {"/0/addFeatures", {{"features", "{\"attributes\":{}}"}}, "'features'"},
    {"/0/addFeatures", {{"features", "1"}}, "'features'"},
    {"/0/addFeatures", {{"features", "[{}]]"}}, "'features'"},
    {"/0/addFeatures", {{"features", "[\"oak\"]"}}, "features[0]"},
    {"/0/addFeatures", {{"features", "[{}]"}, {"rollbackOnFailure", "x"}}, "'rollbackOnFailure'"},
    {"/0/addFeatures", {{"features", "[{}]"}, {"returnEditMoment", "x"}}, "'returnEditMoment'"},
    {"/0/addFeatures", {{"features", "[{}]"}, {"f", "csv"}}, "'f'"},
    {"/9/addFeatures", {{"features", "[{}]"}}, "9"},
    {"/oak/addFeatures", {{"features", "[{}]"}}, "oak"},
    {"/0/updateFeatures", {}, "'features'"},
    {"/0/updateFeatures", {{"features", "[}"}}, "'features'"},
    {"/0/updateFeatures", {{"features", "\"\""}}, "'features'"},
    {"/0/updateFeatures", {{"features", "[{}]"}}, "features[0]"},
    {"/0/updateFeatures", {{"features", "[{\"attributes\":{\"OBJECTID\":-4}}]"}}, "-4"},
    {"/0/updateFeatures",
     {{"features", "[{}]"}, {"rollbackOnFailure", "-1"}},
     "'rollbackOnFailure'"},
    {"/0/updateFeatures",
     {{"features", "[{\"attributes\":{\"OBJECTID\":1,\"planted\":\"2026-13-01\"}}]"}},
     "'planted'"},
    {"/0/updateFeatures",
     {{"features", "[{\"attributes\":{\"OBJECTID\":1},\"geometry\":{\"paths\":[]}}]"}},
     "features[0]"},
    {"/0/deleteFeatures", {}, "'objectIds'"},
    {"/0/deleteFeatures", {{"objectIds", ""}, {"where", ""}}, "'objectIds'"},
    {"/0/deleteFeatures", {{"objectIds", "oak"}}, "'objectIds'"},
    {"/0/deleteFeatures", {{"objectIds", "1;2"}}, "'objectIds'"},
    {"/0/deleteFeatures", {{"objectIds", "[1,2"}}, "'objectIds'"},
    {"/0/deleteFeatures", {{"objectIds", "[{}]"}}, "'objectIds'"},
    {"/0/deleteFeatures", {{"objectIds", "1.5"}}, "'objectIds'"},
    {"/0/deleteFeatures", {{"objectIds", "4711"}}, "4711"},
    {"/0/deleteFeatures", {{"where", "species ="}}, "where"},
    {"/0/deleteFeatures", {{"where", "nobody = 1"}}, "nobody"},
    {"/0/deleteFeatures", {{"where", "1=1; DROP TABLE trees"}}, ";"},
    {"/0/deleteFeatures", {{"where", "1=1 -- all"}}, "where"},
    {"/0/deleteFeatures", {{"geometry", "1,2,3"}}, "'geometry'"},
    {"/0/deleteFeatures", {{"geometry", "{\"x\":"}}, "'geometry'"},
    {"/0/deleteFeatures", {{"geometry", "{\"rings\":7}"}}, "'geometry'"},
    {"/0/deleteFeatures", {{"geometry", "5,5,1,1"}}, "'geometry'"},
    {"/0/deleteFeatures", {{"geometry", "1,1,5,5"}, {"inSR", "north"}}, "'inSR'"},
    {"/0/deleteFeatures", {{"geometry", "1,1,5,5"}, {"inSR", "7"}}, "7"},
    {"/0/deleteFeatures",
     {{"geometry", "1,1,5,5"}, {"spatialRel", "esriSpatialRelNear"}},
     "spatialRel"},
    {"/1/deleteFeatures", {{"geometry", "1,1,5,5"}}, "'geometry'"},
    {"/0/deleteFeatures",
     {{"where", "1=1"}, {"returnDeleteResults", "x"}},
     "'returnDeleteResults'"},
    {"/0/deleteFeatures", {{"where", "1=1"}, {"rollbackOnFailure", "x"}}, "'rollbackOnFailure'"},
    {"/0/deleteFeatures", {{"where", "1=1"}, {"returnEditMoment", "x"}}, "'returnEditMoment'"},
    {"/0/deleteFeatures", {{"where", "1=1"}, {"async", "x"}}, "'async'"},
    {"/9/deleteFeatures", {{"where", "1=1"}}, "9"},
};

const std::vector<Bad> kServiceEdits = {
    {"/applyEdits", {}, "'edits'"},
    {"/applyEdits", {{"edits", ""}}, "'edits'"},
    {"/applyEdits", {{"edits", "{"}}, "'edits'"},
    {"/applyEdits", {{"edits", "{}"}}, "'edits'"},
    {"/applyEdits", {{"edits", "{\"id\":0,\"adds\":[{}]}"}}, "'edits'"},
    {"/applyEdits", {{"edits", "oak"}}, "'edits'"},
    {"/applyEdits", {{"edits", "[7]"}}, "'edits'[0]"},
    {"/applyEdits", {{"edits", "[null]"}}, "'edits'[0]"},
    {"/applyEdits", {{"edits", "[{\"adds\":[{}]}]"}}, "'edits'[0].id"},
    {"/applyEdits", {{"edits", "[{\"id\":\"trees\",\"adds\":[{}]}]"}}, "'edits'[0].id"},
    {"/applyEdits", {{"edits", "[{\"id\":0,\"adds\":[{}]},{\"id\":9}]"}}, "'edits'[1].id"},
    {"/applyEdits", {{"edits", "[{\"id\":9,\"adds\":[{}]}]"}}, "2001"},
    {"/applyEdits", {{"edits", "[{\"id\":0,\"adds\":{}}]"}}, "'edits'[0].adds"},
    {"/applyEdits", {{"edits", "[{\"id\":0,\"adds\":\"[{}]\"}]"}}, "'edits'[0].adds"},
    {"/applyEdits", {{"edits", "[{\"id\":0,\"updates\":7}]"}}, "'edits'[0].updates"},
    {"/applyEdits", {{"edits", "[{\"id\":0,\"deletes\":{}}]"}}, "'edits'[0].deletes"},
    {"/applyEdits", {{"edits", "[{\"id\":0,\"attachments\":[]}]"}}, "'edits'[0].attachments"},
    {"/applyEdits",
     {{"edits", "[{\"id\":0,\"attachments\":{\"updates\":7}}]"}},
     "'edits'[0].attachments.updates"},
    {"/applyEdits", {{"edits", "[{\"id\":0,\"adds\":[{}]}"}}, "'edits'"},
    {"/applyEdits", {{"edits", "[{\"id\":0,\"adds\":[{}]}] x"}}, "'edits'"},
    {"/applyEdits", {{"edits", "[{\"id\":0,\"adds\":[{},7]}]"}}, "adds[1]"},
    {"/applyEdits", {{"edits", "[{\"id\":0,\"adds\":[{}],\"deletes\":[4711]}]"}}, "deletes[0]"},
    {"/applyEdits", {{"edits", "[{\"id\":0,\"deletes\":\"1,x\"}]"}}, "deletes["},
    {"/applyEdits", {{"edits", "[{\"id\":4,\"adds\":[{}]}]"}}, "'code'"},
    {"/applyEdits", {{"edits", "[{\"id\":0,\"attachments\":{\"adds\":[{}]}}]"}}, "'useGlobalIds'"},
    {"/applyEdits",
     {{"edits", "[{\"id\":0,\"adds\":[{}]}]"}, {"useGlobalIds", "x"}},
     "'useGlobalIds'"},
    {"/applyEdits",
     {{"edits", "[{\"id\":0,\"adds\":[{}]}]"}, {"rollbackOnFailure", "x"}},
     "'rollbackOnFailure'"},
    {"/applyEdits",
     {{"edits", "[{\"id\":0,\"adds\":[{}]}]"}, {"honorSequenceOfEdits", "x"}},
     "'honorSequenceOfEdits'"},
    {"/applyEdits",
     {{"edits", "[{\"id\":0,\"adds\":[{}]}]"}, {"returnServiceEditsOption", "all"}},
     "'returnServiceEditsOption'"},
    {"/applyEdits",
     {{"edits", "[{\"id\":0,\"adds\":[{}]}]"}, {"returnServiceEditsInSourceSR", "x"}},
     "'returnServiceEditsInSourceSR'"},
    {"/applyEdits",
     {{"edits", "[{\"id\":0,\"adds\":[{}]}]"}, {"returnEditMoment", "x"}},
     "'returnEditMoment'"},
    {"/applyEdits", {{"edits", "[{\"id\":0,\"adds\":[{}]}]"}, {"async", "x"}}, "'async'"},
    {"/applyEdits", {{"edits", "[{\"id\":0,\"adds\":[{}]}]"}, {"f", "gif"}}, "'f'"},
    {"/applyEdits", {{"editsUploadId", "i1"}}, "editsUploadId"},
    {"/applyEdits/0", {{"edits", "[{\"id\":0,\"adds\":[{}]}]"}}, "0"},
};

void check_all(const std::vector<Bad>& cases) {
    EditOffice field;
    REQUIRE(field.add("0", R"({"species":"oak"})", R"({"x":2,"y":2})") == 1);
    const std::string before = field.content();
    for (const Bad& bad : cases) {
        http::NameValues parameters;
        std::string shown = bad.resource;
        for (const auto& [name, value] : bad.parameters) {
            parameters.emplace_back(name, value);
            shown += " " + std::string(name) + "=" + value;
        }
        INFO(shown);
        const bool own_form =
            std::any_of(bad.parameters.begin(), bad.parameters.end(),
                        [](const auto& each) { return std::string_view(each.first) == "f"; });
        if (!own_form) parameters.emplace_back("f", "json");
        const auto response =
            field.office.send("POST", std::string(Office::kService) + bad.resource, parameters);
        INFO(response.text());
        const Json answer = wire::parse_json(response.text(), "answer");
        REQUIRE(answer.find("error") != nullptr);
        CHECK(at(answer, "error", "code").as_int64("code") >= 400);
        CHECK_THAT(at(answer, "error", "details", 0).as_string("detail"),
                   Catch::Contains(bad.named));
        CHECK((field.content() == before));
    }
}

}  // namespace

TEST_CASE("bad input of a layer's applyEdits is named and changes nothing",
          "[service][edits][bad]") {
    check_all(kLayerEdits);
}

TEST_CASE(
    "bad input of addFeatures, updateFeatures and deleteFeatures is named and changes nothing",
    "[service][edits][bad]") {
    check_all(kSingleEdits);
}

TEST_CASE("bad input of the service's applyEdits is named and changes nothing",
          "[service][edits][bad]") {
    check_all(kServiceEdits);
}
