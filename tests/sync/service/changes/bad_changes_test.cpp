// SPDX-License-Identifier: Apache-2.0
//
// Whatever is wrong with an extractChanges or cleanupChangeTracking, its answer names it, and the
// history is as it was.
#include "tests/support/catch.hpp"
#include "tests/support/edit_office.hpp"

#include <vector>

using namespace rhumb;
using namespace rhumb::test;
using wire::Json;

namespace {

using Pairs = std::vector<std::pair<const char*, const char*>>;

struct Bad {
    Pairs parameters;
    const char* named;
};

const std::vector<Bad> kExtract = {
    {{{"serverGens", "0"}}, "'layers'"},
    {{{"layers", "trees"}, {"serverGens", "0"}}, "'layers'"},
    {{{"layers", "0,9"}, {"serverGens", "0"}}, "9"},
    {{{"layers", "[0"}, {"serverGens", "0"}}, "'layers'"},
    {{{"layers", "0"}}, "'serverGens'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"layerServerGens", "[]"}}, "'layerServerGens'"},
    {{{"layers", "0"}, {"serverGens", "now"}}, "'serverGens'"},
    {{{"layers", "0"}, {"serverGens", "[0,1,2]"}}, "'serverGens'"},
    {{{"layers", "0"}, {"serverGens", "[]"}}, "'serverGens'"},
    {{{"layers", "0"}, {"serverGens", "1.5"}}, "'serverGens'"},
    {{{"layers", "0"}, {"serverGens", "[1,0]"}}, "'serverGens'"},
    {{{"layers", "0"}, {"serverGens", "77"}}, "Generation 77"},
    {{{"layers", "0"}, {"serverGens", "-1"}}, "Generation -1"},
    {{{"layers", "0"}, {"serverGens", "[0,77]"}}, "Generation 77"},
    {{{"layers", "0"}, {"layerServerGens", "[{"}}, "'layerServerGens'"},
    {{{"layers", "0"}, {"layerServerGens", "{}"}}, "'layerServerGens'"},
    {{{"layers", "0"}, {"layerServerGens", "[{\"id\":0}]"}}, "'layerServerGens'"},
    {{{"layers", "0"}, {"layerServerGens", "[{\"serverGen\":0}]"}}, "'layerServerGens'"},
    {{{"layers", "0"}, {"layerServerGens", "[{\"id\":1,\"serverGen\":0}]"}}, "layer 1"},
    {{{"layers", "0,1"}, {"layerServerGens", "[{\"id\":1,\"serverGen\":0}]"}}, "layer 0"},
    {{{"layers", "0"},
      {"layerServerGens", "[{\"id\":0,\"serverGen\":0},{\"id\":0,\"serverGen\":1}]"}},
     "layer 0"},
    {{{"layers", "0"}, {"layerServerGens", "[{\"id\":0,\"serverGen\":\"x\"}]"}},
     "'layerServerGens'"},
    {{{"layers", "0"}, {"layerServerGens", "[7]"}}, "'layerServerGens'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"layerQueries", "{"}}, "'layerQueries'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"layerQueries", "[]"}}, "layerQueries"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"layerQueries", "{\"1\":{}}"}}, "'layerQueries'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"layerQueries", "{\"0\":7}"}}, "layerQueries[0]"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"layerQueries", "{\"0\":{\"queryOption\":\"some\"}}"}},
     "queryOption"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"layerQueries", "{\"0\":{\"where\":\"nobody=1\"}}"}},
     "nobody"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"geometry", "1,2,3"}}, "geometry"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"geometry", "{\"x\":"}}, "geometry"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"geometry", "1,1,2,2"}, {"geometryType", "box"}},
     "'geometryType'"},
    {{{"layers", "0"},
      {"serverGens", "0"},
      {"geometry", "1,1,2,2"},
      {"geometryType", "esriGeometryPoint"}},
     "'geometryType'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"geometry", "1,1,2,2"}, {"inSR", "x"}}, "'inSR'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"outSR", "x"}}, "'outSR'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"outSR", "7"}}, "7"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"returnInserts", "x"}}, "'returnInserts'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"returnUpdates", "x"}}, "'returnUpdates'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"returnDeletes", "x"}}, "'returnDeletes'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"returnIdsOnly", "x"}}, "'returnIdsOnly'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"returnDeletedFeatures", "x"}},
     "'returnDeletedFeatures'"},
    {{{"layers", "0"},
      {"serverGens", "0"},
      {"returnDeletedFeatures", "true"},
      {"returnIdsOnly", "true"}},
     "'returnDeletedFeatures'"},
    {{{"layers", "0"},
      {"serverGens", "0"},
      {"returnDeletedFeatures", "true"},
      {"returnInserts", "true"}},
     "'returnDeletedFeatures'"},
    {{{"layers", "0"},
      {"serverGens", "0"},
      {"returnHasGeometryUpdates", "true"},
      {"returnInserts", "true"}},
     "'returnHasGeometryUpdates'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"fieldsToCompare", "species"}}, "'fieldsToCompare'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"fieldsToCompare", "{}"}}, "fieldsToCompare"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"fieldsToCompare", "{\"fields\":7}"}},
     "fieldsToCompare"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"fieldsToCompare", "{\"fields\":[\"nobody\"]}"}},
     "nobody"},
    {{{"layers", "0"},
      {"serverGens", "0"},
      {"fieldsToCompare", "{\"fields\":[\"species\"]}"},
      {"returnInserts", "true"}},
     "'fieldsToCompare'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"returnExtentOnly", "x"}}, "'returnExtentOnly'"},
    {{{"layers", "0"},
      {"serverGens", "0"},
      {"returnExtentOnly", "1"},
      {"changesExtentGridCell", "tiny"}},
     "'changesExtentGridCell'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"changesExtentGridCell", "large"}},
     "'returnExtentOnly'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"returnAttachments", "x"}}, "'returnAttachments'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"returnAttachmentsDataByUrl", "x"}},
     "'returnAttachmentsDataByUrl'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"transportType", "esriTransportTypeFax"}},
     "'transportType'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"dataFormat", "sqlite"}}, "json"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"dataFormat", "sqllite"}}, "'dataFormat'"},
    {{{"layers", "0"}, {"serverGens", "0"}, {"async", "x"}}, "'async'"},
};

const std::vector<Bad> kCleanup = {
    {{}, "'retentionPeriod'"},
    {{{"layers", "0,1,2,3,4,5"}}, "'minServerGen'"},
    {{{"retentionPeriod", "1"}, {"minServerGen", "1"}}, "'retentionPeriod'"},
    {{{"minServerGen", "1"}, {"replicaId", "{1}"}}, "'replicaId'"},
    {{{"retentionPeriod", "x"}}, "'retentionPeriod'"},
    {{{"retentionPeriod", "-1"}}, "'retentionPeriod'"},
    {{{"retentionPeriod", "9223372036854775807"}}, "'retentionPeriod'"},
    {{{"retentionPeriod", "1"}, {"retentionPeriodUnit", "weeks"}}, "'retentionPeriodUnit'"},
    {{{"retentionPeriodUnit", "days"}, {"minServerGen", "0"}}, "'retentionPeriod'"},
    {{{"minServerGen", "x"}}, "'minServerGen'"},
    {{{"minServerGen", "-1"}}, "'minServerGen'"},
    {{{"minServerGen", "77"}}, "77"},
    {{{"replicaId", "crew"}}, "crew"},
    {{{"layers", "0"}, {"minServerGen", "1"}}, "'layers'"},
    {{{"layers", "x"}, {"minServerGen", "1"}}, "'layers'"},
    {{{"layers", "0,9"}, {"minServerGen", "1"}}, "9"},
    {{{"minServerGen", "1"}, {"async", "x"}}, "'async'"},
};

void check_all(const char* resource, const std::vector<Bad>& cases) {
    EditOffice field;
    field.add("0", R"({"species":"oak"})");
    const auto root = [&] { return wire::to_text(field.office.get("")); };
    const std::string before = root();
    for (const Bad& bad : cases) {
        http::NameValues parameters;
        std::string shown = resource;
        for (const auto& [name, value] : bad.parameters) {
            parameters.emplace_back(name, value);
            shown += " " + std::string(name) + "=" + value;
        }
        INFO(shown);
        const Json answer = field.office.post(resource, parameters);
        INFO(wire::to_text(answer));
        REQUIRE(answer.find("error") != nullptr);
        CHECK(at(answer, "error", "code").as_int64("code") >= 400);
        CHECK(at(answer, "error", "code").as_int64("code") < 500);
        CHECK_THAT(at(answer, "error", "details", 0).as_string("detail"),
                   Catch::Contains(bad.named));
        CHECK((root() == before));
    }
}

}  // namespace

TEST_CASE("bad input of extractChanges is named", "[service][changes][bad]") {
    check_all("/extractChanges", kExtract);
}

TEST_CASE("bad input of cleanupChangeTracking is named and takes nothing away",
          "[service][changes][bad]") {
    check_all("/cleanupChangeTracking", kCleanup);
}

TEST_CASE("extractChanges and cleanupChangeTracking are called by POST alone",
          "[service][changes]") {
    EditOffice field;
    for (const char* resource : {"/extractChanges", "/cleanupChangeTracking"}) {
        const auto response = field.office.send(
            "GET", std::string(Office::kService) + resource,
            {{"f", "json"}, {"layers", "0"}, {"serverGens", "0"}, {"minServerGen", "0"}});
        CHECK(response.status == 405);
    }
    field.office.limits.capabilities = "Query,Sync";
    field.office.restart();
    const Json refused =
        field.office.post("/extractChanges", {{"layers", "0"}, {"serverGens", "0"}});
    CHECK_THAT(at(refused, "error", "details", 0).as_string("detail"),
               Catch::Contains("ChangeTracking"));
}
