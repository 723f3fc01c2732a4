// SPDX-License-Identifier: Apache-2.0
//
// What a service keeps for its replicas, and for how long.
#include "geodb/changeset/changeset_store.hpp"
#include "geodb/sqlite/statement.hpp"
#include "sync/service/store/history.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

using namespace rhumb;
using namespace rhumb::test;
using wire::Json;

namespace {

std::string create(Office& office) {
    const Json made =
        office.post("/createReplica", {{"layers", "0"},
                                       {"syncModel", "perReplica"},
                                       {"transportType", "esriTransportTypeEmbedded"}});
    INFO(wire::to_text(made));
    REQUIRE(made.find("replicaID") != nullptr);
    return std::string(at(made, "replicaID").as_string("replicaID"));
}

Json synchronize(Office& office, const std::string& replica, const std::string& direction,
                 std::int64_t generation, const std::string& edits = {}) {
    return office.post("/synchronizeReplica", {{"replicaID", replica},
                                               {"replicaServerGen", std::to_string(generation)},
                                               {"syncDirection", direction},
                                               {"edits", edits},
                                               {"transportType", "esriTransportTypeEmbedded"}});
}

std::int64_t generation_of(const Json& answer) {
    return *wire::to_int64(answer.find("replicaServerGen"));
}

std::int64_t log_entries(Office& office) {
    return *office.open_file().database().int64_of("SELECT count(*) FROM rhumb_edit_0");
}

std::string refusal(const Json& answer) {
    const Json* error = answer.find("error");
    if (error == nullptr) return "";
    return std::string(at(*error, "details", 0).as_string("details"));
}

void days_pass(Office& office, std::int64_t days) {
    office.world().clock.now += days * service::kDayMs;
}

}  // namespace

TEST_CASE("history that a living replica still needs is kept however old it is", "[history]") {
    Office office;
    const std::string crew = create(office);
    office.add("trees", {{"species", std::string("oak")}});
    const std::int64_t before = log_entries(office);
    days_pass(office, 170);
    office.services().housekeep();
    CHECK(log_entries(office) == before);
    const Json answer = synchronize(office, crew, "download", 0);
    CHECK(at(answer, "edits", 0, "features", "adds").as_array("adds").size() == 1);
}

TEST_CASE("history that every replica has acknowledged goes after the time it is kept for",
          "[history]") {
    Office office;
    const std::string crew = create(office);
    for (int i = 0; i < 5; ++i) office.add("trees", {{"species", std::string("oak")}});
    const std::int64_t now = generation_of(synchronize(office, crew, "download", 0));
    synchronize(office, crew, "download", now);
    office.services().housekeep();
    CHECK(log_entries(office) == 5);  // young enough to stay
    days_pass(office, 31);
    office.services().housekeep();
    CHECK(log_entries(office) == 0);

    office.add("trees", {{"species", std::string("ash")}});
    const Json next = synchronize(office, crew, "download", now);
    CHECK(at(next, "edits", 0, "features", "adds").as_array("adds").size() == 1);
    CHECK(refusal(synchronize(office, crew, "download", 0)) ==
          "Generation 0 is no longer available; create a new replica.");
}

TEST_CASE("a replica that nobody synchronizes expires, says when, and may still upload",
          "[history]") {
    Office office;
    const std::string crew = create(office);
    office.add("trees", {{"species", std::string("oak")}});
    days_pass(office, 181);
    office.services().housekeep();
    CHECK(refusal(synchronize(office, crew, "bidirectional", 0)).find("Replica expired on 2027-") ==
          0);
    CHECK(office.get("/replicas").as_array("replicas").empty());
    const std::string edits = R"([{"id":0,"features":{"adds":[{"attributes":{"global_id":)"
                              R"("{72E40000-0000-4000-8000-000000000001}","species":"elm"}}]}}])";
    const Json up = synchronize(office, crew, "upload", 0, edits);
    INFO(wire::to_text(up));
    CHECK(refusal(up).empty());
    CHECK(office.open_file().database().int64_of(
              "SELECT count(*) FROM trees WHERE species = 'elm'") == 1);

    days_pass(office, 181);
    office.services().housekeep();
    CHECK(refusal(synchronize(office, crew, "upload", 0, edits)).find("Replica does not exist") ==
          0);
}

TEST_CASE("every transaction of a served file leaves one changeset, other programs' edits too",
          "[history]") {
    Office office;
    const std::string crew = create(office);
    const std::string edits = R"([{"id":0,"features":{"adds":[{"attributes":{"global_id":)"
                              R"("{72E40000-0000-4000-8000-000000000001}","species":"elm"}}]}}])";
    const Json up = synchronize(office, crew, "bidirectional", 0, edits);
    INFO(wire::to_text(up));
    {
        auto file = office.open_file();  // another program
        file.database().execute("UPDATE trees SET species = 'ash'");
    }
    synchronize(office, crew, "download", 0);
    auto file = office.open_file();
    geodb::ChangesetStore changesets(file.database());
    const auto all = changesets.after({0}, 100);
    REQUIRE(all.size() == 2);
    CHECK(all[0].inserts == 1);
    CHECK(all[1].updates == 1);
    CHECK(all[1].parent == all[0].id);
    CHECK(all[1].generation == file.timeline().head());
}
