// SPDX-License-Identifier: Apache-2.0
//
// From service to service: a data set is taken from one office, published by another, and edits are
// carried between them in files.
#include "sync/client/relay_ladder.hpp"

#include "platform/error.hpp"
#include "runtime/server/publish_data_set.hpp"
#include "sync/replica/data_set.hpp"
#include "sync/replica/replica_store.hpp"
#include "tests/support/branch.hpp"
#include "tests/support/catch.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;
using wire::SyncDirection;
using wire::SyncModel;

TEST_CASE("a data set for a service is published with a replica of the same id", "[sync][relay]") {
    const SyncModel model = GENERATE(SyncModel::PerReplica, SyncModel::PerLayer);
    Office north;
    north.add("trees", {{"species", "oak"}}, point(1, 1));
    Branch south(north, model);
    CHECK(south.content("trees") == content_of(north, "trees"));
    const Json there = north.get("/replicas/" + south.replica());
    const Json here = south.office().get("/replicas/" + south.replica());
    CHECK(at(here, "replicaID") == at(there, "replicaID"));
    CHECK(at(here, "targetType") == Json("server"));
    CHECK(at(here, "syncModel") == at(there, "syncModel"));
}

TEST_CASE("edits go both ways between two services, each once", "[sync][relay]") {
    const SyncModel model = GENERATE(SyncModel::PerReplica, SyncModel::PerLayer);
    Office north;
    const GlobalId oak = north.add("trees", {{"species", "oak"}, {"dbh", 1.0}}, point(1, 1));
    const GlobalId elm = north.add("trees", {{"species", "elm"}}, point(2, 2));
    Branch south(north, model);
    north.update("trees", oak, {{"species", "holm oak"}});
    const GlobalId yew = north.add("trees", {{"species", "yew"}}, point(3, 3));
    south.office().update("trees", oak, {{"dbh", 2.5}});
    south.office().erase("trees", elm);
    south.office().add("visits", {{"note", "seen"}});
    south.carry_home();
    south.carry_out();
    CHECK(south.content("trees") == content_of(north, "trees"));
    CHECK(south.content("visits") == content_of(north, "visits"));
    CHECK(content_of(north, "trees").find("'holm oak', 2.5") != std::string::npos);
    CHECK(content_of(north, "trees").find("'elm'") == std::string::npos);
    // Nothing is left to carry: what each took in is not sent back.
    const std::string before = south.content("trees");
    CHECK(south.carry_home().layers.empty());
    CHECK(south.carry_out().layers.empty());
    south.office().erase("trees", yew);
    south.carry_home();
    CHECK(content_of(north, "trees") == south.content("trees"));
    CHECK(before != south.content("trees"));
}

TEST_CASE("what was edited in the data set before it was published goes home", "[sync][relay]") {
    Office north;
    const GlobalId oak = north.add("trees", {{"species", "oak"}}, point(1, 1));
    Branch south(north, SyncModel::PerReplica, [&](Geodatabase& file) {
        update_feature(file, "trees", oak, {{"species", "edited early"}});
    });
    south.carry_home();
    CHECK(content_of(north, "trees").find("edited early") != std::string::npos);
}

TEST_CASE("a row that left the source's filter goes at the branch and stays at the source",
          "[sync][relay]") {
    Office north;
    const GlobalId oak = north.add("trees", {{"species", "oak"}}, point(1, 1));
    sync::CreateOptions options;
    options.where[LayerId{0}] = "species <> 'gone'";
    Branch south(north, SyncModel::PerReplica, {}, options);
    south.office().update("trees", oak, {{"dbh", 4.5}});
    north.update("trees", oak, {{"species", "gone"}});
    south.carry_out();  // the branch has edited it too, and must not send a deletion home
    CHECK(south.content("trees").empty());
    south.carry_home();
    CHECK(content_of(north, "trees").find("gone") != std::string::npos);
}

TEST_CASE("a relay that is repeated, or begun anew, changes nothing", "[sync][relay]") {
    Office north;
    const GlobalId oak = north.add("trees", {{"species", "oak"}}, point(1, 1));
    Branch south(north, SyncModel::PerLayer);
    north.update("trees", oak, {{"species", "yew"}});
    south.link().fail_at(0, LinkFault::None);
    // The target takes the file, the answer is lost, and the state of the relay with it.
    const int last = south.requests_out() - 1;
    north.update("trees", oak, {{"species", "fir"}});
    south.link().fail_at(last, LinkFault::Killed);
    CHECK_THROWS_AS(south.carry_out(), DeviceKilled);
    south.forget_state();
    CHECK(south.carry_out().layers.empty());
    CHECK(south.content("trees") == content_of(north, "trees"));
}

TEST_CASE("edits that the target refuses are told, and the file with them is kept",
          "[sync][relay]") {
    Office north;
    const GlobalId oak = north.add("trees", {{"species", "oak"}}, point(1, 1));
    Branch south(north, SyncModel::PerReplica);
    south.rule(
        "CREATE TRIGGER no_palms BEFORE INSERT ON trees WHEN NEW.species = 'palm' "
        "BEGIN SELECT RAISE(ABORT, 'no palms'); END");
    const GlobalId palm = north.add("trees", {{"species", "palm"}}, point(2, 2));
    north.update("trees", oak, {{"species", "yew"}});
    SECTION("each by itself") {
        const auto report = south.carry_out();
        REQUIRE(report.rejected.size() == 1);
        CHECK(report.rejected[0].feature == palm);
        REQUIRE(report.notes.size() == 1);
        CHECK(south.content("trees").find("yew") != std::string::npos);
        CHECK(south.carry_out().layers.empty());
    }
    SECTION("all or none") {
        sync::RelayOptions options;
        options.rollback_on_failure = true;
        CHECK_THROWS_WITH(south.carry_out(options), Catch::Contains("no palms"));
        CHECK(south.content("trees").find("yew") == std::string::npos);
        south.rule("DROP TRIGGER no_palms");
        south.carry_out(options);
        CHECK(south.content("trees") == content_of(north, "trees"));
    }
}

TEST_CASE("edits older than those that are in, or with a gap before them, are refused",
          "[sync][relay]") {
    Office north;
    const GlobalId oak = north.add("trees", {{"species", "oak"}}, point(1, 1));
    Branch south(north, SyncModel::PerReplica);
    const auto reached = [&] {
        return at(south.office().get("/replicas/" + south.replica()), "replicaServerSibGen")
            .as_int64("g");
    };
    const std::int64_t first = reached();
    north.update("trees", oak, {{"species", "yew"}});
    south.carry_out();
    REQUIRE(reached() > first);
    const Json late =
        south.office().post("/synchronizeReplica", {{"replicaID", south.replica()},
                                                    {"syncDirection", "upload"},
                                                    {"replicaServerSibGen", std::to_string(first)},
                                                    {"edits", "[]"}});
    CHECK(at(late, "error", "details", 0).as_string("d").find("are in already") !=
          std::string::npos);
    CHECK(south.content("trees").find("yew") != std::string::npos);
}

TEST_CASE("a data set for a service is not synchronized as a device's replica", "[sync][relay]") {
    Office north;
    Branch south(north, SyncModel::PerReplica, [](Geodatabase& file) {
        CHECK_THROWS_WITH(sync::synchronize_ladder(file, {}, nullptr),
                          Catch::Contains("from service to service"));
    });
    CHECK_FALSE(south.replica().empty());
}
