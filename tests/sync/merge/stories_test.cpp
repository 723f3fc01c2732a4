// SPDX-License-Identifier: Apache-2.0
//
// The oddities of the protocol, each told as a story: rows that cross a filter, GlobalIDs that
// exist already, edits of rows that are not there, rollback with every kind of service.
#include "geodb/sqlite/statement.hpp"
#include "sync/client/rollback_rule.hpp"
#include "tests/support/crew.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::SyncModel;

namespace {

/// Ana works in the west: everything with x below 10 that is not felled.
struct West {
    Office office;
    GlobalId oak = office.add("trees", {{"species", "oak"}, {"dbh", 3.0}}, point(1, 1));
    GlobalId elm = office.add("trees", {{"species", "elm"}, {"dbh", 5.0}}, point(20, 2));
    Device ana{office, "ana"};

    West() {
        sync::CreateOptions options;
        options.extent = Envelope{0, 0, 10, 10};
        options.where[LayerId{0}] = "species <> 'felled'";
        ana.join(options);
    }
    std::string served(const GlobalId& tree, const std::string& what) {
        Geodatabase file = office.open_file();
        return MergeCrew::text(file, MergeCrew::of(tree, what));
    }
    std::string here(const GlobalId& tree, const std::string& what) {
        return MergeCrew::text(ana.file(), MergeCrew::of(tree, what));
    }
};

/// The rows of every table of a file but the lists of results that were asked for.
std::string all_rows(Geodatabase& file) {
    std::string text;
    sqlite::Statement tables(file.database(),
                             "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT "
                             "LIKE 'rtree%' ORDER BY name");
    while (tables.step()) {
        const std::string table(tables.column_text(0));
        text += table + "\n";
        sqlite::Statement rows(file.database(), "SELECT * FROM " + sqlite::quoted_name(table));
        while (rows.step()) {
            for (int i = 0; i < rows.column_count(); ++i) {
                const auto blob = rows.column_blob(i);
                text.append(blob.begin(), blob.end());
                text += '|';
            }
            text += '\n';
        }
    }
    return text;
}

}  // namespace

TEST_CASE("a row leaves Ana's area by a change of the office, and comes back", "[sync][story]") {
    West west;
    SECTION("by its place") {
        west.office.update("trees", west.oak, {{"geom", point(15, 1)}});
    }
    SECTION("by its values") {
        west.office.update("trees", west.oak, {{"species", "felled"}});
    }
    CHECK(west.ana.sync().conflicts.empty());
    CHECK(west.here(west.oak, "count(*)") == "0");
    west.office.update("trees", west.oak, {{"species", "oak"}, {"geom", point(2, 2)}});
    west.office.update("trees", west.elm, {{"geom", point(3, 3)}});
    west.ana.sync();
    CHECK(west.here(west.oak, "dbh") == "3.0");
    CHECK(west.here(west.elm, "dbh") == "5.0");
    CHECK(west.ana.pending() == 0);
}

TEST_CASE(
    "Ana moves a row out of her own area: it is taken, and stays with her until the office "
    "changes it",
    "[sync][story]") {
    West west;
    west.ana.update("trees", west.oak, {{"geom", point(15, 1)}});
    CHECK(west.ana.sync().rejected.empty());
    CHECK(west.here(west.oak, "count(*)") == "1");
    west.ana.update("trees", west.oak, {{"dbh", 4.0}});
    CHECK(west.ana.sync().rejected.empty());
    CHECK(west.served(west.oak, "dbh") == "4.0");
}

TEST_CASE("a row leaves Ana's area while she edits it: every policy keeps both values findable",
          "[sync][story]") {
    for (const auto policy : {sync::MergePolicy::LastIn, sync::MergePolicy::Service,
                              sync::MergePolicy::Device, sync::MergePolicy::Ask}) {
        INFO(name_of(policy));
        West west;
        sync::ReplicaStore(west.ana.file()).set_policy({0}, policy);
        west.ana.update("trees", west.oak, {{"dbh", 9.0}});
        west.office.update("trees", west.oak, {{"species", "felled"}});
        const auto report = west.ana.sync();
        west.ana.sync();
        const bool ours = sync::winner_of(policy) == sync::Winner::Device;
        CHECK(west.served(west.oak, "dbh") == (ours ? "9.0" : "3.0"));
        CHECK(west.served(west.oak, "species") == "felled");
        REQUIRE(report.conflicts.size() == 1);
        CHECK_THAT(report.conflicts[0].mine, Catch::Contains("9"));
        CHECK(west.ana.pending() == 0);
    }
}

TEST_CASE("Ana adds a feature whose GlobalID stands outside her area: it is refused, and parked",
          "[sync][story]") {
    West west;
    west.ana.add("trees", {{"global_id", west.elm.value.braced()}, {"species", "mine"}},
                 point(4, 4));
    const auto report = west.ana.sync();
    REQUIRE(report.rejected.size() == 1);
    CHECK(report.rejected[0].code == 1022);
    CHECK(west.served(west.elm, "species") == "elm");
    CHECK(west.ana.sync().rejected.empty());
}

TEST_CASE("Ana's feature is added twice because an answer was lost: the second is an update",
          "[sync][story]") {
    West west;
    const GlobalId ash = west.ana.add("trees", {{"species", "ash"}}, point(4, 4));
    west.ana.link().fail_at(2, LinkFault::AnswerLost);
    CHECK(west.ana.sync_stubbornly().rejected.empty());
    CHECK(west.served(ash, "count(*)") == "1");
}

TEST_CASE("Ana edits a row that the service deleted and that she has not heard of",
          "[sync][story]") {
    West west;
    sync::SyncOptions up;
    up.direction = wire::SyncDirection::Upload;
    SECTION("an update, answered with 1011, waits; with the next download the policy decides") {
        west.ana.update("trees", west.oak, {{"dbh", 9.0}});
        west.office.erase("trees", west.oak);
        const auto report = west.ana.sync(up);
        CHECK(report.rejected.empty());
        CHECK(west.ana.pending() == 1);
        CHECK(west.ana.sync().conflicts.size() == 1);
        CHECK(west.ana.pending() == 0);
    }
    SECTION("a delete of what is absent is a success without a result") {
        west.ana.erase("trees", west.oak);
        west.office.erase("trees", west.oak);
        CHECK(west.ana.sync(up).rejected.empty());
        CHECK(west.ana.pending() == 0);
        west.ana.sync();
        CHECK(west.here(west.oak, "count(*)") == "0");
    }
}

TEST_CASE("edits of rows that the device never had are answered row by row", "[sync][story]") {
    West west;
    const std::string edits =
        R"([{"id":0,"features":{"updates":[)"
        R"({"attributes":{"global_id":"{99999999-0000-4000-8000-000000000000}","dbh":1}},)"
        R"({"attributes":{"global_id":")" +
        west.elm.value.braced() +
        R"(","dbh":6}}],)"
        R"("deleteIds":["{88888888-0000-4000-8000-000000000000}"]}}])";
    const auto answer = west.office.post(
        "/synchronizeReplica", {{"replicaID", *sync::ReplicaStore(west.ana.file()).load().id},
                                {"syncDirection", "upload"},
                                {"transportType", "esriTransportTypeEmbedded"},
                                {"edits", edits}});
    const std::string text = wire::to_text(answer);
    CHECK_THAT(text, Catch::Contains("1011"));
    CHECK(west.served(west.elm, "dbh") == "6.0");  // outside her area: taken all the same
}

TEST_CASE(
    "a refused upload under rollback leaves every row of every table of the service as it was",
    "[sync][story][rollback]") {
    for (const SyncModel model : {SyncModel::PerReplica, SyncModel::PerLayer}) {
        MergeCrew crew;
        Device carl(crew.office, "carl");
        sync::CreateOptions options;
        options.model = model;
        carl.join(options);
        crew.rule(
            "CREATE TABLE ledger (line TEXT); "
            "CREATE TRIGGER enter AFTER INSERT ON trees BEGIN "
            "INSERT INTO ledger VALUES (NEW.species); END; "
            "CREATE TRIGGER no_elm BEFORE DELETE ON trees WHEN OLD.species = 'elm' "
            "BEGIN SELECT RAISE(ABORT, 'the elm stays'); END");
        carl.add("trees", {{"species", "ash"}}, point(4, 4));
        carl.add("visits", {{"note", "seen"}});
        carl.update("trees", crew.oak, {{"dbh", 8.0}, {"geom", point(9, 9)}});
        carl.erase("trees", crew.elm);  // the last of all to be applied
        sync::SyncOptions download;
        download.direction = wire::SyncDirection::Download;
        carl.sync(download);
        std::string before;
        {
            Geodatabase served = crew.office.open_file();
            before = all_rows(served);
        }
        sync::SyncOptions upload;
        upload.direction = wire::SyncDirection::Upload;
        upload.rollback_on_failure = true;
        CHECK_THROWS_WITH(carl.sync(upload), Catch::Contains("the elm stays") &&
                                                 Catch::Contains(crew.elm.value.braced()));
        Geodatabase served = crew.office.open_file();
        CHECK(all_rows(served) == before);
        CHECK(carl.pending() == 4);
        // Each by itself, all but the elm's deletion are taken.
        CHECK(carl.sync().rejected.size() == 1);
        CHECK(crew.served("SELECT group_concat(line) FROM ledger") == "ash");
    }
}

TEST_CASE("what a rollback comes to follows what the service offers", "[sync][story][rollback]") {
    sync::ServiceDescription service;
    for (const SyncModel model : {SyncModel::PerReplica, SyncModel::PerLayer}) {
        for (const bool asked : {false, true}) {
            service.rollback_on_failure = true;
            service.per_layer = service.per_replica = true;
            CHECK(sync::rollback_of(service, model, asked).happens == asked);
            CHECK(sync::rollback_of(service, model, asked).note.empty());
            service.rollback_on_failure = false;
            const bool per_replica = model == SyncModel::PerReplica;
            CHECK(sync::rollback_of(service, model, asked).happens == per_replica);
            CHECK(sync::rollback_of(service, model, asked).note.empty() == (asked == per_replica));
        }
    }
    service.per_replica = false;
    CHECK_FALSE(sync::rollback_of(service, SyncModel::PerLayer, true).happens);
    service.per_layer = false;
    service.per_replica = true;
    CHECK(sync::rollback_of(service, SyncModel::PerReplica, false).happens);
}

TEST_CASE("an upload that was cut off does not overwrite unseen what others sent meanwhile",
          "[sync][story]") {
    MergeCrew crew;
    sync::SyncOptions by_item;
    by_item.most_inline_bytes = 10;
    const auto cut_off = [&] {
        crew.ana.link().fail_at(3, LinkFault::Killed);
        CHECK_THROWS_AS(crew.ana.sync(by_item), DeviceKilled);
        crew.ana.restart();
        crew.ben.update("trees", crew.oak, {{"dbh", 9.0}});
        crew.ben.sync();
    };
    SECTION("a change over a change") {
        crew.ana.update("trees", crew.oak, {{"dbh", 7.0}});
        cut_off();
        REQUIRE(crew.ana.sync().conflicts.size() == 1);
        CHECK(crew.conflicts(crew.ana).at(0).theirs == "9");
        CHECK(crew.served(crew.of(crew.oak, "dbh")) == "7.0");
    }
    SECTION("another column") {
        crew.ana.update("trees", crew.oak, {{"species", "red oak"}});
        cut_off();
        CHECK(crew.ana.sync().conflicts.empty());
        CHECK(crew.served(crew.of(crew.oak, "species || dbh")) == "red oak9.0");
    }
    SECTION("a deletion of what was changed") {
        crew.ana.erase("trees", crew.oak);
        cut_off();
        REQUIRE(crew.ana.sync().conflicts.size() == 1);
        CHECK_THAT(crew.conflicts(crew.ana).at(0).theirs, Catch::Contains("9"));
    }
    crew.check_equal(crew.ana);
}
