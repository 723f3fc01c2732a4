// SPDX-License-Identifier: Apache-2.0
//
// Other programs change the columns and tables of layers; edits of before and after stay right.
#include "geodb/tracking/column_changes.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

/// An oak whose species was changed by the library, in a mask of one column, in generation 2.
struct Device {
    TempFolder folder;
    TestWorld world;
    Geodatabase file = Geodatabase::create(folder / "device.gpkg", world.world());
    GlobalId oak;

    Device() {
        make_layer(file, trees_plan());
        oak = add_feature(file, "trees",
                          {{"species", "oak"}, {"dbh", 3.0}, {"site_order", std::int64_t{7}}},
                          point(1, 2));
        sqlite::Transaction transaction(file.database());
        file.timeline().close({}, 1, 0);
        transaction.commit();
        update_feature(file, "trees", oak, {{"species", "elm"}, {"geom", point(3, 4)}});
    }
    const Layer& trees() const { return file.layer("trees"); }
    std::size_t column(std::string_view name) const { return trees().find_field(name).value(); }

    void by_other_program(const std::string& sql) {
        sqlite::Database::open(file.path(), sqlite::Database::Mode::ReadWrite).execute(sql);
    }
    NetEdit edit() {
        std::vector<NetEdit> edits;
        NetEdits(file.database(), trees()).each({{1}, {}}, [&](NetEdit&& edit) {
            edits.push_back(std::move(edit));
        });
        REQUIRE(edits.size() == 1);
        return edits[0];
    }
    /// As programs do that reorder columns: a new table takes the place and the triggers.
    void rebuild_table(const std::string& columns, const std::string& names) {
        std::string triggers;
        sqlite::Statement rows(file.database(),
                               "SELECT sql FROM sqlite_schema WHERE tbl_name = 'trees' AND "
                               "type IN ('trigger', 'index') AND sql IS NOT NULL");
        while (rows.step()) triggers += std::string(rows.column_text(0)) + ";";
        by_other_program("BEGIN; CREATE TABLE t (" + columns + "); INSERT INTO t (" + names +
                         ") SELECT " + names +
                         " FROM trees; DROP TABLE trees; ALTER TABLE t "
                         "RENAME TO trees; " +
                         triggers + "COMMIT");
    }
};

}  // namespace

TEST_CASE("a column that another program adds is edited and tracked", "[columns][tracking]") {
    Device device;
    device.by_other_program("ALTER TABLE trees ADD COLUMN bark TEXT DEFAULT 'it''s rough'");
    device.file.reload();
    REQUIRE(log_fits(device.file.database(), device.trees()));
    const NetEdit before = device.edit();
    CHECK(before.changed ==
          std::vector<std::size_t>{device.column("species"), device.trees().geometry_index()});
    CHECK(before.before[device.column("bark")] == Value{"it's rough"});
    CHECK(before.before[device.column("dbh")] == Value{3.0});

    device.by_other_program("UPDATE trees SET dbh = 4.0");
    update_feature(device.file, "trees", device.oak, {{"bark", "smooth"}});
    const NetEdit after = device.edit();
    CHECK(after.changed.size() == 4);
    CHECK(after.before[device.column("bark")] == Value{"it's rough"});
    CHECK(after.before[device.column("species")] == Value{"oak"});
    CHECK(after.before[device.trees().geometry_index()] == point(1, 2));
}

TEST_CASE("a column that another program renames keeps its old values", "[columns][tracking]") {
    Device device;
    device.by_other_program(
        "ALTER TABLE trees RENAME COLUMN species TO art;"
        "ALTER TABLE trees RENAME COLUMN geom TO shape_;"
        "UPDATE gpkg_geometry_columns SET column_name = 'shape_'");
    device.file.reload();
    const NetEdit edit = device.edit();
    CHECK(edit.changed ==
          std::vector<std::size_t>{device.column("art"), device.trees().geometry_index()});
    CHECK(edit.before[device.column("art")] == Value{"oak"});
    CHECK(edit.before[device.trees().geometry_index()] == point(1, 2));
}

TEST_CASE("columns that another program reorders or drops keep their old values",
          "[columns][tracking]") {
    Device device;
    device.rebuild_table(
        "fid INTEGER PRIMARY KEY, site_order MEDIUMINT, planted DATETIME, extra TEXT DEFAULT 5,"
        " species TEXT(120), geom POINT, global_id TEXT(38), dbh REAL",
        "fid, site_order, planted, species, geom, global_id, dbh");
    device.file.reload();
    REQUIRE(log_fits(device.file.database(), device.trees()));
    REQUIRE(device.column("site_order") == 0);
    const NetEdit edit = device.edit();
    CHECK(edit.feature == device.oak);
    CHECK(edit.changed ==
          std::vector<std::size_t>{device.column("species"), device.trees().geometry_index()});
    CHECK(edit.before[device.column("species")] == Value{"oak"});
    CHECK(edit.before[device.column("site_order")] == Value{std::int64_t{7}});
    erase_feature(device.file, "trees", device.oak);
    CHECK(device.edit().kind == NetEdit::Kind::Delete);
    CHECK(device.edit().before[device.column("species")] == Value{"oak"});
}

TEST_CASE("a table that another program renames stays the layer it was", "[columns][tracking]") {
    Device device;
    make_layer(device.file, visits_plan());
    add_feature(device.file, "visits", {{"note", "a"}});
    device.by_other_program(
        "ALTER TABLE visits RENAME TO besuche;"
        "UPDATE gpkg_contents SET table_name = 'besuche' WHERE table_name = 'visits'");
    Geodatabase again = Geodatabase::open(device.file.path(), device.world.world());
    CHECK(again.left_out().empty());
    CHECK(again.layer("visits").table == "besuche");
    update_feature(again, "besuche", add_feature(again, "visits", {{"note", "b"}}),
                   {{"note", "c"}});
    int edits = 0;
    NetEdits(again.database(), again.layer("visits")).each({{0}, {}}, [&](NetEdit&&) { ++edits; });
    CHECK(edits == 2);
}

TEST_CASE("a table that is gone or was made anew is left out and told of, the others stay",
          "[columns]") {
    Device device;
    make_layer(device.file, visits_plan());
    SECTION("gone") {
        device.by_other_program(
            "DELETE FROM gpkg_contents WHERE table_name = 'visits';"
            "DROP TABLE visits");
    }
    SECTION("made anew") {
        device.by_other_program(
            "DROP TABLE visits;"
            "CREATE TABLE visits (fid INTEGER PRIMARY KEY, note TEXT)");
    }
    for (const bool adopting : {false, true}) {
        Geodatabase again = adopting ? Geodatabase::adopt(device.file.path(), device.world.world())
                                     : Geodatabase::open(device.file.path(), device.world.world());
        CHECK(again.layers().size() == 1);
        REQUIRE(again.left_out().size() == 1);
        CHECK(again.left_out()[0].find("visits") != std::string::npos);
        add_feature(again, "trees", {{"species", "ash"}});
    }
}
