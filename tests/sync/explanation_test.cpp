// SPDX-License-Identifier: Apache-2.0
//
// What is told of an edit: whether it went up, and whether the replica's filter still holds its
// feature.
#include "sync/client/explanation.hpp"

#include "geodb/relationships/relationship.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "sync/replica/replica_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::SyncDirection;

namespace {

const LayerId kTrees{0}, kVisits{1};

sync::Explanation explain(Device& device, const std::string& layer, const GlobalId& feature) {
    Geodatabase& file = device.file();
    return sync::explain(file, file.layer(layer), feature);
}

/// What is told under this heading; "" when it is not a stage.
std::string stage(const sync::Explanation& told, const std::string& name) {
    for (const auto& stage : told.stages) {
        if (stage.name == name) return stage.what;
    }
    return "";
}

/// A device that takes what is within 0,0,2,2 and has dbh < 50, and the visits to it.
struct Part {
    Office office;
    GlobalId oak = office.add("trees", {{"species", "oak"}, {"dbh", 10.0}}, point(1, 1));
    Device ana{office, "ana"};

    Part() {
        office.restart([this] {
            Geodatabase file = office.open_file();
            sqlite::Transaction transaction(file.database());
            RelationshipPlan plan;
            plan.origin = kTrees;
            plan.destination = kVisits;
            plan.origin_key = "global_id";
            plan.destination_key = "tree";
            add_relationship(file, plan);
            transaction.commit();
        });
        sync::CreateOptions options;
        options.extent = Envelope{0, 0, 2, 2};
        options.where[kTrees] = "dbh < 50";
        ana.join(options);
    }
    std::string outside(const GlobalId& feature, const std::string& layer = "trees") {
        return stage(explain(ana, layer, feature), "outside the filter");
    }
};

}  // namespace

TEST_CASE("an edit of a layer that stays out of the synchronization under way is not told as sent",
          "[sync][explain][directions]") {
    Office office;
    Device ana(office, "ana");
    sync::CreateOptions create;
    create.model = wire::SyncModel::PerLayer;
    ana.join(create);
    const GlobalId ash = ana.add("trees", {{"species", "ash"}}, point(2, 2));
    const GlobalId visit = ana.add("visits", {{"note", "ana was here"}});
    sync::SyncOptions options;
    options.direction = SyncDirection::Upload;
    SECTION("it stays out") {
        options.layer_directions[kVisits] = std::nullopt;
    }
    SECTION("it only comes down") {
        options.layer_directions[kVisits] = SyncDirection::Download;
    }
    for (int request = 0; request < 6 && !sync::ReplicaStore(ana.file()).batch(); ++request) {
        ana.link().fail_at(request, LinkFault::Killed);
        try {
            ana.sync(options);
        } catch (const DeviceKilled&) {
            ana.restart();
        }
    }
    REQUIRE(sync::ReplicaStore(ana.file()).batch());
    const auto sent = explain(ana, "trees", ash);
    CHECK_THAT(sent.why, Catch::Contains("was sent in batch"));
    CHECK(stage(sent, "left out").empty());
    const auto kept = explain(ana, "visits", visit);
    CHECK_THAT(kept.why,
               Catch::Contains("has not been sent") && Catch::Contains("leaves its layer out"));
    CHECK_FALSE(stage(kept, "left out").empty());
    CHECK(stage(kept, "sealed").empty());
    CHECK(stage(kept, "sent").empty());
    ana.link().heal();
    ana.sync();
    ana.sync();
    CHECK_THAT(explain(ana, "visits", visit).why, Catch::Contains("it is on the server"));
}

TEST_CASE("an edit that moves a feature outside the filter says which part does not hold it",
          "[sync][explain][filter]") {
    Part part;
    CHECK(part.outside(part.oak).empty());
    part.ana.update("trees", part.oak, {{"dbh", 60.0}});
    CHECK_THAT(part.outside(part.oak), Catch::Contains("does not meet 'dbh < 50'"));
    CHECK_THAT(explain(part.ana, "trees", part.oak).why, Catch::Contains("goes up with the next"));
    part.ana.update("trees", part.oak, {{"dbh", 20.0}, {"geom", point(9, 9)}});
    CHECK_THAT(part.outside(part.oak), Catch::Contains("outside the replica's area"));
    part.ana.update("trees", part.oak, {{"geom", point(2, 2)}});
    CHECK(part.outside(part.oak).empty());
    const GlobalId far = part.ana.add("trees", {{"species", "far"}, {"dbh", 1.0}}, point(5, 5));
    CHECK_THAT(part.outside(far), Catch::Contains("outside the replica's area"));
}

TEST_CASE("a feature that its own device moved outside goes up, stays, and misses later changes",
          "[sync][explain][filter]") {
    Part part;
    part.ana.update("trees", part.oak, {{"geom", point(9, 9)}});
    part.ana.sync();
    const auto told = explain(part.ana, "trees", part.oak);
    CHECK_THAT(told.why, Catch::Contains("it is on the server"));
    CHECK_THAT(stage(told, "outside the filter"), Catch::Contains("is not told here"));
    Geodatabase served = part.office.open_file();
    CHECK(content(part.ana.file(), "trees") == content(served, "trees"));
    part.office.update("trees", part.oak, {{"species", "red oak"}});
    part.ana.sync();
    CHECK(content(part.ana.file(), "trees").find("'oak'") != std::string::npos);
}

TEST_CASE("what its device moved outside goes when others have changed it before they were heard",
          "[sync][explain][filter]") {
    Part part;
    part.ana.update("trees", part.oak, {{"geom", point(9, 9)}});
    sync::SyncOptions up;
    up.direction = SyncDirection::Upload;
    part.ana.sync(up);
    part.office.update("trees", part.oak, {{"species", "red oak"}});
    part.ana.sync();
    CHECK(content(part.ana.file(), "trees").empty());
}

TEST_CASE("a visit belongs to the replica as long as its tree does", "[sync][explain][filter]") {
    Part part;
    const GlobalId visit =
        part.ana.add("visits", {{"tree", part.oak.value.braced()}, {"note", "mine"}});
    const GlobalId stray = part.ana.add("visits", {{"note", "of no tree"}});
    CHECK(part.outside(visit, "visits").empty());
    CHECK_THAT(part.outside(stray, "visits"), Catch::Contains("no feature that it belongs to"));
    part.ana.update("trees", part.oak, {{"geom", point(9, 9)}});
    CHECK_THAT(part.outside(visit, "visits"), Catch::Contains("no feature that it belongs to"));
}

TEST_CASE("an edit that lost to a feature's leaving says that leaving looks like deletion",
          "[sync][explain][filter]") {
    Part part;
    sync::ReplicaStore(part.ana.file()).set_policy(kTrees, sync::MergePolicy::Service);
    part.ana.update("trees", part.oak, {{"species", "ana's oak"}});
    part.office.update("trees", part.oak, {{"geom", point(9, 9)}});
    part.ana.sync();
    const auto told = explain(part.ana, "trees", part.oak);
    CHECK_THAT(stage(told, "gone there"), Catch::Contains("moved outside the replica's filter"));
    CHECK_THAT(told.why, Catch::Contains("the service's value is kept"));
}

TEST_CASE("a feature that nobody knows may have left a replica that is a part of its layer",
          "[sync][explain][filter]") {
    Part part;
    part.office.update("trees", part.oak, {{"geom", point(9, 9)}});
    part.ana.sync();
    CHECK_THROWS_WITH(
        explain(part.ana, "trees", part.oak),
        Catch::Contains("has no feature") && Catch::Contains("outside its filter leaves the file"));
}
