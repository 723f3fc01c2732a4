// SPDX-License-Identifier: Apache-2.0
//
// GeoPackages from elsewhere become geodatabases, and stay what they were for everybody else.
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

#include <fstream>
#include <iterator>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

using Path = std::filesystem::path;

std::string bytes_of(const Path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Place {
    TempFolder folder;
    TestWorld world;
    Path path = folder / "theirs.gpkg";

    Path demo() {
        std::filesystem::copy_file(
            Path(RHUMB_SOURCE_DIR) / "examples" / "data" / "sf_street_trees.gpkg", path);
        return path;
    }
    /// A GeoPackage as another program makes it, without anything of ours.
    Path made_with(const std::string& sql) {
        { Geodatabase::create(path, world.world()); }
        sqlite::Database file = sqlite::Database::open(path, sqlite::Database::Mode::ReadWrite);
        file.execute(
            "DROP TABLE rhumb_field; DROP TABLE rhumb_layer; DROP TABLE rhumb_meta;"
            "DROP TABLE rhumb_changeset; DELETE FROM gpkg_contents; DELETE FROM gpkg_extensions;" +
            sql);
        return path;
    }
    Geodatabase adopt() { return Geodatabase::adopt(path, world.world()); }
};

/// DDL of a table "things" and its place among the contents.
std::string things(const std::string& columns, const std::string& options = "") {
    return "CREATE TABLE things (" + columns + ") " + options +
           "; INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES "
           "('things', 'attributes', 'things');";
}

std::vector<NetEdit> pending(Geodatabase& file, std::string_view layer) {
    std::vector<NetEdit> edits;
    NetEdits(file.database(), file.layer(layer)).each({{0}, {}}, [&](NetEdit&& edit) {
        edits.push_back(std::move(edit));
    });
    return edits;
}

}  // namespace

TEST_CASE("the demo GeoPackage is adopted with all its layers", "[adopt]") {
    Place place;
    place.demo();
    Geodatabase file = place.adopt();
    REQUIRE(file.layers().size() == 5);
    CHECK(file.left_out().empty());
    CHECK(file.layer(LayerId{0}).name == "trees");
    CHECK(file.layer(LayerId{1}).geometry->type == GeometryType::LineString);
    CHECK(file.layer(LayerId{2}).geometry->type == GeometryType::MultiPolygon);
    CHECK_FALSE(file.layer("tree_visits").geometry);
    CHECK(file.layer("trees").geometry->srs_id == 4326);
    for (const Layer& layer : file.layers()) {
        INFO(layer.name);
        CHECK_FALSE(layer.has_foreign_triggers);
        CHECK(layer.global_id_column == "global_id");
        CHECK(file.database().int64_of("SELECT count(*) FROM " + layer.table +
                                       " WHERE global_id NOT GLOB '{*-*-*-*-*}' OR "
                                       "global_id <> upper(global_id)") == 0);
        CHECK(pending(file, layer.name).empty());
    }
    CHECK(file.database().text_of("PRAGMA integrity_check") == "ok");
}

TEST_CASE("domains and ranges of the demo GeoPackage are read", "[adopt]") {
    Place place;
    place.demo();
    Geodatabase file = place.adopt();
    const Layer& trees = file.layer("trees");
    const auto domain = [&](std::string_view name) {
        return trees.fields[trees.find_field(name).value()].domain.value();
    };
    CHECK(domain("legal_status").choices.size() == 8);
    CHECK(domain("plant_type").choices[1].code == "Tree");
    CHECK(domain("dbh_in").min == 0);
    CHECK(domain("dbh_in").max == 500);
    CHECK(trees.fields[trees.find_field("site_order").value()].type == FieldType::Integer);
    CHECK(trees.fields[trees.find_field("plant_date").value()].type == FieldType::Date);
    CHECK(trees.fields[trees.find_field("species").value()].length == 120);
}

TEST_CASE("adopting twice changes nothing", "[adopt]") {
    Place place;
    place.demo();
    { place.adopt(); }
    const std::string once = bytes_of(place.path);
    { place.adopt(); }
    CHECK(bytes_of(place.path) == once);
    { Geodatabase::open(place.path, place.world.world()); }
    CHECK(bytes_of(place.path) == once);
}

TEST_CASE("edits of an adopted layer are tracked and keep GDAL's row count", "[adopt]") {
    Place place;
    place.demo();
    Geodatabase file = place.adopt();
    const auto rows = file.database().int64_of("SELECT count(*) FROM trees").value();
    add_feature(file, "trees", {{"species", "oak"}}, point(-122.4, 37.75));
    CHECK(pending(file, "trees").size() == 1);
    CHECK(file.database().int64_of("SELECT feature_count FROM gpkg_ogr_contents WHERE "
                                   "table_name = 'trees'") == rows + 1);
    CHECK(file.database().text_of("SELECT rtreecheck('rtree_trees_geom')") == "ok");
}

TEST_CASE("rows get GlobalIDs where they have none, and those they have in our form", "[adopt]") {
    Place place;
    SECTION("no column") {
        place.made_with(things("fid INTEGER PRIMARY KEY, note TEXT") +
                        "INSERT INTO things (note) VALUES ('a'), ('b');");
    }
    SECTION("a column with gaps and other forms") {
        place.made_with(things("fid INTEGER PRIMARY KEY, note TEXT, GlobalID TEXT") +
                        "INSERT INTO things (note, GlobalID) VALUES ('a', NULL), "
                        "('b', '9ccc5175-df19-5e14-85ab-64c3e72cfc95');");
    }
    SECTION("a column of that name that is no text") {
        place.made_with(things("fid INTEGER PRIMARY KEY, note TEXT, global_id INTEGER") +
                        "INSERT INTO things (note, global_id) VALUES ('a', 1), ('b', 1);");
    }
    Geodatabase file = place.adopt();
    const Layer& layer = file.layer("things");
    sqlite::Statement rows(file.database(), "SELECT " + layer.global_id_column + " FROM things");
    int count = 0;
    for (; rows.step(); ++count) {
        const std::string id(rows.column_text(0));
        REQUIRE(Uuid::parse(id));
        CHECK(Uuid::parse(id)->braced() == id);
    }
    CHECK(count == 2);
    CHECK(pending(file, "things").empty());
}

TEST_CASE("a GlobalID that is none, or stands twice, is named and the file stays as it was",
          "[adopt]") {
    Place place;
    std::string words;
    SECTION("none") {
        place.made_with(things("fid INTEGER PRIMARY KEY, GlobalID TEXT") +
                        "INSERT INTO things (GlobalID) VALUES ('tree 7');");
        words = "'tree 7'";
    }
    SECTION("twice, in two forms") {
        place.made_with(things("fid INTEGER PRIMARY KEY, GlobalID TEXT") +
                        "INSERT INTO things (GlobalID) VALUES "
                        "('9ccc5175-df19-5e14-85ab-64c3e72cfc95'), "
                        "('{9CCC5175-DF19-5E14-85AB-64C3E72CFC95}');");
        words = "more than one row";
    }
    const std::string before = bytes_of(place.path);
    CHECK_THROWS_WITH(place.adopt(), Catch::Contains("things") && Catch::Contains(words));
    CHECK(bytes_of(place.path) == before);
}

TEST_CASE("tables that cannot be layers are left out, each with the reason", "[adopt]") {
    Place place;
    SECTION("a key of text") {
        place.made_with(things("code TEXT PRIMARY KEY, note TEXT"));
    }
    SECTION("a key of two columns") {
        place.made_with(things("a INTEGER, b INTEGER, PRIMARY KEY (a, b)"));
    }
    SECTION("no key") {
        place.made_with(things("note TEXT"));
    }
    SECTION("no rowid") {
        place.made_with(things("fid INTEGER PRIMARY KEY, note TEXT", "WITHOUT ROWID"));
    }
    SECTION("curves") {
        place.made_with(things("fid INTEGER PRIMARY KEY, geom CURVEPOLYGON") +
                        "UPDATE gpkg_contents SET data_type = 'features';"
                        "INSERT INTO gpkg_geometry_columns VALUES "
                        "('things', 'geom', 'CURVEPOLYGON', 4326, 0, 0);");
    }
    SECTION("a geometry of an extension, found in a row") {
        place.made_with(things("fid INTEGER PRIMARY KEY, geom POINT") +
                        "UPDATE gpkg_contents SET data_type = 'features';"
                        "INSERT INTO gpkg_geometry_columns VALUES "
                        "('things', 'geom', 'POINT', 4326, 0, 0);"
                        "INSERT INTO things VALUES (7, x'4750002000000000');");
    }
    SECTION("a view") {
        place.made_with(
            "CREATE VIEW things AS SELECT 1 AS fid, 'a' AS note;"
            "INSERT INTO gpkg_contents (table_name, data_type) VALUES "
            "('things', 'attributes');");
    }
    Geodatabase file = place.adopt();
    CHECK(file.layers().empty());
    REQUIRE(file.left_out().size() == 1);
    CHECK(file.left_out().front().find("things") != std::string::npos);
    CHECK(file.left_out().front().find("adopting") == std::string::npos);
    CHECK(file.database().int64_of("SELECT count(*) FROM rhumb_layer") == 0);
    CHECK(file.database().int64_of("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'") ==
          0);
}

TEST_CASE("a file of attribute tables alone needs no gpkg_geometry_columns", "[adopt]") {
    Place place;
    place.made_with(things("fid INTEGER PRIMARY KEY, note TEXT") +
                    "DROP TABLE gpkg_geometry_columns;");
    CHECK(place.adopt().layers().size() == 1);
}

TEST_CASE("letter case does not matter where a file's own tables disagree about it", "[adopt]") {
    Place place;
    place.made_with(
        "CREATE TABLE Things (FID INTEGER PRIMARY KEY, Geom POINT, note TEXT);"
        "INSERT INTO gpkg_contents (table_name, data_type) VALUES "
        "('things', 'features');"
        "INSERT INTO gpkg_geometry_columns VALUES ('THINGS', 'geom', 'point', 4326, 0, 0);");
    Geodatabase file = place.adopt();
    REQUIRE(file.layers().size() == 1);
    CHECK(file.layers()[0].fields.size() == 2);
    add_feature(file, "things", {{"note", "a"}}, point(1, 2));
    CHECK(pending(file, "things").size() == 1);
}

TEST_CASE("a cascade onto a layer with users' triggers counts as a trigger of its own",
          "[adopt][tracking]") {
    Place place;
    place.made_with(things("fid INTEGER PRIMARY KEY, note TEXT, parts INTEGER") +
                    "CREATE TABLE parts (fid INTEGER PRIMARY KEY,"
                    "  thing INTEGER REFERENCES things (fid) ON DELETE CASCADE);"
                    "CREATE TRIGGER count_parts AFTER DELETE ON parts BEGIN"
                    "  UPDATE things SET parts = parts - 1 WHERE fid <> OLD.thing; END;"
                    "INSERT INTO things (note, parts) VALUES ('a', 1), ('b', 5);"
                    "INSERT INTO parts (thing) VALUES (1);");
    Geodatabase file = place.adopt();
    CHECK(file.layer("things").has_foreign_triggers);
    sqlite::Transaction transaction(file.database());
    FeatureWriter writer(file, file.layer("things"), FeatureWriter::Tracking::Logged);
    CHECK(writer.erase({1}));
    transaction.commit();
    CHECK(pending(file, "things").size() == 2);
}

TEST_CASE("rows that OR REPLACE removes by another unique key are tracked", "[adopt][tracking]") {
    Place place;
    place.made_with(
        things("fid INTEGER PRIMARY KEY, code TEXT UNIQUE, a INTEGER, b INTEGER,"
               " UNIQUE (a, b)") +
        "INSERT INTO things (code, a, b) VALUES ('x', 1, 1), ('y', 1, 2), ('z', 2, 2);");
    Geodatabase file = place.adopt();
    file.database().execute("INSERT OR REPLACE INTO things (code, a, b) VALUES ('x', 1, 2)");
    CHECK(pending(file, "things").size() == 3);
    file.database().execute("UPDATE OR REPLACE things SET code = 'x' WHERE code = 'z'");
    const auto edits = pending(file, "things");
    REQUIRE(edits.size() == 3);
    CHECK(edits[0].kind == NetEdit::Kind::Delete);
    CHECK(edits[1].kind == NetEdit::Kind::Delete);
    CHECK(edits[2].kind == NetEdit::Kind::Update);
}
