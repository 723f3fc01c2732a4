// SPDX-License-Identifier: Apache-2.0
//
// The library does the work of the triggers in the file itself and lets them rest for that. Nobody
// else may notice.
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

#include <optional>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using sqlite::Database;
using sqlite::Statement;

namespace {

constexpr const char* kTrees = "SELECT count(*) FROM trees";
constexpr const char* kBoxes = "SELECT count(*) FROM rtree_trees_geom";

struct Device {
    TempFolder folder;
    TestWorld world;
    Geodatabase file = Geodatabase::create(folder / "device.gpkg", world.world());
    GlobalId oak;

    Device() {
        make_layer(file, trees_plan());
        make_layer(file, visits_plan());
        oak = add_feature(file, "trees", {{"species", "oak"}, {"site_order", 1}}, point(1, 2));
        add_feature(file, "trees", {{"species", "ash"}, {"site_order", 2}}, point(3, 4));
        seal();
    }
    Generation seal() {
        sqlite::Transaction transaction(file.database());
        const Generation sealed = file.timeline().close({}, 1, 0);
        transaction.commit();
        return sealed;
    }
    std::int64_t count(const std::string& sql) { return file.database().int64_of(sql).value_or(0); }
    /// Entries of the log since the last seal.
    std::int64_t logged() {
        return count("SELECT count(*) FROM " + edit_table(file.layer("trees").id) +
                     " WHERE generation > (SELECT max(generation) FROM rhumb_changeset)");
    }
    /// Another program's SQL on the same file.
    void foreign(const std::string& sql) {
        Database::open(file.path(), Database::Mode::ReadWrite).execute(sql);
    }
    std::vector<NetEdit> pending() {
        std::vector<NetEdit> edits;
        const Generation head = file.timeline().head();
        NetEdits(file.database(), file.layer("trees")).each({head, {}}, [&](NetEdit&& edit) {
            edits.push_back(std::move(edit));
        });
        return edits;
    }
};

}  // namespace

TEST_CASE("triggers rest for a statement that asks for it and for no other", "[sqlite]") {
    Database database = Database::open_memory();
    database.execute(
        "CREATE TABLE tree (id INTEGER PRIMARY KEY); CREATE TABLE told (id);"
        "CREATE TRIGGER tell AFTER INSERT ON tree BEGIN INSERT INTO told VALUES (NEW.id); END");
    Statement loud(database, "INSERT INTO tree VALUES (?1)", Statement::Kept);
    Statement bare(database.connection(), "INSERT INTO tree VALUES (?1)", Statement::KeptBare);
    Statement look(database, "SELECT count(*) FROM told", Statement::Kept);
    std::int64_t told = 0;
    for (int id = 0; id < 40; id += 4) {
        bare.bind(1, id).run();
        loud.bind(1, id + 1).run();
        bare.bind(1, id + 2).run();
        database.execute("INSERT INTO tree VALUES (" + std::to_string(id + 3) + ")");
        look.reset();
        REQUIRE(look.step());
        CHECK(look.column_int64(0) == (told += 2));
    }
}

TEST_CASE("triggers fire again after a statement failed for which they rested", "[sqlite]") {
    Database database = Database::open_memory();
    database.execute(
        "CREATE TABLE tree (id INTEGER PRIMARY KEY); CREATE TABLE told (id);"
        "CREATE TRIGGER tell AFTER INSERT ON tree BEGIN INSERT INTO told VALUES (NEW.id); END");
    Statement bare(database.connection(), "INSERT INTO tree VALUES (1)", Statement::KeptBare);
    bare.run();
    CHECK_THROWS_AS(bare.run(), Error);
    CHECK_THROWS_AS(
        Statement(database.connection(), "INSERT INTO no_tree VALUES (1)", Statement::KeptBare),
        Error);
    Database moved = std::move(database);
    Statement(moved, "INSERT INTO tree VALUES (2)").run();
    CHECK(moved.int64_of("SELECT count(*) FROM told") == 1);
}

TEST_CASE("a statement that began before triggers rested goes on as it began", "[sqlite]") {
    Database database = Database::open_memory();
    database.execute(
        "CREATE TABLE tree (id INTEGER PRIMARY KEY); INSERT INTO tree VALUES (1), (2), (3);");
    Statement rows(database, "SELECT id FROM tree WHERE id < 4 ORDER BY id");
    Statement bare(database.connection(), "INSERT INTO tree VALUES (?1)", Statement::KeptBare);
    std::int64_t next = 0;
    while (rows.step()) {
        CHECK(rows.column_int64(0) == ++next);
        bare.bind(1, next + 10).run();
        Statement(database, "INSERT INTO tree VALUES (?1)").bind(1, next + 20).run();
    }
    CHECK(next == 3);
}

TEST_CASE("SQL on the library's own connection is tracked between its edits", "[tracking]") {
    Device device;
    Database& database = device.file.database();
    update_feature(device.file, "trees", device.oak, {{"species", "beech"}});
    database.execute("UPDATE trees SET site_order = 7 WHERE species = 'ash'");
    CHECK(device.logged() == 2);
    update_feature(device.file, "trees", device.oak, {{"site_order", 3}});
    Statement(database, "DELETE FROM trees WHERE species = 'ash'").run();
    const auto edits = device.pending();
    REQUIRE(edits.size() == 2);
    CHECK(edits[0].kind == NetEdit::Kind::Update);
    CHECK(edits[0].changed == std::vector<std::size_t>{1, 4});
    CHECK(edits[1].kind == NetEdit::Kind::Delete);
    CHECK(edits[1].before[4] == Value{std::int64_t{2}});
    CHECK(device.count(kBoxes) == 1);
}

TEST_CASE("an edit that fails leaves no log entry and tracking on", "[tracking]") {
    Device device;
    device.file.database().execute("CREATE UNIQUE INDEX one_order ON trees (site_order)");
    {
        // The caller may go on after a refused edit, in the same transaction.
        sqlite::Transaction transaction(device.file.database());
        const Layer& trees = device.file.layer("trees");
        FeatureWriter writer(device.file, trees, FeatureWriter::Tracking::Logged);
        CHECK_THROWS_AS(writer.update(ObjectId{1}, {{4, std::int64_t{2}}}), Error);
        std::vector<Value> twin(trees.column_count());
        twin[trees.global_id_index()] = device.oak.value.braced();
        CHECK_THROWS_AS(writer.insert(twin), Error);
        CHECK(device.logged() == 0);
        CHECK(device.count(kBoxes) == 2);
        CHECK(writer.update(ObjectId{1}, {{4, std::int64_t{5}}}));
        transaction.commit();
    }
    CHECK(device.logged() == 1);
    device.file.database().execute("DELETE FROM trees WHERE fid = 2");
    CHECK(device.logged() == 2);
}

TEST_CASE("writer after writer logs with the statements of the first", "[tracking]") {
    Device device;
    for (std::int64_t order = 10; order < 15; ++order) {
        update_feature(device.file, "trees", device.oak, {{"site_order", order}});
        update_feature(device.file, "trees", device.oak,
                       {{"species", "oak " + std::to_string(order)}});
        const auto edits = device.pending();
        REQUIRE(edits.size() == 1);
        CHECK(edits[0].changed == std::vector<std::size_t>{1, 4});
        CHECK(edits[0].after[4] == Value{order});
        CHECK(edits[0].before[4] == Value{order == 10 ? std::int64_t{1} : order - 1});
        device.seal();
    }
}

TEST_CASE("the R-tree follows a shape that moves, goes and comes while triggers rest", "[rtree]") {
    Device device;
    Geodatabase& file = device.file;
    const Layer& trees = file.layer("trees");
    const auto set_shape = [&](const Value& shape) {
        sqlite::Transaction transaction(file.database());
        FeatureWriter writer(file, trees, FeatureWriter::Tracking::Logged);
        writer.update(ObjectId{1}, {{trees.geometry_index(), shape}});
        transaction.commit();
    };
    set_shape(point(50, 60));
    CHECK(device.count("SELECT id FROM rtree_trees_geom WHERE minx > 49 AND maxy < 61") == 1);
    set_shape(Null{});
    CHECK(device.count(kBoxes) == 1);
    set_shape(point(7, 8));
    CHECK(device.count(kBoxes) == 2);
    erase_feature(file, "trees", device.oak);
    CHECK(device.count(kBoxes) == 1);
    CHECK(file.database().text_of("SELECT rtreecheck('rtree_trees_geom')") == "ok");
}

TEST_CASE("GDAL's count of rows follows while its triggers rest", "[tracking]") {
    Device device;
    device.file.database().execute(
        "CREATE TABLE gpkg_ogr_contents (table_name TEXT NOT NULL PRIMARY KEY, feature_count "
        "INTEGER); INSERT INTO gpkg_ogr_contents VALUES ('trees', 2);"
        "CREATE TRIGGER trigger_insert_feature_count_trees AFTER INSERT ON trees BEGIN UPDATE "
        "gpkg_ogr_contents SET feature_count = feature_count + 1 WHERE lower(table_name) = "
        "lower('trees'); END;"
        "CREATE TRIGGER trigger_delete_feature_count_trees AFTER DELETE ON trees BEGIN UPDATE "
        "gpkg_ogr_contents SET feature_count = feature_count - 1 WHERE lower(table_name) = "
        "lower('trees'); END");
    const std::string told = "SELECT feature_count FROM gpkg_ogr_contents";
    add_feature(device.file, "trees", {{"species", "elm"}}, point(5, 6));
    CHECK(device.count(told) == 3);
    erase_feature(device.file, "trees", device.oak);
    CHECK(device.count(told) == 2);
    CHECK(device.count(kTrees) == 2);
}

TEST_CASE("a trigger that another program makes is heeded by the next edit",
          "[tracking][foreign]") {
    Device device;
    update_feature(device.file, "trees", device.oak, {{"species", "beech"}});
    device.foreign(
        "CREATE TRIGGER neighbours AFTER UPDATE OF species ON trees BEGIN "
        "UPDATE trees SET site_order = 99 WHERE fid <> NEW.fid; END");
    update_feature(device.file, "trees", device.oak, {{"species", "lime"}});
    CHECK(device.count("SELECT site_order FROM trees WHERE species = 'ash'") == 99);
    CHECK(device.pending().size() == 2);

    device.foreign("DROP TRIGGER neighbours");
    update_feature(device.file, "trees", device.oak, {{"species", "oak"}});
    CHECK_FALSE(device.file.layer("trees").has_foreign_triggers);
}

TEST_CASE("a column that another program adds is noticed by the next edit", "[tracking][foreign]") {
    Device device;
    update_feature(device.file, "trees", device.oak, {{"species", "beech"}});
    device.foreign("ALTER TABLE trees ADD COLUMN height REAL");
    device.foreign("ALTER TABLE visits RENAME COLUMN note TO remark");
    const auto tracking = FeatureWriter::Tracking::Logged;
    CHECK_THROWS_WITH(FeatureWriter(device.file, device.file.layer("trees"), tracking),
                      Catch::Contains("trees") && Catch::Contains("changed its columns"));
    CHECK(device.file.reload_if_changed());
    CHECK_FALSE(device.file.reload_if_changed());
    update_feature(device.file, "trees", device.oak, {{"height", 12.5}});
    const auto edits = device.pending();
    REQUIRE(edits.size() == 1);
    CHECK(edits[0].changed == std::vector<std::size_t>{1, 5});
    add_feature(device.file, "visits", {{"remark", "by its new name"}});
}

TEST_CASE("a layer that was rolled back and made otherwise is edited as it is", "[tracking]") {
    Device device;
    Geodatabase& file = device.file;
    const auto make = [&](const char* field_name) -> const Layer& {
        LayerPlan plan;
        plan.name = "paths";
        plan.id = LayerId{9};
        plan.fields = {field(field_name, FieldType::Integer)};
        const Layer& paths = file.add_layer(plan);
        file.finish_layer(paths.id);
        std::vector<Value> row(paths.column_count());
        row[1] = std::int64_t{4};
        FeatureWriter(file, paths, FeatureWriter::Tracking::Logged).insert(row);
        return paths;
    };
    {
        sqlite::Transaction transaction(file.database());
        make("width");
    }
    file.reload();
    sqlite::Transaction transaction(file.database());
    make("surface");
    transaction.commit();
    CHECK(device.count("SELECT surface FROM paths") == 4);
    CHECK(device.count("SELECT count(*) FROM rhumb_edit_9 WHERE existed = 0") == 1);
}
