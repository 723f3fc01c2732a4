// SPDX-License-Identifier: Apache-2.0
//
// What the service refused: kept, explained, in nobody's way, and what can be decided about it.
#include "platform/files.hpp"
#include "sync/replica/export_rejected.hpp"
#include "sync/replica/rejected_edits.hpp"
#include "tests/support/crew.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using sync::RejectedEdit;
using State = sync::RejectedEdit::State;

namespace {

constexpr const char* kNoPalms =
    "CREATE TRIGGER no_palms BEFORE INSERT ON trees WHEN NEW.species = 'palm' "
    "BEGIN SELECT RAISE(ABORT, 'palms are not planted here'); END;"
    "CREATE TRIGGER no_palms_later BEFORE UPDATE ON trees WHEN NEW.species = 'palm' "
    "BEGIN SELECT RAISE(ABORT, 'palms are not planted here'); END";
constexpr const char* kPalmsAllowed = "DROP TRIGGER no_palms; DROP TRIGGER no_palms_later";
constexpr const char* kNoDelete =
    "CREATE TRIGGER no_delete BEFORE DELETE ON trees BEGIN SELECT RAISE(ABORT, 'protected'); END";

/// A crew whose office refuses palms; Ana's insert, update or deletion was refused.
struct Refused : MergeCrew {
    GlobalId palm;

    void refuse_insert() {
        rule(kNoPalms);
        palm = ana.add("trees", {{"species", "palm"}, {"dbh", 1.0}}, point(3, 3));
        REQUIRE(ana.sync().rejected.size() == 1);
    }
    void refuse_update() {
        rule(kNoPalms);
        palm = oak;
        ana.update("trees", oak, {{"species", "palm"}});
        REQUIRE(ana.sync().rejected.size() == 1);
    }
    void refuse_delete() {
        rule(kNoDelete);
        palm = oak;
        ana.erase("trees", oak);
        REQUIRE(ana.sync().rejected.size() == 1);
    }
    RejectedEdit last() { return sync::ReplicaStore(ana.file()).rejected(true).back(); }
    std::int64_t number() { return last().number; }
};

sync::SyncOptions all_or_none() {
    sync::SyncOptions options;
    options.rollback_on_failure = true;
    return options;
}

}  // namespace

TEST_CASE("a refused edit is kept with its facts and not sent again by itself",
          "[sync][rejected]") {
    Refused crew;
    crew.refuse_update();
    CHECK(crew.ana.pending() == 0);
    CHECK(crew.last().state == State::Parked);
    CHECK(crew.last().attempts == 1);
    CHECK(crew.last().kind == NetEdit::Kind::Update);
    CHECK_THAT(crew.last().reason, Catch::Contains("palms are not planted here"));
    CHECK_THAT(crew.last().values, Catch::Contains("palm"));
    CHECK(crew.ana.sync().rejected.empty());
    CHECK(crew.ana.sync().rejected.empty());
    CHECK(crew.last().attempts == 1);
    CHECK(crew.on(crew.ana, crew.of(crew.oak, "species")) == "palm");
}

TEST_CASE("a refused update that is mended goes up whole, not with the later column alone",
          "[sync][rejected]") {
    Refused crew;
    crew.rule(
        "CREATE TRIGGER no_thin_palms BEFORE UPDATE ON trees WHEN NEW.species = 'palm' AND "
        "NEW.dbh < 9 BEGIN SELECT RAISE(ABORT, 'too thin for a palm'); END");
    crew.ana.update("trees", crew.oak, {{"species", "palm"}});
    REQUIRE(crew.ana.sync().rejected.size() == 1);
    crew.ana.update("trees", crew.oak, {{"dbh", 12.0}});
    CHECK(crew.ana.sync().rejected.empty());
    CHECK(crew.served(crew.of(crew.oak, "species || dbh")) == "palm12.0");
    CHECK(crew.last().state == State::Accepted);
    crew.check_equal(crew.ana);
}

TEST_CASE("a refused insert that is mended goes up as an insert; one that is deleted, not at all",
          "[sync][rejected]") {
    Refused crew;
    crew.refuse_insert();
    SECTION("mended") {
        crew.ana.update("trees", crew.palm, {{"species", "ash"}});
        CHECK(crew.ana.sync().rejected.empty());
        CHECK(crew.served(crew.of(crew.palm, "species || dbh")) == "ash1.0");
        CHECK(crew.last().state == State::Accepted);
    }
    SECTION("mended in vain: the same entry counts its attempts") {
        crew.ana.update("trees", crew.palm, {{"dbh", 2.0}});
        CHECK(crew.ana.sync().rejected.size() == 1);
        CHECK(crew.rejected(crew.ana).size() == 1);
        CHECK(crew.last().attempts == 2);
        CHECK(crew.last().state == State::Parked);
        sync::drop_rejected(crew.ana.file(), crew.number());
    }
    SECTION("deleted") {
        crew.ana.erase("trees", crew.palm);
        CHECK(crew.ana.sync().rejected.empty());
        CHECK(crew.last().state == State::Withdrawn);
    }
    crew.check_equal(crew.ana);
}

TEST_CASE("a refused edit goes up again unchanged when it is retried", "[sync][rejected]") {
    Refused crew;
    std::string expected;
    SECTION("insert") {
        crew.refuse_insert();
        expected = "palm1.0";
    }
    SECTION("update") {
        crew.refuse_update();
        expected = "palm3.0";
    }
    SECTION("update, under changes of the office") {
        crew.refuse_update();
        crew.office.update("trees", crew.oak, {{"dbh", 8.0}});
        crew.ana.sync();
        CHECK(crew.on(crew.ana, crew.of(crew.oak, "species || dbh")) == "palm8.0");
        expected = "palm8.0";
    }
    crew.rule(kPalmsAllowed);
    sync::retry_rejected(crew.ana.file(), crew.number());
    CHECK(crew.ana.pending() == 1);
    CHECK(crew.ana.sync().rejected.empty());
    CHECK(crew.served(crew.of(crew.palm, "species || dbh")) == expected);
    CHECK(crew.last().state == State::Accepted);
    crew.check_equal(crew.ana);
    CHECK_THROWS_WITH(sync::retry_rejected(crew.ana.file(), crew.number()),
                      Catch::Contains("decided already"));
}

TEST_CASE("theirs is taken in place of a refused edit, which stays on the list with its data",
          "[sync][rejected]") {
    Refused crew;
    SECTION("insert") {
        crew.refuse_insert();
    }
    SECTION("update") {
        crew.refuse_update();
    }
    SECTION("delete") {
        crew.refuse_delete();
    }
    SECTION("update, with a later edit on top") {
        crew.refuse_update();
        crew.ana.update("trees", crew.oak, {{"dbh", 77.0}});
    }
    SECTION("update, after the office changed the same") {
        crew.refuse_update();
        crew.office.update("trees", crew.oak, {{"species", "theirs"}});
        crew.ana.sync();
        CHECK(crew.on(crew.ana, crew.of(crew.oak, "species")) == "palm");
    }
    const std::string before = crew.last().values;
    sync::take_theirs_of_rejected(crew.ana.file(), crew.number());
    crew.check_equal(crew.ana);
    CHECK(crew.last().state == State::TookTheirs);
    CHECK(crew.last().decided_ms > 0);
    CHECK_FALSE(before.empty());
    CHECK_FALSE(crew.last().values.empty());
    crew.ana.sync();
    crew.check_equal(crew.ana);
}

TEST_CASE("a refused edit that is dropped leaves the feature as the service has it, and the list",
          "[sync][rejected]") {
    Refused crew;
    SECTION("insert") {
        crew.refuse_insert();
    }
    SECTION("update") {
        crew.refuse_update();
    }
    SECTION("delete") {
        crew.refuse_delete();
    }
    sync::drop_rejected(crew.ana.file(), crew.number());
    CHECK(sync::ReplicaStore(crew.ana.file()).rejected(true).empty());
    crew.check_equal(crew.ana);
    CHECK_THROWS_WITH(sync::drop_rejected(crew.ana.file(), 1), Catch::Contains("number 1"));
}

TEST_CASE("a retried edit that the office made too is settled without being sent",
          "[sync][rejected]") {
    Refused crew;
    crew.refuse_update();
    crew.rule(kPalmsAllowed);
    sync::retry_rejected(crew.ana.file(), crew.number());
    crew.office.update("trees", crew.oak, {{"species", "palm"}});
    CHECK(crew.ana.sync().conflicts.empty());
    CHECK(crew.last().state == State::TookTheirs);
    CHECK(crew.rejected(crew.ana).empty());
    crew.check_equal(crew.ana);
}

TEST_CASE("nothing is decided about an edit that is on its way", "[sync][rejected]") {
    Refused crew;
    crew.refuse_update();
    crew.ana.update("trees", crew.oak, {{"dbh", 4.0}});
    crew.ana.link().fail_at(2, LinkFault::Killed);
    CHECK_THROWS_AS(crew.ana.sync(), DeviceKilled);
    crew.ana.restart();
    CHECK_THROWS_WITH(sync::take_theirs_of_rejected(crew.ana.file(), crew.number()),
                      Catch::Contains("on its way"));
    crew.ana.sync();
    CHECK(crew.last().state == State::Parked);
}

TEST_CASE("a refused edit that the service's deletion meets is told and settled by the policy",
          "[sync][rejected]") {
    Refused crew;
    crew.refuse_update();
    sync::ReplicaStore(crew.ana.file()).set_policy({0}, sync::MergePolicy::Service);
    crew.office.erase("trees", crew.oak);
    CHECK(crew.ana.sync().conflicts.size() == 1);
    crew.check_equal(crew.ana);
    CHECK_THAT(crew.conflicts(crew.ana).at(0).mine, Catch::Contains("palm"));
    CHECK_THAT(crew.last().values, Catch::Contains("palm"));
}

TEST_CASE("refused edits are exported with what somebody needs who mends them elsewhere",
          "[sync][rejected]") {
    Refused crew;
    crew.refuse_insert();
    const auto lines = crew.office.folder() / "refused.jsonl";
    CHECK(sync::export_rejected(crew.ana.file(), lines) == 1);
    const wire::Json line = wire::parse_json(read_file(lines), "export");
    CHECK(at(line, "layer").as_string("") == "trees");
    CHECK(at(line, "kind").as_string("") == "insert");
    CHECK_THAT(at(line, "reason").as_string(""), Catch::Contains("palms"));
    CHECK(at(line, "feature", "attributes", "species").as_string("") == "palm");
    CHECK(at(line, "feature", "geometry", "x").as_double("") == 3);

    const auto collection = crew.office.folder() / "refused.geojson";
    CHECK(sync::export_rejected(crew.ana.file(), collection) == 1);
    const wire::Json json = wire::parse_json(read_file(collection), "export");
    CHECK(at(json, "features", 0, "properties", "attributes", "species").as_string("") == "palm");
    CHECK(at(json, "features", 0, "geometry", "coordinates", 1).as_double("") == 3);
}

TEST_CASE(
    "under rollback the failing edit is named, nothing changes on either side, and parking "
    "it lets the others go",
    "[sync][rejected][rollback]") {
    for (const auto model : {wire::SyncModel::PerReplica, wire::SyncModel::PerLayer}) {
        MergeCrew crew;
        Device carl(crew.office, "carl");
        sync::CreateOptions options;
        options.model = model;
        carl.join(options);
        crew.rule(kNoPalms);
        const GlobalId palm = carl.add("trees", {{"species", "palm"}}, point(3, 3));
        carl.add("trees", {{"species", "ash"}}, point(4, 4));
        carl.erase("trees", crew.elm);
        const auto served = [&] { return crew.served("SELECT group_concat(species) FROM trees"); };
        const std::string before = served();
        const std::string here = content(carl.file(), "trees");
        CHECK_THROWS_WITH(carl.sync(all_or_none()),
                          Catch::Contains("'trees'") && Catch::Contains(palm.value.braced()) &&
                              Catch::Contains("palms are not planted here") &&
                              Catch::Contains("code 1"));
        CHECK(served() == before);
        CHECK(content(carl.file(), "trees") == here);
        CHECK(carl.pending() == 3);
        CHECK_THROWS(carl.sync(all_or_none()));

        const auto named = crew.rejected(carl);
        REQUIRE(named.size() == 1);
        CHECK(named[0].feature == palm);
        CHECK(named[0].state == State::Pending);
        CHECK(named[0].attempts == 2);
        sync::park_rejected(carl.file(), named[0].number);
        CHECK(carl.pending() == 2);
        CHECK(carl.sync(all_or_none()).rejected.empty());
        CHECK(served() == "oak,ash");
        CHECK(crew.rejected(carl).at(0).state == State::Parked);
        sync::drop_rejected(carl.file(), named[0].number);
        crew.check_equal(carl);
    }
}

TEST_CASE("an edit of a row that the office moved out of the filter goes up under rollback too",
          "[sync][rejected][rollback]") {
    Office office;
    const GlobalId oak = office.add("trees", {{"species", "oak"}, {"dbh", 3.0}}, point(1, 1));
    const GlobalId elm = office.add("trees", {{"species", "elm"}, {"dbh", 3.0}}, point(1, 1));
    Device ana(office, "ana");
    sync::CreateOptions options;
    options.where[LayerId{0}] = "species <> 'gone'";
    ana.join(options);
    ana.update("trees", oak, {{"dbh", 9.0}});
    ana.update("trees", elm, {{"dbh", 8.0}});
    office.update("trees", oak, {{"species", "gone"}});
    office.update("trees", elm, {{"species", "gone"}});
    ana.sync(all_or_none());
    Geodatabase served = office.open_file();
    CHECK(MergeCrew::text(served, "SELECT group_concat(dbh) FROM trees") == "9.0,8.0");
    CHECK(ana.pending() == 0);
}
