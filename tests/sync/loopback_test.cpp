// SPDX-License-Identifier: Apache-2.0
//
// Devices and service against each other, both sync models, told as stories.
#include "tests/support/loopback.hpp"
#include "sync/replica/replica_store.hpp"
#include "tests/support/catch.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::SyncModel;

namespace {

struct Crew {
    Office office;
    Device ana{office, "ana"};
    Device ben{office, "ben"};
    GlobalId oak = office.add("trees", {{"species", "oak"}, {"dbh", 3.0}}, point(1, 1));
    GlobalId elm = office.add("trees", {{"species", "elm"}, {"dbh", 5.0}}, point(2, 2));

    void join(SyncModel model) {
        sync::CreateOptions options;
        options.model = model;
        ana.join(options);
        ben.join(options);
    }
    void check_all_equal() {
        Geodatabase served = office.open_file();
        for (const char* layer : {"trees", "visits"}) {
            CHECK(content(ana.file(), layer) == content(served, layer));
            CHECK(content(ben.file(), layer) == content(served, layer));
        }
        CHECK(ana.pending() == 0);
        CHECK(ben.pending() == 0);
    }
};

}  // namespace

TEST_CASE("two devices and the office agree after everybody has synchronized", "[sync]") {
    for (const SyncModel model : {SyncModel::PerReplica, SyncModel::PerLayer}) {
        Crew field;
        field.join(model);
        const GlobalId ash = field.ana.add("trees", {{"species", "ash"}}, point(3, 3));
        field.ana.add("visits", {{"tree", ash.value.braced()}, {"note", "planted"}});
        field.ben.update("trees", field.oak, {{"species", "yew"}});
        field.ben.erase("trees", field.elm);
        field.office.add("visits", {{"note", "from the office"}});

        field.ana.sync();
        field.ben.sync();
        field.ana.sync();
        field.check_all_equal();
    }
}

TEST_CASE("edits of different columns of a feature are both kept", "[sync][merge]") {
    Crew field;
    field.join(SyncModel::PerReplica);
    field.ana.update("trees", field.oak, {{"dbh", 4.0}});
    field.ben.update("trees", field.oak, {{"species", "red oak"}});
    field.ana.sync();
    const auto report = field.ben.sync();
    field.ana.sync();
    CHECK(report.conflicts.empty());
    CHECK_THAT(content(field.ana.file(), "trees"), Catch::Contains("'red oak', 4.0"));
    field.check_all_equal();
}

TEST_CASE("the last in wins a collision, and the value that lost is kept", "[sync][merge]") {
    Crew field;
    field.join(SyncModel::PerLayer);
    field.ana.update("trees", field.oak, {{"species", "ana's oak"}});
    field.ben.update("trees", field.oak, {{"species", "ben's oak"}});
    field.ana.sync();
    const auto report = field.ben.sync();
    field.ana.sync();
    REQUIRE(report.conflicts.size() == 1);
    CHECK(report.conflicts[0].column == "species");
    CHECK(report.conflicts[0].theirs == "\"ana's oak\"");
    CHECK(report.conflicts[0].mine == "\"ben's oak\"");
    CHECK(sync::ReplicaStore(field.ben.file()).conflicts().size() == 1);
    CHECK_THAT(content(field.ana.file(), "trees"), Catch::Contains("ben''s oak"));
    field.check_all_equal();
}

TEST_CASE("an edit of a feature that was deleted elsewhere is not lost", "[sync][merge]") {
    Crew field;
    field.join(SyncModel::PerReplica);
    field.office.erase("trees", field.oak);
    field.ana.update("trees", field.oak, {{"dbh", 9.0}});
    const auto report = field.ana.sync();
    field.ben.sync();
    CHECK(report.conflicts.size() == 1);
    CHECK_THAT(content(field.ben.file(), "trees"), Catch::Contains("'oak', 9.0"));
    field.check_all_equal();
}

TEST_CASE("a feature deleted on both sides is no conflict", "[sync][merge]") {
    Crew field;
    field.join(SyncModel::PerReplica);
    field.office.erase("trees", field.oak);
    field.ana.erase("trees", field.oak);
    const auto report = field.ana.sync();
    field.ben.sync();
    CHECK(report.conflicts.empty());
    field.check_all_equal();
}

TEST_CASE("a refused edit is parked with its reason and blocks nobody", "[sync]") {
    Crew field;
    field.join(SyncModel::PerReplica);
    // The office has a rule that the device does not know.
    {
        Geodatabase served = field.office.open_file();
        served.database().execute(
            "CREATE TRIGGER no_palms BEFORE INSERT ON trees WHEN NEW.species = 'palm' "
            "BEGIN SELECT RAISE(ABORT, 'palms are not planted here'); END");
    }
    field.office.restart();
    field.ana.add("trees", {{"species", "palm"}}, point(3, 3));
    field.ana.add("trees", {{"species", "ash"}}, point(4, 4));
    const auto report = field.ana.sync();
    REQUIRE(report.rejected.size() == 1);
    CHECK_THAT(report.rejected[0].reason, Catch::Contains("palms are not planted here"));
    CHECK_THAT(report.rejected[0].values, Catch::Contains("palm"));
    CHECK(field.ana.pending() == 0);
    field.ben.sync();
    CHECK_THAT(content(field.ben.file(), "trees"), Catch::Contains("'ash'"));
    CHECK_THAT(content(field.ana.file(), "trees"), Catch::Contains("'palm'"));
    // It is not sent again and again.
    CHECK(field.ana.sync().rejected.empty());
}

TEST_CASE("with rollback a refused edit stops the upload with its name, and all edits stay pending",
          "[sync]") {
    Crew field;
    field.join(SyncModel::PerReplica);
    field.office.add("trees", {{"global_id", "{11111111-1111-4111-8111-111111111111}"}});
    field.ana.sync();
    // Two devices may not make the same feature.
    field.ben.add("trees", {{"species", "ash"}});
    Geodatabase served = field.office.open_file();
    served.database().execute(
        "CREATE TRIGGER no_ash BEFORE INSERT ON trees WHEN NEW.species = 'ash' "
        "BEGIN SELECT RAISE(ABORT, 'no ash'); END");
    field.office.restart();
    const std::string before = content(served, "trees");
    sync::SyncOptions options;
    options.rollback_on_failure = true;
    CHECK_THROWS_WITH(field.ben.sync(options), Catch::Contains("no ash"));
    CHECK(content(served, "trees") == before);
    CHECK(field.ben.pending() == 1);
}

TEST_CASE("a synchronization with no change costs one request and writes no edit", "[sync]") {
    Crew field;
    field.join(SyncModel::PerReplica);
    field.ana.sync();
    const int before = field.ana.link().requests();
    const auto report = field.ana.sync();
    CHECK(field.ana.link().requests() - before <= 2);
    CHECK(report.layers.empty());
}

TEST_CASE("a replica with a filter hears only of what is in it", "[sync]") {
    Crew field;
    sync::CreateOptions options;
    options.extent = Envelope{0, 0, 1.5, 1.5};
    options.where[LayerId{0}] = "species <> 'gone'";
    field.ana.join(options);
    CHECK(content(field.ana.file(), "trees").find("elm") == std::string::npos);
    field.office.update("trees", field.elm, {{"geom", point(1.2, 1.2)}});
    field.office.update("trees", field.oak, {{"species", "gone"}});
    field.ana.sync();
    CHECK(content(field.ana.file(), "trees").find("elm") != std::string::npos);
    CHECK(content(field.ana.file(), "trees").find("gone") == std::string::npos);
}

TEST_CASE("a replica is synchronized by one at a time", "[sync]") {
    Crew field;
    field.join(SyncModel::PerReplica);
    const auto first = sync::synchronize_ladder(field.ana.file(), {}, nullptr);
    CHECK_THROWS_WITH(field.ana.sync(), Catch::Contains("is being synchronized already"));
}
