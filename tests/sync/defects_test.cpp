// SPDX-License-Identifier: Apache-2.0
//
// Edits under odd circumstances: other programs at work on either file, rules of the office, one
// GlobalID made twice, features that move. Nothing may be lost, overwritten unseen, or stuck.
#include "geodb/sqlite/transaction.hpp"
#include "sync/replica/change_applier.hpp"
#include "sync/replica/moved_service.hpp"
#include "sync/replica/replica_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

constexpr const char* kTwin = "{22222222-2222-4222-8222-222222222222}";

/// As a program does whose ST_ functions take what they cannot read for NULL.
std::string without_rtree(const std::string& sql) {
    std::string drops;
    for (const char* name : {"update6", "update7", "update2", "update4", "update1", "update3"}) {
        drops += "DROP TRIGGER IF EXISTS rtree_trees_geom_" + std::string(name) + ";";
    }
    return drops + sql;
}

struct Yard {
    Office office;
    Device ana{office, "ana"};
    Device ben{office, "ben"};
    GlobalId oak = office.add("trees", {{"species", "oak"}, {"dbh", 3.0}}, point(1, 1));

    Yard& join(const sync::CreateOptions& options = {}) {
        ana.join(options);
        ben.join(options);
        return *this;
    }
    /// Another program edits the served file.
    void served(const std::string& sql) { office.open_file().database().execute(sql); }
    /// As `served`, and the service is started anew, so that it sees new rules.
    void rule(const std::string& sql) {
        served(sql);
        office.restart();
    }
    std::string served_text(const std::string& sql) {
        return office.open_file().database().text_of(sql).value_or("NULL");
    }
    static std::string text(Device& device, const std::string& sql) {
        return device.file().database().text_of(sql).value_or("NULL");
    }
    std::string office_content(const char* layer = "trees") {
        Geodatabase file = office.open_file();
        return content(file, layer);
    }
    void check_equal(Device& device, const char* layer = "trees") {
        CHECK(content(device.file(), layer) == office_content(layer));
        CHECK(device.pending() == 0);
    }
};

}  // namespace

TEST_CASE("a shape that the office takes away is taken away on the device", "[sync][defect]") {
    Yard yard;
    yard.join();
    yard.served("UPDATE trees SET geom = NULL");
    yard.ana.sync();
    yard.check_equal(yard.ana);
}

TEST_CASE("a shape that the device takes away is taken away in the office", "[sync][defect]") {
    Yard yard;
    yard.join();
    yard.ana.file().database().execute("UPDATE trees SET geom = NULL");
    yard.ana.sync();
    yard.check_equal(yard.ana);
}

TEST_CASE("a value beyond the rules of its column does not stop the synchronization",
          "[sync][defect]") {
    Yard yard;
    yard.join();
    const auto id = yard.ana.add("trees", {{"species", "ash"}}, point(2, 2));
    SECTION("too long a text") {
        yard.served("UPDATE trees SET species = printf('%.200c', 'x')");
    }
    SECTION("a word for a number") {
        yard.served("UPDATE trees SET dbh = 'thick'");
    }
    SECTION("a text that is no UTF-8") {
        yard.served("UPDATE trees SET species = CAST(x'FF4142' AS TEXT)");
    }
    SECTION("infinity") {
        yard.served("UPDATE trees SET dbh = 9e999");
    }
    SECTION("a shape of another type") {
        yard.served(
            "UPDATE trees SET geom = x'47500001E6100000010200000002000000"
            "00000000000000000000000000000000"
            "00000000000008400000000000001040'");
    }
    CHECK_NOTHROW(yard.ana.sync());
    CHECK(yard.served_text("SELECT count(*) FROM trees WHERE global_id = '" + id.value.braced() +
                           "'") == "1");
}

TEST_CASE("a shape that nobody can read does not stop the service", "[sync][defect]") {
    Yard yard;
    yard.join();
    yard.served(without_rtree("UPDATE trees SET geom = x'0102'"));
    const auto id = yard.ana.add("trees", {{"species", "ash"}}, point(2, 2));
    CHECK_NOTHROW(yard.ana.sync());
    CHECK(yard.served_text("SELECT count(*) FROM trees WHERE global_id = '" + id.value.braced() +
                           "'") == "1");
    CHECK_NOTHROW(Device(yard.office, "carl").join());
}

TEST_CASE("an unreadable value on the device does not stop its other edits", "[sync][defect]") {
    Yard yard;
    yard.join();
    SECTION("shape") {
        yard.ana.file().database().execute(without_rtree("UPDATE trees SET geom = x'0102'"));
    }
    SECTION("text") {
        yard.ana.file().database().execute("UPDATE trees SET species = CAST(x'FF4142' AS TEXT)");
    }
    const auto id = yard.ana.add("trees", {{"species", "ash"}}, point(2, 2));
    CHECK_NOTHROW(yard.ana.sync());
    CHECK(yard.served_text("SELECT count(*) FROM trees WHERE global_id = '" + id.value.braced() +
                           "'") == "1");
}

TEST_CASE("what a trigger of the office does to another layer reaches the replica that set it off",
          "[sync][defect]") {
    Yard yard;
    yard.join();
    yard.rule(
        "CREATE TRIGGER count_visits AFTER INSERT ON visits BEGIN "
        "UPDATE trees SET site_order = ifnull(site_order, 0) + 1 "
        "WHERE global_id = NEW.tree; END");
    yard.ana.add("visits", {{"tree", yard.oak.value.braced()}, {"note", "seen"}});
    yard.ana.sync();
    yard.ana.sync();
    CHECK(yard.served_text("SELECT site_order FROM trees") == "1");
    yard.check_equal(yard.ana);
}

TEST_CASE("what a deletion takes along in the office goes from the replica that deleted",
          "[sync][defect]") {
    Yard yard;
    yard.rule(
        "ALTER TABLE visits ADD COLUMN parent TEXT REFERENCES trees(global_id) "
        "ON DELETE CASCADE");
    yard.office.add("visits", {{"note", "seen"}, {"parent", yard.oak.value.braced()}});
    yard.join();
    yard.ana.erase("trees", yard.oak);
    yard.ana.sync();
    CHECK(yard.served_text("SELECT count(*) FROM visits") == "0");
    yard.check_equal(yard.ana, "visits");
}

TEST_CASE("an edit that a trigger of the office ignores is refused by name", "[sync][defect]") {
    Yard yard;
    yard.join();
    SECTION("update") {
        yard.rule(
            "CREATE TRIGGER aaa BEFORE UPDATE OF species ON trees BEGIN "
            "SELECT RAISE(IGNORE); END");
        yard.ana.update("trees", yard.oak, {{"species", "ash"}});
    }
    SECTION("delete") {
        yard.rule("CREATE TRIGGER aaa BEFORE DELETE ON trees BEGIN SELECT RAISE(IGNORE); END");
        yard.ana.erase("trees", yard.oak);
    }
    const auto report = yard.ana.sync();
    CHECK(report.rejected.size() == 1);
}

TEST_CASE("edits go on after two made the same GlobalID", "[sync][defect]") {
    Yard yard;
    yard.join();
    yard.office.add("trees", {{"global_id", kTwin}, {"species", "theirs"}}, point(5, 5));
    const GlobalId twin{*Uuid::parse(kTwin)};
    SECTION("seen before the upload: both values are kept") {
        yard.ana.add("trees", {{"global_id", kTwin}, {"species", "mine"}}, point(6, 6));
        const auto report = yard.ana.sync();
        CHECK(report.conflicts.size() >= 1);
        yard.ana.sync();
        yard.check_equal(yard.ana);
    }
    SECTION("seen after a refusal: ours is a change of the service's feature from then on") {
        yard.ana.add("trees", {{"global_id", kTwin}, {"species", "mine"}}, point(6, 6));
        sync::SyncOptions up;
        up.direction = wire::SyncDirection::Upload;
        REQUIRE(yard.ana.sync(up).rejected.size() == 1);
        const auto report = yard.ana.sync();
        CHECK(report.rejected.empty());
        CHECK(report.conflicts.size() >= 1);
        CHECK(yard.served_text(std::string("SELECT species FROM trees WHERE global_id = '") +
                               kTwin + "'") == "mine");
        yard.check_equal(yard.ana);
        yard.ana.update("trees", twin, {{"dbh", 7.0}});
        CHECK(yard.ana.sync().rejected.empty());
        yard.check_equal(yard.ana);
        const auto decided = sync::ReplicaStore(yard.ana.file()).rejected(true);
        REQUIRE(decided.size() == 1);
        CHECK(decided[0].state == sync::RejectedEdit::State::Accepted);
    }
}

TEST_CASE("a feature put back under another object id takes the office's edits", "[sync][defect]") {
    Yard yard;
    yard.join();
    // As a desktop program undoes a deletion.
    yard.ana.file().database().execute(
        "CREATE TEMP TABLE kept AS SELECT * FROM trees; DELETE FROM trees; "
        "INSERT INTO trees SELECT 77, geom, global_id, species, dbh, planted, site_order FROM "
        "(SELECT geom, global_id, species, dbh, planted, site_order FROM kept)");
    REQUIRE(yard.text(yard.ana, "SELECT fid || species FROM trees") == "77oak");
    SECTION("changed there") {
        yard.office.update("trees", yard.oak, {{"dbh", 9.0}});
        yard.ana.sync();
        CHECK(yard.served_text("SELECT dbh FROM trees") == "9.0");
    }
    SECTION("changed there, and here") {
        yard.ana.update("trees", yard.oak, {{"species", "red oak"}});
        yard.office.update("trees", yard.oak, {{"dbh", 9.0}});
        yard.ana.sync();
        CHECK(yard.served_text("SELECT species || dbh FROM trees") == "red oak9.0");
    }
    SECTION("deleted there") {
        yard.office.erase("trees", yard.oak);
        yard.ana.sync();
        CHECK(yard.served_text("SELECT count(*) FROM trees") == "0");
    }
    SECTION("deleted there, changed here") {
        yard.ana.update("trees", yard.oak, {{"species", "red oak"}});
        yard.office.erase("trees", yard.oak);
        yard.ana.sync();
        CHECK(yard.served_text("SELECT species FROM trees") == "red oak");
    }
    yard.ana.sync();
    yard.check_equal(yard.ana);
}

TEST_CASE("an upload whose answer could not be made is not taken for refused", "[sync][defect]") {
    Yard yard;
    yard.join();
    const auto id = yard.ana.add("trees", {{"species", "ash"}}, point(2, 2));
    // The rows of the download have nowhere to go.
    const auto results = yard.office.folder() / "results";
    {
        const auto ladder = sync::synchronize_ladder(yard.ana.file(), {}, nullptr);
        const auto climb_on = [&] {
            while (const auto request = ladder->next_request()) {
                if (request->body.find("&edits=") != std::string::npos) {
                    yard.served("UPDATE trees SET species = printf('%.2000000c', 'x')");
                    std::filesystem::remove_all(results);
                }
                ladder->take_result(yard.ana.link().send(*request, {}));
            }
        };
        CHECK_THROWS_WITH(climb_on(), Catch::Contains("applied"));
    }
    std::filesystem::create_directories(results);
    yard.ana.erase("trees", id);
    yard.ana.sync();
    yard.ana.sync();
    yard.check_equal(yard.ana);
}

TEST_CASE("an edit of a feature that left the replica's filter still arrives", "[sync][defect]") {
    Yard yard;
    sync::CreateOptions options;
    options.where[LayerId{0}] = "species <> 'gone'";
    yard.join(options);
    yard.ana.update("trees", yard.oak, {{"dbh", 9.0}});
    yard.office.update("trees", yard.oak, {{"species", "gone"}});
    yard.ana.sync();
    yard.ana.sync();
    CHECK(yard.served_text("SELECT dbh FROM trees") == "9.0");
}

TEST_CASE("one answer may delete a feature and bring it back", "[sync][defect]") {
    Yard yard;
    yard.join();
    auto& file = yard.ana.file();
    SECTION("edited here") {
        yard.ana.update("trees", yard.oak, {{"dbh", 3.0}});
    }
    SECTION("deleted here") {
        yard.ana.erase("trees", yard.oak);
    }
    sqlite::Transaction transaction(file.database());
    sync::ChangeApplier applier(file, file.layer("trees"), [](sync::Conflict&&) {});
    applier.erase(yard.oak);
    applier.put(wire::parse_json("{\"attributes\":{\"global_id\":\"" + yard.oak.value.braced() +
                                     "\",\"species\":\"new oak\"}}",
                                 "feature"));
    transaction.commit();
    CHECK(yard.text(yard.ana, "SELECT species FROM trees") == "new oak");
}

TEST_CASE("a table that another program has dropped keeps no other layer from the service",
          "[sync][defects]") {
    const wire::SyncModel model = GENERATE(wire::SyncModel::PerReplica, wire::SyncModel::PerLayer);
    INFO(wire::name_of(model));
    Office office;
    const GlobalId oak = office.add("trees", {{"species", "oak"}}, point(1, 1));
    Device ana{office, "ana"};
    sync::CreateOptions options;
    options.model = model;
    ana.join(options);
    ana.file().database().execute("DROP TABLE visits");
    ana.restart();
    ana.update("trees", oak, {{"species", "ash"}});
    office.add("visits", {{"note", "for nobody"}});
    office.add("trees", {{"species", "elm"}}, point(2, 2));
    const auto report = ana.sync();
    REQUIRE(report.notes.size() == 1);
    CHECK_THAT(report.notes[0], Catch::Contains("layer 1 is gone from this file"));
    CHECK(ana.pending() == 0);
    Geodatabase served = office.open_file();
    CHECK(content(ana.file(), "trees") == content(served, "trees"));
}

TEST_CASE("a replica goes on with a service that has moved, also in the middle of a call",
          "[sync][defects]") {
    Office office;
    Device ana{office, "ana"};
    ana.join();
    const std::string old_address = Office::kUrl;
    const std::string address = "https://other.test/gis/rest/services/field/FeatureServer";
    sync::ReplicaStore store(ana.file());
    store.save_rung(
        {"job", wire::Json::Object{{"url", old_address},
                                   {"links", wire::Json::Array{old_address + "/jobs/1"}},
                                   {"note", "of " + old_address}}});
    sync::move_to_service(ana.file(), address);
    CHECK(store.load().service_url == address);
    CHECK(wire::to_text(store.rung()->facts) == R"({"url":")" + address + R"(","links":[")" +
                                                    address + R"(/jobs/1"],"note":"of )" +
                                                    old_address + "\"}");
}
