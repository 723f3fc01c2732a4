// SPDX-License-Identifier: Apache-2.0
//
// Rules that users have made in their files: UNIQUE, CHECK, foreign keys, triggers. A merge keeps
// them, and loses no edit over them.
#include "sync/replica/rejected_edits.hpp"
#include "tests/support/crew.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

constexpr const char* kUnique = "CREATE UNIQUE INDEX one_place ON trees (site_order)";

/// Trees with places 1 and 2, each place for one tree only, on both sides.
struct Places : MergeCrew {
    Places() {
        office.update("trees", oak, {{"site_order", std::int64_t{1}}});
        office.update("trees", elm, {{"site_order", std::int64_t{2}}});
        rule(kUnique);
        ana.sync();
        on_device(kUnique);
    }
    void on_device(const std::string& sql) {
        ana.file().database().execute(sql);
        ana.restart();
    }
    void place(const GlobalId& tree, std::int64_t at) {
        office.update("trees", tree, {{"site_order", at}});
    }
};

/// The user of a device gives a column of a replica a rule, as a desktop program would.
void give_rule(Device& device, const std::string& table, const std::string& column,
               const std::string& rule) {
    auto& database = device.file().database();
    const std::string schema = "sqlite_schema WHERE name = '" + table + "'";
    std::string sql = database.text_of("SELECT sql FROM " + schema).value();
    const std::size_t at = sql.find("\"" + column + "\"");
    REQUIRE(at != std::string::npos);
    sql.insert(std::min(sql.find_first_of(",\n", at), sql.rfind(')')), " " + rule);
    database.execute(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = " + sqlite::literal(sql) +
        " WHERE name = '" + table + "'; PRAGMA writable_schema = RESET");
    device.restart();
}

}  // namespace

TEST_CASE("two UNIQUE values that the office swapped are swapped on the device",
          "[sync][merge][rules]") {
    Places crew;
    crew.place(crew.oak, 99);
    crew.place(crew.elm, 1);
    crew.place(crew.oak, 2);
    CHECK(crew.ana.sync().rejected.empty());
    CHECK(crew.on(crew.ana, crew.of(crew.oak, "site_order")) == "2");
    CHECK(crew.on(crew.ana, crew.of(crew.elm, "site_order")) == "1");
    crew.check_equal(crew.ana);
}

TEST_CASE("two UNIQUE values swapped on the device are swapped in the office",
          "[sync][merge][rules]") {
    Places crew;
    crew.ana.update("trees", crew.oak, {{"site_order", std::int64_t{99}}});
    crew.ana.update("trees", crew.elm, {{"site_order", std::int64_t{1}}});
    crew.ana.update("trees", crew.oak, {{"site_order", std::int64_t{2}}});
    sync::SyncOptions options;
    SECTION("each edit by itself") {}
    SECTION("all or none") {
        options.rollback_on_failure = true;
    }
    CHECK(crew.ana.sync(options).rejected.empty());
    CHECK(crew.served(crew.of(crew.oak, "site_order")) == "2");
    CHECK(crew.served(crew.of(crew.elm, "site_order")) == "1");
    crew.check_equal(crew.ana);
}

TEST_CASE("a chain of UNIQUE values moves on, whatever the order of the changes",
          "[sync][merge][rules]") {
    Places crew;
    const GlobalId ash = crew.office.add("trees", {{"species", "ash"}}, point(3, 3));
    crew.ana.sync();
    crew.place(crew.elm, 3);
    crew.place(crew.oak, 2);
    crew.place(ash, 1);
    crew.ana.sync();
    crew.check_equal(crew.ana);
}

TEST_CASE("an edit of ours whose UNIQUE value the office took is set aside with its values",
          "[sync][merge][rules]") {
    Places crew;
    SECTION("an insert") {
        crew.ana.add("trees", {{"species", "mine"}, {"site_order", std::int64_t{7}}}, point(7, 7));
    }
    SECTION("an update") {
        crew.ana.update("trees", crew.elm, {{"site_order", std::int64_t{7}}});
    }
    crew.office.add("trees", {{"species", "theirs"}, {"site_order", std::int64_t{7}}}, point(8, 8));
    const auto report = crew.ana.sync();
    REQUIRE(report.rejected.size() == 1);
    CHECK_THAT(report.rejected[0].reason,
               Catch::Contains("UNIQUE") && Catch::Contains("site_order"));
    CHECK_THAT(report.rejected[0].values, Catch::Contains("7"));
    crew.check_equal(crew.ana);
    // While the value is taken it cannot come back; afterwards it can.
    const std::int64_t number = report.rejected[0].number;
    CHECK_THROWS_WITH(sync::retry_rejected(crew.ana.file(), number), Catch::Contains("UNIQUE"));
    crew.office.open_file().database().execute(
        "UPDATE trees SET site_order = 8 WHERE species = 'theirs'");
    crew.ana.sync();
    sync::retry_rejected(crew.ana.file(), number);
    CHECK(crew.ana.sync().rejected.empty());
    CHECK(crew.served("SELECT count(*) FROM trees WHERE site_order = 7") == "1");
    crew.check_equal(crew.ana);
}

TEST_CASE("a child whose parent the office deleted is set aside, and told",
          "[sync][merge][rules]") {
    for (const char* action : {"ON DELETE CASCADE", "ON DELETE RESTRICT", ""}) {
        INFO(action);
        MergeCrew crew;
        const std::string column =
            std::string("ALTER TABLE visits ADD COLUMN parent TEXT REFERENCES trees(global_id) ") +
            action;
        crew.rule(column);
        Device carl(crew.office, "carl");
        carl.join();
        // The replica has the column; its user gives it the rule too.
        give_rule(carl, "visits", "parent", std::string("REFERENCES trees(global_id) ") + action);
        const std::string oak = crew.oak.value.braced();
        const std::string elm = crew.elm.value.braced();
        carl.add("visits", {{"note", "of the oak"}, {"parent", oak}});
        carl.add("visits", {{"note", "of the elm"}, {"parent", elm}});
        crew.office.erase("trees", crew.oak);
        const auto report = carl.sync();
        REQUIRE(report.rejected.size() == 1);
        CHECK_THAT(report.rejected[0].values, Catch::Contains("of the oak"));
        CHECK_THAT(report.rejected[0].reason, Catch::Contains("deleted in the service"));
        CHECK(crew.served("SELECT group_concat(note) FROM visits") == "of the elm");
        carl.sync();
        crew.check_equal(carl);
    }
}

TEST_CASE("parents and children that come in one answer find each other, in any order",
          "[sync][merge][rules]") {
    MergeCrew crew;
    const std::string column =
        "ALTER TABLE trees ADD COLUMN visit TEXT REFERENCES visits(global_id)";
    crew.rule(column);
    Device carl(crew.office, "carl");
    carl.join();
    give_rule(carl, "trees", "visit", "REFERENCES visits(global_id)");
    // Layer 0 comes before layer 1, and its row needs one of there.
    const GlobalId visit = crew.office.add("visits", {{"note", "parent"}});
    crew.office.add("trees", {{"species", "child"}, {"visit", visit.value.braced()}}, point(3, 3));
    carl.sync();
    crew.check_equal(carl);
    crew.office.open_file().database().execute("DELETE FROM trees WHERE species = 'child'");
    crew.office.erase("visits", visit);
    carl.sync();
    crew.check_equal(carl);
}

TEST_CASE("a CHECK of the file that the service's row breaks stops with its name, nothing changed",
          "[sync][merge][rules]") {
    MergeCrew crew;
    crew.ana.file().database().execute(
        "CREATE TRIGGER no_giants BEFORE UPDATE ON trees WHEN NEW.dbh > 100 "
        "BEGIN SELECT RAISE(ABORT, 'no giants here'); END");
    crew.ana.restart();
    crew.ana.update("trees", crew.elm, {{"species", "mine"}});
    crew.office.update("trees", crew.oak, {{"dbh", 200.0}});
    const std::string before = content(crew.ana.file(), "trees");
    CHECK_THROWS_WITH(crew.ana.sync(), Catch::Contains(crew.oak.value.braced()) &&
                                           Catch::Contains("no giants here"));
    CHECK(content(crew.ana.file(), "trees") == before);
    CHECK(crew.ana.pending() == 1);
    crew.ana.file().database().execute("DROP TRIGGER no_giants");
    crew.ana.restart();
    crew.ana.sync();
    crew.check_equal(crew.ana);
}

TEST_CASE("a user's trigger that writes another table goes on doing so, and its edits go up",
          "[sync][merge][rules]") {
    for (const auto policy : {sync::MergePolicy::LastIn, sync::MergePolicy::Service}) {
        MergeCrew crew(policy);
        crew.ana.file().database().execute(
            "CREATE TABLE diary (line TEXT); CREATE TRIGGER write_diary AFTER UPDATE OF species ON "
            "trees BEGIN INSERT INTO diary VALUES (OLD.species || '>' || NEW.species); "
            "INSERT INTO visits (note) VALUES (NEW.species); END");
        crew.ana.restart();
        crew.ana.update("trees", crew.oak, {{"species", "mine"}});
        crew.office.update("trees", crew.elm, {{"species", "theirs"}});
        crew.ana.sync();
        crew.ana.sync();
        CHECK(crew.on(crew.ana, "SELECT group_concat(line) FROM diary") == "oak>mine,elm>theirs");
        CHECK(
            crew.served("SELECT group_concat(note) FROM (SELECT note FROM visits ORDER BY note)") ==
            "mine,theirs");
        crew.check_equal(crew.ana);
    }
}

TEST_CASE("edits between every two requests of a synchronization are sent, each once and whole",
          "[sync][merge]") {
    MergeCrew crew;
    for (int round = 0; round < 3; ++round) {
        const auto ladder = sync::synchronize_ladder(crew.ana.file(), {}, nullptr);
        crew.office.update("trees", crew.oak, {{"species", "office " + std::to_string(round)}});
        crew.ana.update("trees", crew.elm, {{"species", "start"}});
        int step = 0;
        while (const auto request = ladder->next_request()) {
            const std::string at = std::to_string(round) + "." + std::to_string(step++);
            crew.ana.update("trees", crew.elm,
                            {{"species", at}, {"dbh", static_cast<double>(step)}});
            crew.ana.add("visits", {{"note", at}});
            auto result = crew.ana.link().send(*request, {});
            crew.ana.update("trees", crew.oak, {{"dbh", static_cast<double>(10 + step)}});
            crew.office.add("visits", {{"note", "o" + at}});
            ladder->take_result(std::move(result));
        }
        // What was edited last is here, sent or pending.
        CHECK(crew.on(crew.ana, crew.of(crew.elm, "species")) ==
              std::to_string(round) + "." + std::to_string(step - 1));
    }
    crew.ana.sync();
    crew.ana.sync();
    crew.check_equal(crew.ana);
    CHECK(crew.served("SELECT count(*) FROM visits") ==
          crew.served("SELECT count(DISTINCT note) FROM visits"));
    CHECK(crew.rejected(crew.ana).empty());
}
