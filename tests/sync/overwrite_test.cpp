// SPDX-License-Identifier: Apache-2.0
//
// Nobody's edit is overwritten unseen: whatever way edits go up, those of features that others have
// changed since our last download wait until it has been seen what was changed.
#include "geodb/sqlite/transaction.hpp"
#include "sync/replica/replica_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"

#include <algorithm>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

struct Orchard {
    Office office;
    GlobalId oak = office.add("trees", {{"species", "oak"}}, point(1, 1));
    GlobalId elm = office.add("trees", {{"species", "elm"}}, point(2, 2));
    GlobalId yew = office.add("trees", {{"species", "yew"}}, point(3, 3));
    Device ana{office, "ana"};

    explicit Orchard(wire::SyncModel model = wire::SyncModel::PerLayer) {
        sync::CreateOptions options;
        options.model = model;
        ana.join(options);
    }
    std::string served() {
        Geodatabase file = office.open_file();
        return content(file, "trees");
    }
    bool office_has(const std::string& words) { return served().find(words) != std::string::npos; }
    std::vector<sync::Conflict> conflicts() { return sync::ReplicaStore(ana.file()).conflicts(); }
};

sync::SyncOptions upload_only() {
    sync::SyncOptions options;
    options.direction = wire::SyncDirection::Upload;
    return options;
}

}  // namespace

TEST_CASE("an upload alone leaves out edits of what others have changed, which stay pending",
          "[sync][overwrite]") {
    Orchard orchard(GENERATE(wire::SyncModel::PerReplica, wire::SyncModel::PerLayer));
    orchard.office.update("trees", orchard.oak, {{"species", "office"}});
    orchard.office.update("trees", orchard.elm, {{"species", "office's elm"}});
    orchard.ana.update("trees", orchard.oak, {{"species", "ana"}});
    orchard.ana.erase("trees", orchard.elm);
    orchard.ana.update("trees", orchard.yew, {{"species", "ana's yew"}});
    const auto report = orchard.ana.sync(upload_only());
    CHECK(orchard.office_has("'office'"));

    CHECK(orchard.office_has("office''s elm"));
    CHECK(orchard.office_has("ana''s yew"));
    CHECK(report.rejected.empty());
    REQUIRE(report.notes.size() == 1);
    CHECK(report.notes[0].find("2 edits stay pending") == 0);
    CHECK(orchard.ana.pending() == 2);
    CHECK(orchard.conflicts().empty());

    orchard.ana.sync();  // both ways: now it is seen, and settled by the policy
    CHECK(orchard.conflicts().size() == 2);
    CHECK(orchard.office_has("'ana'"));
    CHECK(orchard.ana.pending() == 0);
    CHECK(content(orchard.ana.file(), "trees") == orchard.served());
}

TEST_CASE("an upload alone leaves an edit of what others have deleted pending",
          "[sync][overwrite]") {
    const auto policy = GENERATE(sync::MergePolicy::Device, sync::MergePolicy::Service);
    Orchard orchard;
    {
        sync::ReplicaStore store(orchard.ana.file());
        sqlite::Transaction transaction(orchard.ana.file().database());
        store.set_policy({0}, policy);
        transaction.commit();
    }
    orchard.office.erase("trees", orchard.oak);
    orchard.ana.update("trees", orchard.oak, {{"species", "ana's oak"}});
    const auto report = orchard.ana.sync(upload_only());
    CHECK(report.rejected.empty());
    CHECK(orchard.ana.pending() == 1);
    orchard.ana.sync(upload_only());
    CHECK(orchard.ana.pending() == 1);

    orchard.ana.sync();
    CHECK(orchard.conflicts().size() == 1);
    CHECK(orchard.office_has("ana''s oak") == (policy == sync::MergePolicy::Device));
    CHECK(orchard.ana.pending() == 0);
    CHECK(content(orchard.ana.file(), "trees") == orchard.served());
}

TEST_CASE("an upload alone of all or nothing is refused when others have changed a feature of it",
          "[sync][overwrite]") {
    Orchard orchard;
    orchard.office.update("trees", orchard.oak, {{"species", "office"}});
    orchard.ana.update("trees", orchard.oak, {{"species", "ana"}});
    orchard.ana.update("trees", orchard.yew, {{"species", "ana too"}});
    auto options = upload_only();
    options.rollback_on_failure = true;
    CHECK_THROWS_WITH(orchard.ana.sync(options), Catch::Contains("was changed meanwhile"));
    CHECK_FALSE(orchard.office_has("ana too"));
    CHECK(orchard.ana.pending() == 2);
    orchard.ana.sync();
    CHECK(orchard.conflicts().size() == 1);
    CHECK(content(orchard.ana.file(), "trees") == orchard.served());
}

TEST_CASE("a service that changes the same feature at every turn is not overwritten in the end",
          "[sync][overwrite]") {
    Orchard orchard;
    orchard.ana.update("trees", orchard.oak, {{"species", "ana"}});
    int edits = 0;
    orchard.ana.link().service_died = [&] {
        orchard.office.update("trees", orchard.oak, {{"dbh", static_cast<double>(++edits)}});
        orchard.office.update("trees", orchard.oak,
                              {{"species", "office " + std::to_string(edits)}});
        return false;
    };
    const auto report = orchard.ana.sync();
    orchard.ana.link().service_died = {};
    CHECK(edits > 5);
    CHECK_FALSE(orchard.office_has("'ana'"));
    CHECK(orchard.ana.pending() == 1);
    orchard.ana.sync();
    CHECK(orchard.office_has("'ana'"));
    CHECK(content(orchard.ana.file(), "trees") == orchard.served());
    // Each value that lost is kept.
    CHECK_FALSE(orchard.conflicts().empty());
}

TEST_CASE("the guard of single edits names them with code 409 and applies the others",
          "[sync][overwrite]") {
    Orchard orchard;
    const auto replica = sync::ReplicaStore(orchard.ana.file()).load();
    orchard.office.update("trees", orchard.oak, {{"species", "office"}});
    const std::string base = replica.layers.at(0).server_generation->value;
    const Json edits = Json::Array{Json::Object{
        {"id", 0},
        {"features",
         Json::Object{
             {"updates",
              Json::Array{Json::Object{
                              {"attributes", Json::Object{{"global_id", orchard.oak.value.braced()},
                                                          {"species", "mine"}}}},
                          Json::Object{
                              {"attributes", Json::Object{{"global_id", orchard.elm.value.braced()},
                                                          {"species", "mine"}}}}}},
             {"deleteIds", Json::Array{orchard.yew.value.braced()}}}}}};
    const Json answer = orchard.office.post(
        "/synchronizeReplica",
        {{"replicaID", *replica.id},
         {"syncDirection", "upload"},
         {"syncLayers", R"([{"id":0,"serverGen":)" + base + R"(,"syncDirection":"upload"}])"},
         {"transportType", "esriTransportTypeEmbedded"},
         {"rhumbUnlessChanged", "each"},
         {"edits", wire::to_text(edits)}});
    const Json& results = at(answer, "edits", 0, "features", "updateResults");
    REQUIRE(results.as_array("results").size() == 1);
    CHECK(at(results, 0, "globalId") == Json(orchard.oak.value.braced()));
    CHECK(at(results, 0, "error", "code") == Json(409));
    CHECK(orchard.office_has("'mine'"));
    CHECK(orchard.office_has("'office'"));
    CHECK_FALSE(orchard.office_has("'yew'"));
}

TEST_CASE("a delta that swaps UNIQUE values is taken as JSON that does so is",
          "[sync][overwrite]") {
    Orchard orchard;
    orchard.office.open_file().database().execute(
        "CREATE UNIQUE INDEX one_of_each ON trees (species)");
    orchard.office.restart();
    orchard.ana.update("trees", orchard.oak, {{"species", "between"}});
    orchard.ana.update("trees", orchard.elm, {{"species", "oak"}});
    orchard.ana.update("trees", orchard.yew, {{"species", "elm"}});
    orchard.ana.update("trees", orchard.oak, {{"species", "yew"}});
    sync::SyncOptions options;
    options.most_inline_bytes = 10;
    options.rollback_on_failure = GENERATE(false, true);
    const auto report = orchard.ana.sync(options);
    CHECK(report.rejected.empty());
    const auto& log = orchard.ana.link().log();
    CHECK(std::count_if(log.begin(), log.end(), [](const std::string& line) {
              return line.ends_with("/uploadPart");
          }) == 1);
    CHECK(orchard.ana.pending() == 0);
    CHECK(content(orchard.ana.file(), "trees") == orchard.served());
}
