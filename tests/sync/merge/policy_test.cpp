// SPDX-License-Identifier: Apache-2.0
//
// Who wins when both sides changed the same, and what is kept of the one who lost.
#include "tests/support/crew.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using sync::Conflict;
using sync::MergePolicy;
using sync::Resolution;
using sync::Winner;
using Take = sync::Resolution::Take;

namespace {

constexpr MergePolicy kAll[] = {MergePolicy::LastIn, MergePolicy::Service, MergePolicy::Device,
                                MergePolicy::Ask};

bool ours(MergePolicy policy) {
    return sync::winner_of(policy) == Winner::Device;
}

}  // namespace

TEST_CASE("edits of different columns are merged under every policy", "[sync][merge][policy]") {
    for (const MergePolicy policy : kAll) {
        INFO(name_of(policy));
        MergeCrew crew(policy);
        crew.ana.update("trees", crew.oak, {{"dbh", 4.0}});
        crew.office.update("trees", crew.oak, {{"species", "red oak"}});
        CHECK(crew.ana.sync().conflicts.empty());
        CHECK(crew.served(crew.of(crew.oak, "species || dbh")) == "red oak4.0");
        crew.check_equal(crew.ana);
    }
}

TEST_CASE("of one column the policy's side stands, and the other value is kept with its facts",
          "[sync][merge][policy]") {
    for (const MergePolicy policy : kAll) {
        INFO(name_of(policy));
        MergeCrew crew(policy);
        crew.ana.update("trees", crew.oak, {{"species", "mine"}, {"dbh", 4.0}});
        crew.office.update("trees", crew.oak, {{"species", "theirs"}});
        REQUIRE(crew.ana.sync().conflicts.size() == 1);
        CHECK(crew.served(crew.of(crew.oak, "species || dbh")) ==
              (ours(policy) ? "mine4.0" : "theirs4.0"));
        crew.check_equal(crew.ana);

        const Conflict conflict = crew.conflicts(crew.ana).at(0);
        CHECK(conflict.base == "\"oak\"");
        CHECK(conflict.mine == "\"mine\"");
        CHECK(conflict.theirs == "\"theirs\"");
        CHECK(conflict.mine_by == sync::ReplicaStore(crew.ana.file()).load().name);
        CHECK(conflict.policy == policy);
        CHECK(conflict.winner == sync::winner_of(policy));
        CHECK(conflict.state ==
              (policy == MergePolicy::Ask ? Conflict::State::Open : Conflict::State::ByPolicy));
    }
}

TEST_CASE("a shape moved on both sides is a conflict of its own", "[sync][merge][policy]") {
    for (const MergePolicy policy : kAll) {
        INFO(name_of(policy));
        MergeCrew crew(policy);
        crew.ana.update("trees", crew.oak, {{"geom", point(7, 7)}});
        crew.office.update("trees", crew.oak, {{"geom", point(8, 8)}});
        const auto report = crew.ana.sync();
        REQUIRE(report.conflicts.size() == 1);
        CHECK(report.conflicts[0].column == "geom");
        CHECK_THAT(report.conflicts[0].mine, Catch::Contains("7"));
        CHECK_THAT(report.conflicts[0].theirs, Catch::Contains("8"));
        crew.check_equal(crew.ana);
        const std::int64_t number = crew.conflicts(crew.ana).at(0).number;
        sync::resolve_conflict(crew.ana.file(), number, {ours(policy) ? Take::Theirs : Take::Mine});
        CHECK(crew.ana.pending() == 1);
        crew.ana.sync();
        crew.check_equal(crew.ana);
    }
}

TEST_CASE("an edit of a feature that the service deleted: the policy says which of the two stays",
          "[sync][merge][policy]") {
    for (const MergePolicy policy : kAll) {
        INFO(name_of(policy));
        MergeCrew crew(policy);
        crew.ana.update("trees", crew.oak, {{"species", "mine"}});
        crew.office.erase("trees", crew.oak);
        REQUIRE(crew.ana.sync().conflicts.size() == 1);
        const Conflict conflict = crew.conflicts(crew.ana).at(0);
        CHECK(conflict.column.empty());
        CHECK(conflict.theirs.empty());
        CHECK_THAT(conflict.mine, Catch::Contains("mine"));
        CHECK_THAT(conflict.base, Catch::Contains("oak"));
        CHECK(crew.served("SELECT count(*) FROM trees") == (ours(policy) ? "2" : "1"));
        crew.check_equal(crew.ana);

        // The other way is one decision away, and an edit like any other.
        sync::resolve_conflict(crew.ana.file(), conflict.number,
                               {ours(policy) ? Take::Theirs : Take::Mine});
        crew.ana.sync();
        CHECK(crew.served("SELECT count(*) FROM trees") == (ours(policy) ? "1" : "2"));
        crew.check_equal(crew.ana);
    }
}

TEST_CASE("a feature deleted here and changed there: the policy says which of the two stays",
          "[sync][merge][policy]") {
    for (const MergePolicy policy : kAll) {
        INFO(name_of(policy));
        MergeCrew crew(policy);
        crew.ana.erase("trees", crew.oak);
        crew.office.update("trees", crew.oak, {{"species", "theirs"}});
        REQUIRE(crew.ana.sync().conflicts.size() == 1);
        const Conflict conflict = crew.conflicts(crew.ana).at(0);
        CHECK(conflict.mine.empty());
        CHECK_THAT(conflict.theirs, Catch::Contains("theirs"));
        CHECK(crew.served("SELECT count(*) FROM trees") == (ours(policy) ? "1" : "2"));
        crew.check_equal(crew.ana);

        sync::resolve_conflict(crew.ana.file(), conflict.number,
                               {ours(policy) ? Take::Theirs : Take::Mine});
        crew.ana.sync();
        CHECK(crew.served("SELECT count(*) FROM trees") == (ours(policy) ? "2" : "1"));
        crew.check_equal(crew.ana);
    }
}

TEST_CASE("a conflict that is asked about holds back its own value and nothing else",
          "[sync][merge][policy]") {
    MergeCrew crew(MergePolicy::Ask);
    crew.ana.update("trees", crew.oak, {{"species", "mine"}});
    crew.ana.update("trees", crew.elm, {{"dbh", 9.0}});
    crew.office.update("trees", crew.oak, {{"species", "theirs"}});
    crew.ana.sync();
    CHECK(crew.served(crew.of(crew.elm, "dbh")) == "9.0");
    CHECK(crew.on(crew.ana, crew.of(crew.oak, "species")) == "theirs");
    CHECK(crew.conflicts(crew.ana).at(0).state == Conflict::State::Open);
    crew.check_equal(crew.ana);

    const std::int64_t number = crew.conflicts(crew.ana).at(0).number;
    SECTION("mine") {
        sync::resolve_conflict(crew.ana.file(), number, {Take::Mine});
        CHECK(crew.ana.pending() == 1);
        crew.ana.sync();
        CHECK(crew.served(crew.of(crew.oak, "species")) == "mine");
        CHECK(crew.conflicts(crew.ana).at(0).state == Conflict::State::TookMine);
    }
    SECTION("theirs stands already, so nothing is edited") {
        sync::resolve_conflict(crew.ana.file(), number, {Take::Theirs});
        CHECK(crew.ana.pending() == 0);
        CHECK(crew.conflicts(crew.ana).at(0).state == Conflict::State::TookTheirs);
    }
    SECTION("a third value") {
        Resolution third{Take::Value, "\"both\""};
        sync::resolve_conflict(crew.ana.file(), number, third);
        crew.ana.sync();
        CHECK(crew.served(crew.of(crew.oak, "species")) == "both");
        CHECK(crew.conflicts(crew.ana).at(0).state == Conflict::State::TookValue);
    }
    CHECK(crew.conflicts(crew.ana).at(0).resolved_ms > 0);
    CHECK_THROWS_WITH(sync::resolve_conflict(crew.ana.file(), number, {Take::Mine}),
                      Catch::Contains("conflict " + std::to_string(number)) &&
                          Catch::Contains("decided already"));
    crew.check_equal(crew.ana);
}

TEST_CASE("the conflicts of a feature are decided one column at a time or all at once",
          "[sync][merge][policy]") {
    MergeCrew crew(MergePolicy::Service);
    crew.ana.update("trees", crew.oak, {{"species", "mine"}, {"dbh", 7.0}});
    crew.office.update("trees", crew.oak, {{"species", "theirs"}, {"dbh", 8.0}});
    crew.ana.sync();
    REQUIRE(crew.conflicts(crew.ana).size() == 2);
    const std::int64_t number = crew.conflicts(crew.ana).at(0).number;
    SECTION("a column") {
        Resolution dbh{Take::Mine, "", Resolution::Scope::Column, "dbh"};
        CHECK(sync::resolve_conflict(crew.ana.file(), number, dbh) == 1);
        crew.ana.sync();
        CHECK(crew.served(crew.of(crew.oak, "species || dbh")) == "theirs7.0");
    }
    SECTION("the feature") {
        Resolution all{Take::Mine, "", Resolution::Scope::Feature, ""};
        CHECK(sync::resolve_conflict(crew.ana.file(), number, all) == 2);
        crew.ana.sync();
        CHECK(crew.served(crew.of(crew.oak, "species || dbh")) == "mine7.0");
    }
    SECTION("what makes no sense is refused by name and changes nothing") {
        Resolution column{Take::Mine, "", Resolution::Scope::Column, "height"};
        CHECK_THROWS_WITH(sync::resolve_conflict(crew.ana.file(), number, column),
                          Catch::Contains("height"));
        Resolution value{Take::Value, "{\"broken"};
        CHECK_THROWS_WITH(sync::resolve_conflict(crew.ana.file(), number, value),
                          Catch::Contains("species"));
        CHECK_THROWS_WITH(sync::resolve_conflict(crew.ana.file(), 99, {Take::Mine}),
                          Catch::Contains("99"));
        CHECK(crew.ana.pending() == 0);
    }
    crew.check_equal(crew.ana);
}

TEST_CASE("a policy may be changed later, and while a synchronization runs",
          "[sync][merge][policy]") {
    MergeCrew crew;
    sync::ReplicaStore store(crew.ana.file());
    store.set_policy({0}, MergePolicy::Service);
    crew.ana.update("trees", crew.oak, {{"species", "mine"}});
    crew.office.update("trees", crew.oak, {{"species", "theirs"}});
    {
        const auto ladder = sync::synchronize_ladder(crew.ana.file(), {}, nullptr);
        while (const auto request = ladder->next_request()) {
            store.set_policy({1}, MergePolicy::Ask);
            ladder->take_result(crew.ana.link().send(*request, {}));
        }
    }
    CHECK(crew.served(crew.of(crew.oak, "species")) == "theirs");
    CHECK(store.load().layers.at(0).policy == MergePolicy::Service);
    CHECK(store.load().layers.at(1).policy == MergePolicy::Ask);
    CHECK_THROWS_WITH(store.set_policy({9}, MergePolicy::Ask), Catch::Contains("9"));
    crew.check_equal(crew.ana);
}

TEST_CASE("two features of one GlobalID are merged as the policy says", "[sync][merge][policy]") {
    constexpr const char* kTwin = "{22222222-2222-4222-8222-222222222222}";
    for (const MergePolicy policy : kAll) {
        INFO(name_of(policy));
        MergeCrew crew(policy);
        crew.office.add("trees", {{"global_id", kTwin}, {"species", "theirs"}}, point(5, 5));
        crew.ana.add("trees", {{"global_id", kTwin}, {"species", "mine"}, {"dbh", 2.0}},
                     point(5, 5));
        CHECK(crew.ana.sync().conflicts.size() == 2);  // species, and a dbh against none
        crew.ana.sync();
        CHECK(crew.served(std::string("SELECT species FROM trees WHERE global_id = '") + kTwin +
                          "'") == (ours(policy) ? "mine" : "theirs"));
        crew.check_equal(crew.ana);
    }
}

TEST_CASE(
    "a row that is replaced by one whose GlobalID the office made too leaves both sides equal",
    "[sync][merge][policy]") {
    constexpr const char* kTwin = "{22222222-2222-4222-8222-222222222222}";
    for (const MergePolicy policy : kAll) {
        INFO(name_of(policy));
        MergeCrew crew(policy);
        crew.office.add("trees", {{"global_id", kTwin}, {"species", "theirs"}}, point(5, 5));
        const std::string fid = crew.on(crew.ana, crew.of(crew.oak, "fid"));
        crew.ana.file().database().execute(
            "INSERT OR REPLACE INTO trees (fid, global_id, species) VALUES (" + fid + ", '" +
            kTwin + "', 'mine')");
        crew.ana.sync();
        crew.ana.sync();
        CHECK(crew.served(crew.of(crew.oak, "count(*)")) == "0");
        CHECK(crew.served(std::string("SELECT species FROM trees WHERE global_id = '") + kTwin +
                          "'") == (ours(policy) ? "mine" : "theirs"));
        CHECK_FALSE(crew.conflicts(crew.ana).empty());
        crew.check_equal(crew.ana);
    }
}
