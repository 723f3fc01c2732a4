// SPDX-License-Identifier: Apache-2.0
//
// Every parameter of every operation with values that make no sense, over one real connection: an
// answer always comes, never a failure of the service, and what is refused is named.
#include "platform/files.hpp"
#include "platform/http/form.hpp"
#include "platform/number.hpp"
#include "runtime/server/feature_server.hpp"
#include "sync/wire/json.hpp"
#include "tests/platform/http/raw_peer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

#include <string>
#include <vector>

using namespace rhumb;
using namespace rhumb::test;

namespace {

const std::string kService = "/arcgis/rest/services/field/FeatureServer";

struct Operation {
    const char* path;
    http::NameValues
        sane;  ///< with these alone it succeeds, or lacks but the parameter in question
    std::vector<const char*> parameters;
};

const std::vector<Operation> kOperations = {
    {"/query",
     {{"layerDefs", R"({"0":"1=1"})"}},
     {"layerDefs", "geometry", "inSR", "outSR", "returnGeometry", "returnIdsOnly",
      "returnCountOnly", "geometryPrecision"}},
    {"/0/query",
     {{"where", "1=1"}, {"geometry", "0,0,9,9"}},
     {"where",          "objectIds",
      "geometry",       "geometryType",
      "inSR",           "outSR",
      "spatialRel",     "distance",
      "units",          "outFields",
      "returnGeometry", "maxAllowableOffset",
      "returnIdsOnly",  "returnCountOnly",
      "orderByFields",  "returnExtentOnly",
      "outStatistics",  "resultRecordCount",
      "resultOffset",   "groupByFieldsForStatistics",
      "havingClause",   "geometryPrecision",
      "returnZ",        "returnM",
      "resultType",     "returnDistinctValues"}},
    {"/0/queryAttachments",
     {{"objectIds", "1"}},
     {"objectIds", "globalIds", "definitionExpression", "attachmentsDefinitionExpression", "size",
      "resultOffset", "resultRecordCount", "orderByFields", "returnUrl", "returnMetadata",
      "returnCountOnly"}},
    {"/0/addFeatures", {{"features", "[]"}}, {"features", "rollbackOnFailure", "returnEditMoment"}},
    {"/0/updateFeatures", {{"features", "[]"}}, {"features", "rollbackOnFailure"}},
    {"/0/deleteFeatures",
     {{"where", "1=0"}},
     {"objectIds", "where", "geometry", "geometryType", "inSR", "rollbackOnFailure",
      "returnDeleteResults", "async"}},
    {"/0/applyEdits",
     {{"adds", "[]"}},
     {"adds", "updates", "deletes", "attachments", "useGlobalIds", "rollbackOnFailure",
      "editsUploadId", "async"}},
    {"/applyEdits",
     {{"edits", "[]"}},
     {"edits", "useGlobalIds", "rollbackOnFailure", "editsUploadId", "async",
      "returnServiceEditsOption"}},
    {"/0/1/addAttachment", {}, {"uploadId"}},
    {"/0/1/deleteAttachments", {}, {"attachmentIds"}},
    {"/createReplica",
     {{"layers", "1"}},
     {"layers", "layerQueries", "geometry", "geometryType", "inSR", "syncModel", "dataFormat",
      "transportType", "returnAttachments", "async", "replicaSR", "syncDirection", "targetType",
      "replicaOptions"}},
    {"/extractChanges",
     {{"layers", "0"}, {"serverGens", "0"}},
     {"layers", "serverGens", "layerServerGens", "layerQueries", "geometry", "geometryType", "inSR",
      "outSR", "returnInserts", "returnUpdates", "returnDeletes", "returnIdsOnly",
      "fieldsToCompare", "returnExtentOnly", "changesExtentGridCell", "transportType", "dataFormat",
      "async"}},
    {"/cleanupChangeTracking", {}, {"layers", "retentionPeriod", "minServerGen", "async"}},
    {"/uploads", {}, {"resultOffset", "resultRecordCount"}},
    {"/uploads/register", {}, {"itemName"}},
    {"/rhumbContents/have", {}, {"contents"}},
    {"/rhumbContents/get", {}, {"contents"}},
};

const std::vector<std::string> kSenseless = {"x",
                                             "-1",
                                             "1e9",
                                             "1.5",
                                             "99999999999999999999",
                                             "[",
                                             "{",
                                             "[[]]",
                                             "{}",
                                             "[{}]",
                                             "null",
                                             "\"",
                                             std::string("\0", 1),
                                             "\xff\xfe",
                                             "%",
                                             "[1,\"a\",null]",
                                             R"({"a":{"b":[1]}})",
                                             "NaN",
                                             "' OR 1=1 --",
                                             std::string(5000, 'a'),
                                             R"({"x":"NaN"})",
                                             R"({"rings":[[[0]]]})",
                                             R"({"paths":7})",
                                             "9223372036854775808",
                                             "0,0,0",
                                             R"([{"id":"x"}])",
                                             R"({"0":{"where":5}})",
                                             R"([{"attributes":7}])",
                                             R"([{"geometry":7}])"};

class Server {
public:
    Server() {
        {
            auto file = geodb::Geodatabase::create(folder_ / "field.gpkg", world_);
            make_layer(file, trees_plan());
            make_layer(file, visits_plan());
            add_feature(file, "trees", {{"species", geodb::Value{std::string("oak")}}},
                        point(1, 1));
        }
        options_.path = folder_ / "field.gpkg";
        options_.logs = false;
        server_.emplace(options_, world_);
        server_->start();
        const std::string url = server_->root_url();
        const std::string port = url.substr(url.rfind(':') + 1);
        socket_.emplace(RawSocket::to_port(
            static_cast<std::uint16_t>(parse_integer(port.substr(0, port.find('/'))).value())));
    }
    /// All on one connection: who closes it fails the test.
    std::string post(const std::string& path, http::NameValues form) {
        form.emplace_back("f", "json");
        const std::string body = http::encode_form(form);
        REQUIRE(socket_->send("POST " + kService + path +
                              " HTTP/1.1\r\nHost: b\r\nContent-Type: "
                              "application/x-www-form-urlencoded\r\nContent-Length: " +
                              std::to_string(body.size()) + "\r\n\r\n" + body));
        const std::string answer = socket_->read_answer();
        REQUIRE(answer.starts_with("HTTP/1.1 200 "));
        return answer.substr(answer.find("\r\n\r\n") + 4);
    }

private:
    TempFolder folder_;
    SystemClock clock_;
    SystemRandom random_;
    geodb::World world_{clock_, random_};
    runtime::FeatureServer::Options options_;
    std::optional<runtime::FeatureServer> server_;
    std::optional<RawSocket> socket_;
};

/// The protocol's own words for these do not hold the parameter.
bool has_words_of_its_own(const std::string& why) {
    return why.find("Generation -1 is unknown.") != std::string::npos;
}

}  // namespace

TEST_CASE("no parameter of any operation brings a server down, and what is refused is named",
          "[server][hostile]") {
    Server server;
    int refused = 0;
    for (const Operation& operation : kOperations) {
        for (const char* parameter : operation.parameters) {
            for (const std::string& value : kSenseless) {
                http::NameValues form = operation.sane;
                std::erase_if(form, [&](const auto& pair) { return pair.first == parameter; });
                form.emplace_back(parameter, value);
                const std::string text = server.post(operation.path, form);
                INFO(operation.path << " " << parameter << "=" << value.substr(0, 60) << "\n"
                                    << text.substr(0, 500));
                const wire::Json answer = wire::parse_json(text, "answer");
                const wire::Json* error = answer.find("error");
                if (error == nullptr) continue;
                ++refused;
                CHECK(wire::to_int64(error->find("code")).value_or(500) < 500);
                if (!has_words_of_its_own(text)) CHECK_THAT(text, Catch::Contains(parameter));
            }
        }
    }
    CHECK(refused > 1500);
    CHECK_THAT(server.post("/0/query", {{"where", "species='oak'"}, {"returnCountOnly", "true"}}),
               Catch::Contains("\"count\":1"));
}
