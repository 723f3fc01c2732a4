// SPDX-License-Identifier: Apache-2.0
//
// Jobs of services that are not Rhumb's, and batches that such a service finds too large.
#include "tests/sync/client/vendor.hpp"

#include <set>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

constexpr const char* kAsync = R"({"supportsASync":"true"})";
constexpr const char* kJobGone = R"({"error":{"code":404,"message":"Job not found","details":[]}})";
constexpr const char* kTooLargeAnswer =
    R"({"error":{"code":413,"message":"Request Entity Too Large","details":[]}})";

struct AsyncCrew : VendorCrew {
    AsyncCrew() { service.forget("/FeatureServer").on("/FeatureServer", vendor_root(kAsync)); }
    void ready() {
        sync::CreateOptions options;
        options.async = false;
        service.on("/createReplica", vendor_replica());
        create(options);
    }
    sync::SyncOptions upload_by_job() {
        sync::SyncOptions options;
        options.direction = wire::SyncDirection::Upload;
        options.async = true;
        return options;
    }
    void edit() { update_feature(*file, "Hydrants", hydrant(kFirst), {{"kind", std::int64_t{5}}}); }
};

std::set<std::string> ids_in(const std::string& edits) {
    std::set<std::string> ids;
    const std::string name = "\"globalid\":\"";
    for (std::size_t at = edits.find(name); at != std::string::npos;
         at = edits.find(name, at + 1)) {
        ids.insert(edits.substr(at + name.size(), 38));
    }
    return ids;
}

}  // namespace

TEST_CASE("a job is asked for when jobs are offered, and its address is kept before it is asked",
          "[client][job]") {
    AsyncCrew crew;
    crew.service.on("/createReplica", R"({"statusUrl":"https://maps.test/jobs/j1/status"})");
    crew.service.on("/status", R"({"status":"esriJobWaiting"})")
        .on("/status", R"({"status":"Some New Word","resultUrl":null})")
        .on("/status", R"({"Status":"Completed","ResultURL":"/files/r.json"})");
    crew.service.serve_file("/files/r.json", vendor_replica());
    sync::CreateOptions options;
    options.service_url = kVendorUrl;
    {
        const auto ladder = sync::create_replica_ladder(*crew.file, options, nullptr);
        while (crew.service.asked("/createReplica").empty()) {
            ladder->take_result(crew.service.send(*ladder->next_request(), {}));
        }
    }
    CHECK(crew.service.asked("/createReplica")[0].form.get("async") == "true");
    CHECK_FALSE(crew.service.asked("/createReplica")[0].form.has("rhumbBatchId"));
    crew.restart();
    crew.climb(*sync::resume_create_ladder(*crew.file, nullptr));
    CHECK(crew.hydrants() == "H-1 1, H-2 2");
    CHECK(crew.service.asked("/createReplica").size() == 1);
    CHECK(crew.waits == std::vector<std::int64_t>{1000, 2000});
}

TEST_CASE("a job that the service has forgotten is a lost answer: the same batch goes again",
          "[client][job]") {
    AsyncCrew crew;
    crew.ready();
    crew.edit();
    crew.service.on("/synchronizeReplica", R"({"statusUrl":"/jobs/j1"})")
        .on("/synchronizeReplica", R"({"statusUrl":"/jobs/j2"})");
    crew.service.on("/jobs/j1", kJobGone);
    crew.service.on("/jobs/j2", R"({"status":"COMPLETED","replicaServerGen":"118"})");
    crew.sync(crew.upload_by_job());
    CHECK(crew.edits_sent(0) == crew.edits_sent(1));
    CHECK_FALSE(crew.edits_sent(1).empty());
    CHECK(crew.pending() == 0);
}

TEST_CASE("a job that failed is not asked again; the next synchronization sends the batch anew",
          "[client][job]") {
    AsyncCrew crew;
    crew.ready();
    crew.edit();
    crew.service.on("/synchronizeReplica", R"({"statusUrl":"/jobs/j1"})")
        .on("/synchronizeReplica", R"({"statusUrl":"/jobs/j2"})");
    crew.service.on(
        "/jobs/j1",
        R"({"status":"Failed","error":{"code":500,"description":"disk full","details":[]}})");
    crew.service.on("/jobs/j2", R"({"status":"Completed"})");
    CHECK_THROWS_WITH(crew.sync(crew.upload_by_job()), Catch::Contains("disk full"));
    CHECK(crew.pending() == 1);
    crew.restart();
    crew.sync(crew.upload_by_job());
    CHECK(crew.edits_sent(0) == crew.edits_sent(1));
    CHECK(crew.pending() == 0);
}

TEST_CASE("a batch that is too large goes up in slices, each feature once", "[client][job]") {
    AsyncCrew crew;
    crew.ready();
    for (int i = 0; i < 12; ++i) {
        add_feature(*crew.file, "Hydrants", {{"code", "H-" + std::to_string(i + 10)}});
    }
    crew.edit();
    const std::string refused =
        R"({"replicaServerGen":118,"edits":[{"id":0,"features":{
        "updateResults":[{"globalId":")" +
        std::string(kFirst) +
        R"(","success":false,"error":{"code":1011,"description":"gone"}}]}}]})";
    crew.service.on("/synchronizeReplica", std::string(kNoEdits))
        .on("/synchronizeReplica", kTooLargeAnswer)  // 13 edits
        .on("/synchronizeReplica", kTooLargeAnswer)  // slice 1 of 2
        .on("/synchronizeReplica", refused)          // slice 1 of 4
        .on("/synchronizeReplica", kTooLargeAnswer)  // slice 2 of 4
        .on("/synchronizeReplica", std::string(kNoEdits));
    const auto report = crew.sync();
    const auto asked = crew.service.asked("/synchronizeReplica");
    REQUIRE(asked.size() == 11);  // pull, 3 refused, slice 1 of 4, slices 3 to 8 of 8
    std::set<std::string> sent = ids_in(asked[3].form.get("edits"));
    std::size_t edits = sent.size();
    for (std::size_t i = 5; i < asked.size(); ++i) {
        const auto ids = ids_in(asked[i].form.get("edits"));
        edits += ids.size();
        sent.insert(ids.begin(), ids.end());
        const bool last = i + 1 == asked.size();
        CHECK(asked[i].form.get("syncDirection") == (last ? "bidirectional" : "upload"));
    }
    CHECK(sent.size() == 13);
    CHECK(edits == 13);
    CHECK(crew.pending() == 0);
    REQUIRE(report.rejected.size() == 1);
    CHECK(report.rejected[0].feature == hydrant(kFirst));
}

TEST_CASE("a single edit that is too large, or all or nothing, ends in a refusal that keeps it",
          "[client][job]") {
    AsyncCrew crew;
    crew.ready();
    crew.edit();
    crew.service.on("/synchronizeReplica", std::string(kNoEdits))
        .on("/synchronizeReplica", kTooLargeAnswer);
    sync::SyncOptions options;
    options.rollback_on_failure = GENERATE(true, false);
    CHECK_THROWS_WITH(crew.sync(options), Catch::Contains("413"));
    CHECK(crew.pending() == 1);
}
