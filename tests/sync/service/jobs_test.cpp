// SPDX-License-Identifier: Apache-2.0
//
// Asynchronous jobs: submitted, run, asked for, cancelled, and run again after the process died.
#include "sync/service/jobs/jobs.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"
#include "tests/support/photos.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

constexpr const char* kBatch = "{0A0A0A0A-0000-4000-8000-000000000001}";

struct Client {
    Office office;
    std::string replica;

    /// Path of the job below the service.
    std::string submit(const std::string& operation, http::NameValues parameters = {}) {
        parameters.emplace_back("async", "true");
        const Json answer = office.post("/" + operation, std::move(parameters));
        INFO(wire::to_text(answer));
        const std::string url = at(answer, "statusUrl").as_string("statusUrl");
        const std::string service = Office::kUrl;
        REQUIRE(url.substr(0, service.size()) == service);
        return url.substr(service.size());
    }
    std::string create(http::NameValues parameters = {}) {
        parameters.emplace_back("layers", "0,1");
        parameters.emplace_back("replicaName", "crew");
        return submit("createReplica", std::move(parameters));
    }
    std::string sync(const std::string& edits, http::NameValues parameters = {}) {
        parameters.emplace_back("replicaID", replica);
        parameters.emplace_back("edits", edits);
        return submit("synchronizeReplica", std::move(parameters));
    }
    void join() {
        replica = at(office.post("/createReplica", {{"layers", "0,1"}}), "replicaID")
                      .as_string("replicaID");
    }
    void run_all() {
        while (office.services().run_next_job()) continue;
    }
    std::string status(const std::string& job) {
        return at(office.get(job), "status").as_string("status");
    }
    Json result(const std::string& job) {
        const std::string url = at(office.get(job), "resultUrl").as_string("resultUrl");
        const auto file = office.send("GET", http_path(url), {});
        REQUIRE(file.status == 200);
        REQUIRE(file.file() != nullptr);
        return wire::parse_json(read_file(file.file()->path), "result");
    }
    static std::string http_path(const std::string& url) {
        return url.substr(std::string("http://office.test").size());
    }
    std::size_t replicas() { return office.get("/replicas").array()->size(); }
    std::int64_t trees() {
        return at(office.get("/0/query", {{"where", "1=1"}, {"returnCountOnly", "true"}}), "count")
            .as_int64("count");
    }
};

std::string add_tree(const std::string& id, const std::string& more = "") {
    return R"([{"id":0,"features":{"adds":[{"attributes":{"global_id":")" + id +
           R"(","species":"oak"}}])" + more + "}}]";
}

constexpr const char* kOak = "{11111111-1111-4111-8111-111111111111}";

}  // namespace

TEST_CASE("a job's result tells where its attachments are to be had",
          "[service][job][attachments]") {
    Client client;
    {
        Geodatabase served = client.office.open_file();
        const GlobalId oak = add_feature(served, "trees", {{"species", "oak"}}, point(1, 1));
        attach(served, "trees", oak, "oak.jpg", photo(5000));
    }
    const std::string job = client.create({{"returnAttachments", "true"},
                                           {"returnAttachmentsDataByUrl", "true"},
                                           {"rhumbContentUrl", "http://elsewhere.test"}});
    client.run_all();
    const Json told = at(at(client.result(job), "layers"), 0);
    const std::string url = at(at(at(told, "attachments"), 0), "url").as_string("url");
    REQUIRE(url.substr(0, std::string(Office::kUrl).size()) == Office::kUrl);
    const auto content = client.office.send("GET", Client::http_path(url), {});
    CHECK(content.status == 200);
    CHECK(body_of(content) == photo(5000));
}

TEST_CASE("a replica is made by a job, whose result file is the replica", "[service][job]") {
    Client client;
    client.office.add("trees", {{"species", "ash"}}, point(1, 1));
    const std::string job = client.create();
    CHECK(client.status(job) == "Pending");
    CHECK(client.status(job + "/status/") == "Pending");
    CHECK(client.replicas() == 0);
    client.run_all();
    const Json page = client.office.get(job);
    CHECK(at(page, "status") == Json("Completed"));
    CHECK(at(page, "progress") == Json(100));
    CHECK(at(page, "replicaName") == Json("crew"));
    const Json result = client.result(job);
    CHECK(at(result, "layers", 0, "features").as_array("features").size() == 1);
    CHECK(at(result, "replicaID") == at(page, "replicaID"));
    CHECK(client.replicas() == 1);
}

TEST_CASE("a synchronization by a job says Completed, CompletedWithErrors or Failed",
          "[service][job]") {
    Client client;
    client.join();
    const std::string fine = client.sync(add_tree(kOak));
    client.run_all();
    CHECK(client.status(fine) == "Completed");
    CHECK(at(client.office.get(fine), "responseType") == Json("esriReplicaResponseTypeNoEdits"));
    CHECK(at(client.office.get(fine), "resultUrl") == Json(""));

    const std::string more = R"(,"updates":[{"attributes":{"species":"nobody"}}])";
    const std::string partly =
        client.sync(add_tree("{22222222-1111-4111-8111-111111111111}", more));
    client.run_all();
    CHECK(client.status(partly) == "CompletedWithErrors");
    CHECK(at(client.result(partly), "edits", 0, "features", "updateResults", 0, "success") ==
          Json(false));

    const std::string none = client.sync(add_tree("{33333333-1111-4111-8111-111111111111}", more),
                                         {{"rollbackOnFailure", "true"}});
    client.run_all();
    CHECK(client.status(none) == "Failed");
    CHECK(at(client.office.get(none), "error", "code") == Json(400));
    CHECK(client.trees() == 2);
}

TEST_CASE("jobs survive the death of the process, and long parameters too", "[service][job]") {
    Client client;
    client.join();
    std::string edits = add_tree(kOak);
    edits.insert(edits.size() - 1, std::string(200'000, ' '));
    const std::string job = client.sync(edits);
    client.office.restart();
    CHECK(client.status(job) == "Pending");
    client.run_all();
    CHECK(client.status(job) == "Completed");
    CHECK(client.trees() == 1);
    CHECK(std::filesystem::is_empty(client.office.folder() / "jobs" / "field"));
}

TEST_CASE("a job that died after its effect takes effect once", "[service][job]") {
    Client client;
    client.join();
    const std::string create = client.create();
    const std::string sync = client.sync(add_tree(kOak), {{"closeReplica", "false"}});
    client.run_all();
    // As if the process had died before the outcome was recorded.
    {
        Geodatabase file = client.office.open_file();
        file.database().execute("UPDATE rhumb_job SET state = 2, answer = ''");
        file.database().execute(
            "UPDATE rhumb_job SET parameters = 'layers=0,1&replicaName=crew' "
            "WHERE operation = 'createReplica'");
        file.database().execute("UPDATE rhumb_job SET parameters = 'replicaID=" + client.replica +
                                "&edits=' || '" +
                                http::encode_form({{"", add_tree(kOak)}}).substr(1) +
                                "' WHERE operation = 'synchronizeReplica'");
    }
    client.office.restart();
    client.run_all();
    CHECK(client.status(create) == "Completed");
    CHECK(client.status(sync) == "Completed");
    CHECK(client.replicas() == 2);
    CHECK(client.trees() == 1);
    CHECK(at(client.office.get(create), "replicaName") == Json("crew"));
}

TEST_CASE("a job that never ends is given up after three attempts", "[service][job]") {
    Client client;
    const std::string job = client.create();
    for (int n = 0; n < 3; ++n) {
        Geodatabase file = client.office.open_file();
        file.database().execute("UPDATE rhumb_job SET state = 2, attempts = attempts + 1");
        client.office.restart();
    }
    CHECK(client.status(job) == "Failed");
    CHECK_FALSE(client.office.services().run_next_job());
}

TEST_CASE("the same batch submitted again is the same job while its outcome is to be had",
          "[service][job]") {
    Client client;
    const http::NameValues batch{{"rhumbBatchId", kBatch}};
    const std::string job = client.create(batch);
    CHECK(client.create(batch) == job);
    client.run_all();
    CHECK(client.create(batch) == job);
    CHECK(client.replicas() == 1);

    std::filesystem::remove_all(client.office.folder() / "results");
    std::filesystem::create_directories(client.office.folder() / "results");
    const std::string again = client.create(batch);
    CHECK(again != job);
    client.run_all();
    CHECK(client.status(again) == "Completed");
    CHECK(client.replicas() == 1);

    client.office.post("/unRegisterReplica", {{"replicaID", "*"}});
    const std::string anew = client.create(batch);
    CHECK(anew != again);
    client.run_all();
    CHECK(client.replicas() == 1);
}

TEST_CASE("a job that waits can be cancelled, one that is over cannot", "[service][job]") {
    Client client;
    client.join();
    const std::string job = client.sync(add_tree(kOak));
    CHECK(at(client.office.post(job + "/cancel"), "success") == Json(true));
    CHECK(client.status(job) == "Failed");
    client.run_all();
    CHECK(client.trees() == 0);
    CHECK(at(client.office.post(job + "/cancel"), "success") == Json(false));
    CHECK_THAT(wire::to_text(client.office.get("/jobs/jnobody")), Catch::Contains("404"));
}

TEST_CASE("a user has a limit of jobs, and old ones are forgotten", "[service][job]") {
    Client client;
    client.office.limits.jobs.max_open_per_owner = 2;
    client.office.restart();
    const std::string job = client.create();
    client.create();
    CHECK_THAT(
        wire::to_text(client.office.post("/createReplica", {{"layers", "0"}, {"async", "true"}})),
        Catch::Contains("open jobs of a user of 2"));
    client.run_all();
    client.office.world().clock.now += 8LL * 24 * 3600 * 1000;
    client.create();
    CHECK_THAT(wire::to_text(client.office.get(job)), Catch::Contains("Job not found"));
}

TEST_CASE("a stopped service leaves its jobs to the next start", "[service][job]") {
    Client client;
    const std::string job = client.create();
    client.office.services().stop_jobs();
    CHECK_FALSE(client.office.services().run_next_job());
    client.office.restart();
    client.run_all();
    CHECK(client.status(job) == "Completed");
}
