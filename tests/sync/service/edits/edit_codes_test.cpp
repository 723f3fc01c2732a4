// SPDX-License-Identifier: Apache-2.0
//
// The codes of refused edits (ArcGIS REST, feature service error codes), one by one.
#include "tests/support/catch.hpp"
#include "tests/support/edit_office.hpp"

using namespace rhumb;
using namespace rhumb::test;
using wire::Json;

namespace {

struct Refusal {
    const char* layer;
    const char* row;
    int code;
    const char* named;  ///< in the description
};

const Refusal kAdds[] = {
    {"4", R"({"attributes":{"code":null}})", 1001, "'code'"},
    {"4", R"({"attributes":{"kind":1}})", 1001, "'code'"},
    {"3", R"({"geometry":{"x":1,"y":2,"z":3,"hasM":false}})", 1002, "M"},
    {"3", R"({"geometry":{"x":1,"y":2,"m":3,"hasZ":false}})", 1014, "Z"},
    {"2", R"({"geometry":{"curveRings":[[[0,0],{"c":[[1,1],[0,1]]}]]}})", 1005, "curveRings"},
    {"0", R"({"geometry":{"rings":[[[0,0],[0,1],[1,1],[0,0]]]}})", 1015, "esriGeometryPoint"},
    {"0", R"({"geometry":{"x":"far"}})", 1015, "x"},
    {"0", R"({"geometry":{"x":1}})", 1015, "y"},
    {"0", R"({"geometry":[1,2]})", 1015, "object"},
    {"0", R"({"geometry":{"lon":1,"lat":2}})", 1015, "expected one of"},
    {"0", R"({"geometry":{"x":1,"y":2,"spatialReference":{"wkid":7}}})", 1015, "7"},
    {"2", R"({"geometry":{"rings":[[[0,0],[0,1]]]}})", 1015, "ring 0"},
    {"2", R"({"geometry":{"rings":[[[0,0],[0,"a"],[1,1],[0,0]]]}})", 1015, "rings[0][1]"},
    {"2", R"({"geometry":{"rings":7}})", 1015, "rings"},
    {"0", R"({"attributes":{"site_order":"many"}})", 1016, "'site_order'"},
    {"0", R"({"attributes":{"site_order":2147483648}})", 1016, "'site_order'"},
    {"0", R"({"attributes":{"site_order":1.5}})", 1016, "'site_order'"},
    {"0", R"({"attributes":{"planted":"yesterday"}})", 1016, "'planted'"},
    {"4", R"({"attributes":{"code":"123456"}})", 1016, "'code'"},
    {"4", R"({"attributes":{"code":"a","kind":32768}})", 1016, "'kind'"},
    {"4", R"({"attributes":{"code":"a","weight":1e39}})", 1016, "'weight'"},
    {"4", R"({"attributes":{"code":"a","owner":"me"}})", 1016, "'owner'"},
    {"4", R"({"attributes":{"code":"a","big":"9223372036854775808"}})", 1016, "'big'"},
    {"4", R"({"attributes":{"code":"a","weight":2000}})", 1017, "too heavy"},
    {"4", R"({"attributes":{"code":"a","photo":"AAAA"}})", 1023, "'photo'"},
    {"0", R"("oak")", 1016, "no object"},
    {"0", "7", 1016, "no object"},
    {"0", "null", 1016, "no object"},
};

}  // namespace

TEST_CASE("a refused add has the code of its fault, and names field or part", "[service][edits]") {
    EditOffice field;
    for (const Refusal& refusal : kAdds) {
        INFO(refusal.layer << " " << refusal.row);
        const std::string before = field.content();
        const Json rolled = field.office.post("/" + std::string(refusal.layer) + "/addFeatures",
                                              {{"features", "[" + std::string(refusal.row) + "]"}});
        INFO(wire::to_text(rolled));
        const std::string why = at(rolled, "error", "details", 0).as_string("detail");
        CHECK_THAT(why, Catch::Contains("features[0]") &&
                            Catch::Contains("(" + std::to_string(refusal.code) + ")") &&
                            Catch::Contains(refusal.named));
        CHECK((field.content() == before));
        const Json alone = field.apply(
            refusal.layer,
            {{"adds", "[" + std::string(refusal.row) + "]"}, {"rollbackOnFailure", "false"}});
        CHECK(at(alone, "addResults", 0, "error", "code") == Json(refusal.code));
        CHECK_THAT(at(alone, "addResults", 0, "error", "description").as_string("description"),
                   Catch::Contains(refusal.named));
        CHECK((field.content() == before));
    }
}

TEST_CASE("rows named by GlobalID fail with 1011, 1020, 1021 and 1022", "[service][edits]") {
    EditOffice field;
    const std::int64_t oid = field.add("0", "{}");
    const std::string there = field.global_id("0", oid);
    const std::string gone = "{99999999-9999-4999-8999-999999999999}";
    const auto code = [&](const char* list, const std::string& rows, const char* results) {
        const Json answer = field.apply(
            "0", {{list, rows}, {"useGlobalIds", "true"}, {"rollbackOnFailure", "false"}});
        INFO(wire::to_text(answer));
        return at(answer, results, 0, "error", "code").as_int64("code");
    };
    const auto row = [](const std::string& id) {
        return "[{\"attributes\":{\"global_id\":" + id + "}}]";
    };
    CHECK(code("adds", R"([{"attributes":{}}])", "addResults") == 1020);
    CHECK(code("adds", "[{}]", "addResults") == 1020);
    CHECK(code("adds", row("null"), "addResults") == 1021);
    CHECK(code("adds", row("\"\""), "addResults") == 1021);
    CHECK(code("adds", row("\"tree 7\""), "addResults") == 1021);
    CHECK(code("adds", row("\"" + there + "\""), "addResults") == 1022);
    CHECK(code("updates", R"([{"attributes":{"species":"a"}}])", "updateResults") == 1020);
    CHECK(code("updates", row("7"), "updateResults") == 1021);
    CHECK(code("updates", row("\"" + gone + "\""), "updateResults") == 1011);
    CHECK(code("deletes", gone, "deleteResults") == 1011);
    CHECK(code("deletes", "5", "deleteResults") == 1021);
    CHECK(field.count("0") == 1);
}

TEST_CASE("rows named by object id fail with 1011 when they are missing", "[service][edits]") {
    EditOffice field;
    const auto code = [&](const char* list, const std::string& rows, const char* results) {
        const Json answer = field.apply("0", {{list, rows}, {"rollbackOnFailure", "false"}});
        INFO(wire::to_text(answer));
        return at(answer, results, 0, "error", "code").as_int64("code");
    };
    CHECK(code("updates", R"([{"attributes":{"OBJECTID":77,"species":"a"}}])", "updateResults") ==
          1011);
    CHECK(code("updates", R"([{"attributes":{"species":"a"}}])", "updateResults") == 1011);
    CHECK(code("updates", R"([{"attributes":{"OBJECTID":"x"}}])", "updateResults") == 1011);
    CHECK(code("deletes", "77", "deleteResults") == 1011);
    CHECK(code("deletes", "-1", "deleteResults") == 1011);
    CHECK(code("deletes", "oak", "deleteResults") == 1011);
    const Json answer = field.office.post("/0/deleteFeatures",
                                          {{"objectIds", "77"}, {"rollbackOnFailure", "false"}});
    CHECK(at(answer, "deleteResults", 0, "objectId") == Json(77));
    CHECK(at(answer, "deleteResults", 0, "error", "code") == Json(1011));
}

TEST_CASE("what the store refuses is 1017, 1018 or 1019 by the kind of edit", "[service][edits]") {
    EditOffice field;
    const std::int64_t held = field.add("4", R"({"code":"a"})");
    field.office.restart([&] {
        auto file = field.office.open_file();
        file.database().execute(
            "CREATE TRIGGER tags_kept BEFORE DELETE ON tags BEGIN SELECT RAISE(ABORT, 'kept'); "
            "END");
        file.database().execute(
            "CREATE TRIGGER tags_still BEFORE UPDATE ON tags WHEN NEW.kind = 9 "
            "BEGIN SELECT RAISE(ABORT, 'still'); END");
    });
    const Json answer = field.apply(
        "4",
        {{"updates", "[{\"attributes\":{\"OBJECTID\":" + std::to_string(held) + ",\"kind\":9}}]"},
         {"deletes", std::to_string(held)},
         {"rollbackOnFailure", "false"}});
    CHECK(at(answer, "updateResults", 0, "error", "code") == Json(1019));
    CHECK(at(answer, "deleteResults", 0, "error", "code") == Json(1018));
    CHECK(field.count("4", "kind IS NULL") == 1);
}
