// SPDX-License-Identifier: Apache-2.0
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

struct Device {
    TempFolder folder;
    TestWorld world;
    Geodatabase file = Geodatabase::create(folder / "device.gpkg", world.world());

    Device() {
        make_layer(file, trees_plan());
        make_layer(file, visits_plan());
    }
    std::vector<NetEdit> pending(std::string_view layer = "trees", std::int64_t base = 0) {
        std::vector<NetEdit> edits;
        NetEdits(file.database(), file.layer(layer)).each({{base}, {}}, [&](NetEdit&& edit) {
            edits.push_back(std::move(edit));
        });
        return edits;
    }
    Generation seal() {
        sqlite::Transaction transaction(file.database());
        const Generation sealed = file.timeline().close({}, 1, 0);
        transaction.commit();
        return sealed;
    }
    /// Another program's SQL on the same file.
    int foreign(const std::string& sql) {
        const std::string command = "sqlite3 '" + file.path().string() +
                                    "' \"SELECT load_extension('mod_spatialite')\" \"" + sql +
                                    "\" >/dev/null 2>&1";
        return std::system(command.c_str());
    }
};

}  // namespace

TEST_CASE("an insert is pending with the row as it is", "[tracking]") {
    Device device;
    const GlobalId oak = add_feature(device.file, "trees", {{"species", "oak"}}, point(1, 2));
    const auto edits = device.pending();
    REQUIRE(edits.size() == 1);
    CHECK(edits[0].kind == NetEdit::Kind::Insert);
    CHECK(edits[0].feature == oak);
    CHECK(edits[0].before.empty());
    CHECK(edits[0].after[device.file.layer("trees").geometry_index()] == point(1, 2));
}

TEST_CASE("insert then delete leaves no trace", "[tracking]") {
    Device device;
    const GlobalId oak = add_feature(device.file, "trees", {{"species", "oak"}});
    erase_feature(device.file, "trees", oak);
    CHECK(device.pending().empty());
}

TEST_CASE("insert then update stays an insert", "[tracking]") {
    Device device;
    const GlobalId oak = add_feature(device.file, "trees", {{"species", "oak"}});
    update_feature(device.file, "trees", oak, {{"species", "elm"}});
    const auto edits = device.pending();
    REQUIRE(edits.size() == 1);
    CHECK(edits[0].kind == NetEdit::Kind::Insert);
    CHECK(edits[0].after[1] == Value{"elm"});
}

TEST_CASE("an update knows the row before and the columns that changed", "[tracking]") {
    Device device;
    const GlobalId oak =
        add_feature(device.file, "trees", {{"species", "oak"}, {"dbh", 3.0}}, point(1, 2));
    const Generation base = device.seal();
    update_feature(device.file, "trees", oak, {{"species", "elm"}});
    update_feature(device.file, "trees", oak, {{"dbh", 4.0}, {"species", "ash"}});
    const auto edits = device.pending("trees", base.value);
    REQUIRE(edits.size() == 1);
    CHECK(edits[0].kind == NetEdit::Kind::Update);
    CHECK(edits[0].before[1] == Value{"oak"});
    CHECK(edits[0].before[2] == Value{3.0});
    CHECK(edits[0].after[1] == Value{"ash"});
    CHECK(edits[0].changed == std::vector<std::size_t>{1, 2});
}

TEST_CASE("a feature edited back to what it was is no edit", "[tracking]") {
    Device device;
    const GlobalId oak = add_feature(device.file, "trees", {{"species", "oak"}});
    const Generation base = device.seal();
    update_feature(device.file, "trees", oak, {{"species", "elm"}});
    update_feature(device.file, "trees", oak, {{"species", "oak"}});
    CHECK(device.pending("trees", base.value).empty());
}

TEST_CASE("net edits of a range leave out what came later", "[tracking]") {
    Device device;
    const GlobalId oak = add_feature(device.file, "trees", {{"species", "oak"}});
    const Generation first = device.seal();
    update_feature(device.file, "trees", oak, {{"species", "elm"}});
    const Generation second = device.seal();
    update_feature(device.file, "trees", oak, {{"species", "ash"}});
    erase_feature(device.file, "trees", oak);

    std::vector<NetEdit> edits;
    NetEdits(device.file.database(), device.file.layer("trees"))
        .each({first, second}, [&](NetEdit&& edit) { edits.push_back(std::move(edit)); });
    REQUIRE(edits.size() == 1);
    CHECK(edits[0].kind == NetEdit::Kind::Update);
    CHECK(edits[0].before[1] == Value{"oak"});
    CHECK(edits[0].after[1] == Value{"elm"});
}

TEST_CASE("edits told by kind have all columns, however late in the log one is first edited",
          "[tracking]") {
    Device device;
    std::vector<GlobalId> trees;
    for (int i = 0; i < 100; ++i) {
        trees.push_back(add_feature(device.file, "trees", {{"species", "oak"}, {"dbh", 1.0}}));
    }
    const Generation base = device.seal();
    for (int i = 0; i < 100; ++i) {
        const Attributes attributes = i < 90   ? Attributes{{"species", "elm"}}
                                      : i < 95 ? Attributes{{"dbh", 2.0}}
                                               : Attributes{{"species", "elm"}, {"site_order", 3}};
        update_feature(device.file, "trees", trees[static_cast<std::size_t>(i)], attributes);
    }
    REQUIRE(device.foreign("UPDATE trees SET planted = 'soon' WHERE fid = 50") == 0);

    const Layer& layer = device.file.layer("trees");
    std::vector<NetEdit> whole, lean;
    const NetEdits edits(device.file.database(), layer);
    edits.each({base, {}}, [&](NetEdit&& edit) { whole.push_back(std::move(edit)); });
    edits.each({base, {}}, [&](NetEdit&& edit) { lean.push_back(edit); },
               {.whole_rows = false, .by_object_id = false});
    REQUIRE(whole.size() == trees.size());
    REQUIRE(lean.size() == trees.size());
    CHECK(lean[49].changed.size() == 2);
    for (std::size_t i = 0; i < trees.size(); ++i) {
        INFO(i);
        REQUIRE(lean[i].feature == whole[i].feature);
        REQUIRE(lean[i].changed == whole[i].changed);
        for (std::size_t column = 0; column < layer.column_count(); ++column) {
            const bool told = std::count(whole[i].changed.begin(), whole[i].changed.end(), column);
            REQUIRE(lean[i].after[column] == (told ? whole[i].after[column] : Value{}));
            REQUIRE(lean[i].before[column] == (told ? whole[i].before[column] : Value{}));
        }
    }
}

TEST_CASE("edits told by kind come as updates, inserts, deletions, and features that are back",
          "[tracking][foreign]") {
    Device device;
    const GlobalId oak = add_feature(device.file, "trees", {{"species", "oak"}});
    const GlobalId ash = add_feature(device.file, "trees", {{"species", "ash"}});
    const GlobalId elm = add_feature(device.file, "trees", {{"species", "elm"}});
    const Generation base = device.seal();
    erase_feature(device.file, "trees", oak);
    REQUIRE(device.foreign("UPDATE trees SET fid = 70, species = 'beech' WHERE fid = 2") == 0);
    update_feature(device.file, "trees", elm, {{"species", "fir"}});
    const GlobalId yew = add_feature(device.file, "trees", {{"species", "yew"}});

    std::vector<NetEdit> edits;
    NetEdits(device.file.database(), device.file.layer("trees"))
        .each({base, {}}, [&](NetEdit&& edit) { edits.push_back(std::move(edit)); },
              {.whole_rows = false, .old_values = false, .by_object_id = false});
    REQUIRE(edits.size() == 4);
    CHECK((edits[0].kind == NetEdit::Kind::Update && edits[0].feature == elm));
    CHECK((edits[1].kind == NetEdit::Kind::Insert && edits[1].feature == yew));
    CHECK((edits[2].kind == NetEdit::Kind::Delete && edits[2].feature == oak));
    CHECK((edits[3].kind == NetEdit::Kind::Update && edits[3].feature == ash));
    CHECK(edits[3].changed == std::vector<std::size_t>{1});
    CHECK(edits[3].oid == ObjectId{70});
}

TEST_CASE("edits of the sqlite3 shell are tracked with the row before", "[tracking][foreign]") {
    Device device;
    const GlobalId oak =
        add_feature(device.file, "trees", {{"species", "oak"}, {"dbh", 3.0}}, point(1, 2));
    const GlobalId ash = add_feature(device.file, "trees", {{"species", "ash"}}, point(3, 4));
    const Generation base = device.seal();
    REQUIRE(device.foreign("UPDATE trees SET species = 'elm' WHERE species = 'oak'") == 0);
    REQUIRE(device.foreign("DELETE FROM trees WHERE species = 'ash'") == 0);
    REQUIRE(device.foreign("INSERT INTO visits (note) VALUES ('by hand')") == 0);

    std::map<GlobalId, NetEdit> edits;
    for (NetEdit& edit : device.pending("trees", base.value)) edits.emplace(edit.feature, edit);
    REQUIRE(edits.size() == 2);
    CHECK(edits.at(oak).changed == std::vector<std::size_t>{1});
    CHECK(edits.at(oak).before[2] == Value{3.0});
    CHECK(edits.at(ash).kind == NetEdit::Kind::Delete);
    CHECK(edits.at(ash).before[1] == Value{"ash"});
    const auto visits = device.pending("visits", base.value);
    REQUIRE(visits.size() == 1);
    CHECK(visits[0].kind == NetEdit::Kind::Insert);
}

TEST_CASE("INSERT OR REPLACE by another program is an update of the row it replaced",
          "[tracking][foreign]") {
    Device device;
    const GlobalId oak = add_feature(device.file, "visits", {{"note", "first"}});
    const Generation base = device.seal();
    REQUIRE(device.foreign("INSERT OR REPLACE INTO visits (fid, global_id, note) VALUES (1, '" +
                           oak.value.braced() + "', 'second')") == 0);
    const auto edits = device.pending("visits", base.value);
    REQUIRE(edits.size() == 1);
    CHECK(edits[0].kind == NetEdit::Kind::Update);
    CHECK(edits[0].before[2] == Value{"first"});
    CHECK(edits[0].after[2] == Value{"second"});
}

TEST_CASE("a row of another program gets a GlobalID, and its own is brought into our form",
          "[tracking][foreign]") {
    Device device;
    REQUIRE(device.foreign("INSERT INTO visits (note) VALUES ('none')") == 0);
    REQUIRE(device.foreign("INSERT INTO visits (global_id, note) VALUES "
                           "('9ccc5175-df19-5e14-85ab-64c3e72cfc95', 'lower')") == 0);
    const auto edits = device.pending("visits");
    REQUIRE(edits.size() == 2);
    CHECK((edits[0].feature.value.bytes[6] >> 4) == 4);
    CHECK(edits[1].feature.value.braced() == "{9CCC5175-DF19-5E14-85AB-64C3E72CFC95}");
}

TEST_CASE("another program can neither change a GlobalID nor give one that is no UUID",
          "[tracking][foreign]") {
    Device device;
    add_feature(device.file, "visits", {{"note", "kept"}});
    CHECK(device.foreign(
              "UPDATE visits SET global_id = '{00000000-0000-4000-8000-000000000000}'") != 0);
    CHECK(device.foreign("INSERT INTO visits (global_id, note) VALUES ('tree 7', 'odd')") != 0);
    CHECK(device.file.database().int64_of("SELECT count(*) FROM visits") == 1);
}

TEST_CASE("a users' trigger that stamps new rows does not make the insert an update",
          "[tracking][foreign]") {
    Device device;
    device.file.database().execute(
        "CREATE TRIGGER stamp AFTER INSERT ON visits BEGIN "
        "UPDATE visits SET day = 'today' WHERE fid = NEW.fid; END");
    device.file.reload();
    REQUIRE(device.foreign("INSERT INTO visits (note) VALUES ('by hand')") == 0);
    add_feature(device.file, "visits", {{"note", "by app"}});
    const auto edits = device.pending("visits");
    REQUIRE(edits.size() == 2);
    for (const NetEdit& edit : edits) {
        CHECK(edit.kind == NetEdit::Kind::Insert);
        CHECK(edit.after[3] == Value{"today"});
    }
}

TEST_CASE("a users' trigger that edits the row again does not hide what was changed first",
          "[tracking][foreign]") {
    Device device;
    const GlobalId visit = add_feature(device.file, "visits", {{"note", "first"}});
    const Generation base = device.seal();
    device.file.database().execute(
        "CREATE TRIGGER stamp AFTER UPDATE OF note ON visits BEGIN "
        "UPDATE visits SET day = 'today' WHERE fid = NEW.fid; END");
    device.file.reload();
    update_feature(device.file, "visits", visit, {{"note", "second"}});
    const auto edits = device.pending("visits", base.value);
    REQUIRE(edits.size() == 1);
    CHECK(edits[0].changed == std::vector<std::size_t>{2, 3});
    CHECK(edits[0].before[2] == Value{"first"});
}

TEST_CASE("a feature that comes to stand under another object id is the same feature",
          "[tracking][foreign]") {
    Device device;
    const GlobalId visit = add_feature(device.file, "visits", {{"note", "first"}});
    const Generation base = device.seal();
    const std::string id = visit.value.braced();
    SECTION("renumbered: no edit") {
        REQUIRE(device.foreign("UPDATE visits SET fid = 9") == 0);
        CHECK(device.pending("visits", base.value).empty());
        return;
    }
    SECTION("deleted and inserted again") {
        erase_feature(device.file, "visits", visit);
        REQUIRE(device.foreign("INSERT INTO visits (global_id, note) VALUES ('" + id +
                               "', 'second')") == 0);
    }
    SECTION("replaced by its GlobalID, in lower case") {
        REQUIRE(device.foreign("INSERT OR REPLACE INTO visits (global_id, note) VALUES (lower('" +
                               id + "'), 'second')") == 0);
    }
    const auto edits = device.pending("visits", base.value);
    REQUIRE(edits.size() == 1);
    CHECK(edits[0].kind == NetEdit::Kind::Update);
    CHECK(edits[0].feature == visit);
    CHECK(edits[0].oid > ObjectId{1});
    CHECK(edits[0].before[2] == Value{"first"});
    CHECK(edits[0].after[2] == Value{"second"});
    CHECK(edits[0].changed == std::vector<std::size_t>{2});
}

TEST_CASE("a feature that UPDATE OR REPLACE puts out of its object id is deleted",
          "[tracking][foreign]") {
    Device device;
    const GlobalId first = add_feature(device.file, "visits", {{"note", "first"}});
    const GlobalId second = add_feature(device.file, "visits", {{"note", "second"}});
    const Generation base = device.seal();
    REQUIRE(device.foreign("UPDATE OR REPLACE visits SET fid = 2 WHERE fid = 1") == 0);
    const auto edits = device.pending("visits", base.value);
    REQUIRE(edits.size() == 1);
    CHECK(edits[0].kind == NetEdit::Kind::Delete);
    CHECK(edits[0].feature == second);
    CHECK(edits[0].before[2] == Value{"second"});
    CHECK(first != second);
}

TEST_CASE("no two features get the same GlobalID in two letter cases", "[tracking][foreign]") {
    Device device;
    const GlobalId visit = add_feature(device.file, "visits", {{"note", "kept"}});
    const std::string lower = "lower('" + visit.value.braced() + "')";
    CHECK(device.foreign("INSERT OR IGNORE INTO visits (global_id) VALUES (" + lower + ")") != 0);
    CHECK(device.foreign("INSERT INTO visits (global_id) VALUES (" + lower + ")") != 0);
    CHECK(device.file.database().int64_of("SELECT count(*) FROM visits") == 1);
}
