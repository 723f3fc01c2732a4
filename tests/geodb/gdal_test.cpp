// SPDX-License-Identifier: Apache-2.0
//
// GDAL, the sqlite3 shell and Python on our file: they see layers and nothing else, and what they
// edit is tracked with the row before.
//
// What a plain SQLite, without the ST_ functions, can do with a spatial layer is decided by the
// standard's R-tree triggers, which SQLite compiles into every statement of their kind: DELETE
// works, its trigger calls no function; INSERT and UPDATE, of any column, do not, since the
// triggers on insertion and on a change of the fid name ST_IsEmpty. Tables without geometry can be
// edited by any SQLite: our own triggers call nothing but built-in functions.
#include "geodb/features/feature_reader.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

struct Ran {
    int status;
    std::string output;  ///< what it wrote to both streams
};

bool is_installed(const std::string& program) {
    const bool there = std::system(("command -v " + program + " >/dev/null 2>&1").c_str()) == 0;
    if (!there) WARN(program << " is not installed: what it does to our files is not tested");
    return there;
}

/// Two trees and a visit in generation 1.
struct Office {
    TempFolder folder;
    TestWorld world;
    Geodatabase file = Geodatabase::create(folder / "office.gpkg", world.world());
    GlobalId oak, ash;

    explicit Office(bool with_table = true) {
        make_layer(file, trees_plan());
        oak = add_feature(file, "trees", {{"species", "oak"}, {"dbh", 3.0}}, point(1, 2));
        ash = add_feature(file, "trees", {{"species", "ash"}, {"dbh", 4.0}}, point(3, 4));
        if (with_table) {
            make_layer(file, visits_plan());
            add_feature(file, "visits", {{"note", "first"}});
        }
        sqlite::Transaction transaction(file.database());
        file.timeline().close({}, 1, 0);
        transaction.commit();
    }
    std::string path() const { return "'" + file.path().string() + "'"; }

    Ran run(const std::string& command) const {
        const std::filesystem::path out = folder / "output";
        const int status = std::system(
            ("cd '" + folder.path().string() + "' && " + command + " >'" + out.string() + "' 2>&1")
                .c_str());
        std::ifstream text(out);
        return {status, {std::istreambuf_iterator<char>(text), {}}};
    }
    void must_run(const std::string& command) const {
        const Ran ran = run(command);
        INFO(command << "\n" << ran.output);
        REQUIRE(ran.status == 0);
        CHECK(ran.output.find("ERROR") == std::string::npos);
        CHECK(ran.output.find("Warning") == std::string::npos);
    }
    void sql(const std::string& statement) const {
        must_run("ogrinfo -q " + path() + " -sql \"" + statement + "\"");
    }
    std::string geojson(const std::string& features) const {
        const std::filesystem::path name = folder / "new.geojson";
        std::ofstream(name) << R"({"type":"FeatureCollection","features":[)" << features << "]}";
        return "'" + name.string() + "'";
    }
    std::map<GlobalId, NetEdit> edits(std::string_view layer = "trees") {
        std::map<GlobalId, NetEdit> found;
        NetEdits(file.database(), file.layer(layer)).each({{1}, {}}, [&](NetEdit&& edit) {
            found.emplace(edit.feature, std::move(edit));
        });
        return found;
    }
    void check_rtree() {
        CHECK(file.database().text_of("SELECT rtreecheck('rtree_trees_geom')") == "ok");
        CHECK(file.database().int64_of(
                  "SELECT count(*) FROM trees t LEFT JOIN rtree_trees_geom r ON r.id = t.fid WHERE "
                  "r.id IS NULL OR minx > ST_MinX(geom) OR maxx < ST_MinX(geom) OR "
                  "miny > ST_MinY(geom) OR maxy < ST_MinY(geom)") == 0);
        CHECK(file.database().int64_of("SELECT count(*) FROM rtree_trees_geom") ==
              file.database().int64_of("SELECT count(*) FROM trees"));
    }
};

const std::string kElm = R"({"type":"Feature","properties":{"species":"elm","dbh":5.5},)"
                         R"("geometry":{"type":"Point","coordinates":[10,20]}})";

}  // namespace

TEST_CASE("GDAL reads our file without a warning and sees layers only", "[gdal]") {
    if (!is_installed("ogrinfo")) return;
    for (const bool with_table : {false, true}) {
        Office office(with_table);
        for (const std::string mode : {"-ro", "-update", "-oo LIST_ALL_TABLES=YES"}) {
            office.must_run("ogrinfo " + mode + " " + office.path());
            const Ran names = office.run("ogrinfo -q " + mode + " " + office.path());
            CHECK(names.output ==
                  (with_table ? "1: trees (Point)\n2: visits (None)\n" : "1: trees (Point)\n"));
        }
        office.must_run("ogrinfo -al " + office.path());
        const Ran found = office.run("ogrinfo -q -spat 2 3 4 5 " + office.path() + " trees");
        CHECK(found.output.find("ash") != std::string::npos);
        CHECK(found.output.find("oak") == std::string::npos);
    }
}

TEST_CASE("GDAL finds our file a valid GeoPackage", "[gdal]") {
    if (!is_installed("ogrinfo")) return;
    Office office;
    office.must_run(
        "ogrinfo --config OGR_GPKG_INTEGRITY_CHECK YES --config OGR_GPKG_FOREIGN_KEY_CHECK YES " +
        office.path());
}

TEST_CASE("features that ogr2ogr appends are inserts with GlobalIDs", "[gdal][tracking]") {
    if (!is_installed("ogr2ogr")) return;
    Office office;
    office.must_run("ogr2ogr -update -append " + office.path() + " " + office.geojson(kElm) +
                    " -nln trees");
    const auto edits = office.edits();
    REQUIRE(edits.size() == 1);
    const NetEdit& elm = edits.begin()->second;
    CHECK(elm.kind == NetEdit::Kind::Insert);
    CHECK(elm.after[1] == Value{"elm"});
    CHECK(elm.after[office.file.layer("trees").geometry_index()] != Value{Null{}});
    office.check_rtree();
}

TEST_CASE("many features that ogr2ogr appends in batches are all tracked", "[gdal][tracking]") {
    if (!is_installed("ogr2ogr")) return;
    Office office;
    std::string features = kElm;
    for (int i = 1; i < 3000; ++i) features += "," + kElm;
    office.must_run("ogr2ogr -gt 700 -update -append " + office.path() + " " +
                    office.geojson(features) + " -nln trees");
    CHECK(office.edits().size() == 3000);
    office.check_rtree();
}

TEST_CASE("UPDATE and DELETE through GDAL are tracked with the row before", "[gdal][tracking]") {
    if (!is_installed("ogrinfo")) return;
    Office office;
    office.sql("UPDATE trees SET species = 'elm' WHERE species = 'oak'");
    office.sql(
        "UPDATE trees SET geom = (SELECT geom FROM trees WHERE species = 'ash') "
        "WHERE species = 'elm'");
    office.sql("DELETE FROM trees WHERE species = 'ash'");
    const auto edits = office.edits();
    REQUIRE(edits.size() == 2);
    const std::size_t geometry = office.file.layer("trees").geometry_index();
    CHECK(edits.at(office.oak).changed == std::vector<std::size_t>{1, geometry});
    CHECK(edits.at(office.oak).before[1] == Value{"oak"});
    CHECK(edits.at(office.oak).before[geometry] == point(1, 2));
    CHECK(edits.at(office.ash).kind == NetEdit::Kind::Delete);
    CHECK(edits.at(office.ash).before[1] == Value{"ash"});
    office.check_rtree();
}

TEST_CASE("ogr2ogr's upsert is an update of the feature that is there", "[gdal][tracking]") {
    if (!is_installed("ogr2ogr")) return;
    Office office;
    if (office.run("ogr2ogr --long-usage").output.find("-upsert") == std::string::npos) {
        WARN("this ogr2ogr has no -upsert");
        return;
    }
    const std::string oak = R"({"type":"Feature","properties":{"global_id":")" +
                            office.oak.value.braced() +
                            R"(","species":"upserted"},"geometry":)"
                            R"({"type":"Point","coordinates":[11,21]}})";
    office.must_run("ogr2ogr -upsert " + office.path() + " " + office.geojson(oak + "," + kElm) +
                    " -nln trees");
    const auto edits = office.edits();
    REQUIRE(edits.size() == 2);
    CHECK(edits.at(office.oak).kind == NetEdit::Kind::Update);
    CHECK(edits.at(office.oak).before[1] == Value{"oak"});
    CHECK(edits.at(office.oak).after[1] == Value{"upserted"});
    office.check_rtree();
    // GDAL replaces a trigger of the R-tree for the time: the layer is none of users' triggers.
    office.file.reload();
    CHECK_FALSE(office.file.layer("trees").has_foreign_triggers);
}

TEST_CASE("features written again by object id are updates", "[gdal][tracking]") {
    if (!is_installed("ogr2ogr")) return;
    Office office;
    office.must_run("ogr2ogr copy.gpkg " + office.path() + " trees");
    office.must_run("ogrinfo -q copy.gpkg -sql \"UPDATE trees SET dbh = 9\"");
    office.must_run("ogr2ogr -upsert " + office.path() + " copy.gpkg trees");
    const auto edits = office.edits();
    REQUIRE(edits.size() == 2);
    CHECK(edits.at(office.oak).changed == std::vector<std::size_t>{2});
    CHECK(edits.at(office.ash).changed == std::vector<std::size_t>{2});
    office.check_rtree();
}

TEST_CASE("fields that GDAL adds and renames are followed", "[gdal][tracking]") {
    if (!is_installed("ogrinfo")) return;
    Office office;
    office.sql("ALTER TABLE trees ADD COLUMN bark TEXT(20)");
    office.sql("ALTER TABLE trees RENAME COLUMN dbh TO girth");
    office.sql("UPDATE trees SET bark = 'rough', girth = 5 WHERE species = 'oak'");
    office.file.reload();
    const Layer& trees = office.file.layer("trees");
    const auto edits = office.edits();
    REQUIRE(edits.size() == 1);
    const NetEdit& oak = edits.at(office.oak);
    CHECK(oak.before[trees.find_field("girth").value()] == Value{3.0});
    CHECK(oak.after[trees.find_field("bark").value()] == Value{"rough"});
    CHECK(oak.changed.size() == 2);
    update_feature(office.file, "trees", office.ash, {{"bark", "smooth"}});
    CHECK(office.edits().size() == 2);
}

TEST_CASE("a layer that ogr2ogr overwrites is told of, and GDAL goes on reading the file",
          "[gdal]") {
    if (!is_installed("ogr2ogr")) return;
    Office office;
    office.must_run("ogr2ogr -overwrite " + office.path() + " " + office.geojson(kElm) +
                    " -nln trees");
    office.must_run("ogrinfo " + office.path());
    Geodatabase again = Geodatabase::open(office.file.path(), office.world.world());
    CHECK(again.layers().size() == 1);
    REQUIRE(again.left_out().size() == 1);
    CHECK(again.left_out()[0].find("'trees'") != std::string::npos);
}

TEST_CASE("ogr2ogr copies a geodatabase, and the copy can be adopted", "[gdal]") {
    if (!is_installed("ogr2ogr")) return;
    Office office;
    office.must_run("ogr2ogr copy.gpkg " + office.path());
    Geodatabase copy = Geodatabase::adopt(office.folder / "copy.gpkg", office.world.world());
    REQUIRE(copy.layers().size() == 2);
    FeatureQuery query;
    query.where =
        where_for(copy.layer("trees"), "global_id = '" + office.oak.value.plain() + "'", 0);
    CHECK(count_features(copy.database(), copy.layer("trees"), query) == 1);
}

TEST_CASE("the sqlite3 shell edits a spatial layer with SpatiaLite loaded", "[gdal][tracking]") {
    if (!is_installed("sqlite3")) return;
    Office office;
    const auto shell = [&](const std::string& sql) {
        return office.run("sqlite3 " + office.path() +
                          " \"SELECT load_extension('mod_spatialite')\" \"" + sql + "\"");
    };
    if (shell("SELECT 1").status != 0) {
        WARN("mod_spatialite is not installed");
        return;
    }
    CHECK(shell("UPDATE trees SET species = 'elm' WHERE species = 'oak'").status == 0);
    CHECK(
        shell("INSERT INTO trees (species, geom) SELECT 'copy', geom FROM trees LIMIT 1").status ==
        0);
    CHECK(shell("DELETE FROM trees WHERE species = 'ash'").status == 0);
    CHECK(office.edits().size() == 3);
    office.check_rtree();
}

TEST_CASE("a plain SQLite edits tables, and of a spatial layer can only delete",
          "[gdal][tracking]") {
    if (!is_installed("python3")) return;
    Office office;
    const auto python = [&](const std::string& sql) {
        return office.run("python3 -c \"import sqlite3; c = sqlite3.connect(" + office.path() +
                          "); c.execute('''" + sql + " '''); c.commit()\"");
    };
    if (python("SELECT 1").status != 0) {
        WARN("this python3 has no sqlite3");
        return;
    }
    for (const std::string refused :
         {"UPDATE trees SET species = 1", "INSERT INTO trees (species) VALUES (1)"}) {
        const Ran ran = python(refused);
        CHECK(ran.status != 0);
        CHECK(ran.output.find("no such function: ST_") != std::string::npos);
    }
    CHECK(office.edits().empty());
    const Ran deleted = python("DELETE FROM trees WHERE species = 'ash'");
    INFO(deleted.output);
    CHECK(deleted.status == 0);
    CHECK(office.edits().at(office.ash).before[1] == Value{"ash"});
    office.check_rtree();

    CHECK(python("UPDATE visits SET note = 'second'").status == 0);
    CHECK(python("INSERT OR REPLACE INTO visits (global_id, note) VALUES "
                 "('9ccc5175-df19-5e14-85ab-64c3e72cfc95', 'third')")
              .status == 0);
    const auto visits = office.edits("visits");
    CHECK(visits.size() == 2);
}
