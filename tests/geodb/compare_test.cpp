// SPDX-License-Identifier: Apache-2.0
#include "geodb/compare/compare_layers.hpp"
#include "geodb/compare/compared_file.hpp"
#include "geodb/compare/same_meaning.hpp"
#include "geodb/features/feature_reader.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

#include <cmath>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

/// Two geodatabases with the same layers, made apart.
struct TwoFiles {
    TempFolder folder;
    TestWorld world;
    Geodatabase a = Geodatabase::create(folder / "a.gpkg", world.world());
    Geodatabase b = Geodatabase::create(folder / "b.gpkg", world.world());

    TwoFiles() {
        for (Geodatabase* file : {&a, &b}) make_layer(*file, trees_plan());
    }

    /// The same feature in both.
    GlobalId add_tree(const std::string& species, double x, double y) {
        const GlobalId tree = add_feature(a, "trees", {{"species", species}}, point(x, y));
        add_feature(b, "trees", {{"global_id", tree.value.braced()}, {"species", species}},
                    point(x, y));
        return tree;
    }
    void execute(Geodatabase& file, const std::string& sql) { file.database().execute(sql); }

    LayerComparison compare(std::size_t name_at_most = 100) {
        return compare_layers({a.database(), a.layer("trees"), true},
                              {b.database(), b.layer("trees"), true}, name_at_most);
    }
};

Value shape(const Geometry& geometry) {
    return write_gpb(geometry, 4326);
}

Geometry line(GeometryType type, std::vector<double> coordinates) {
    Geometry geometry;
    geometry.type = type;
    geometry.part_ends = {static_cast<std::uint32_t>(coordinates.size() / 2)};
    geometry.coordinates = std::move(coordinates);
    return geometry;
}

using T = FieldType;

}  // namespace

TEST_CASE("features are the same whatever their object ids are", "[compare]") {
    TwoFiles files;
    add_feature(files.b, "trees", {{"species", "gone"}});
    files.execute(files.b, "DELETE FROM trees");
    for (int i = 0; i < 20; ++i) files.add_tree("oak", i, i);
    const LayerComparison result = files.compare();
    CHECK(result.equal());
    CHECK(result.same == 20);
    CHECK(result.differences.empty());
}

TEST_CASE("a feature that one file lacks is named", "[compare]") {
    TwoFiles files;
    files.add_tree("oak", 1, 1);
    const GlobalId mine = add_feature(files.a, "trees", {{"species", "elm"}});
    const GlobalId theirs = add_feature(files.b, "trees", {{"species", "ash"}});
    const LayerComparison result = files.compare();
    CHECK_FALSE(result.equal());
    CHECK(result.same == 1);
    CHECK(result.only_in_a == 1);
    CHECK(result.only_in_b == 1);
    REQUIRE(result.differences.size() == 2);
    for (const Difference& difference : result.differences) {
        const bool in_a = difference.kind == Difference::Kind::OnlyInA;
        CHECK(difference.feature == (in_a ? mine : theirs));
    }
}

TEST_CASE("a changed column is named with both values", "[compare]") {
    TwoFiles files;
    const GlobalId oak = files.add_tree("oak", 1, 1);
    update_feature(files.b, "trees", oak, {{"species", "elm"}});
    const LayerComparison result = files.compare();
    CHECK(result.different == 1);
    REQUIRE(result.differences.size() == 1);
    const Difference& difference = result.differences[0];
    CHECK(difference.feature == oak);
    CHECK(files.a.layer("trees").column_name(difference.column->a) == "species");
    CHECK(difference.a == Value{"oak"});
    CHECK(difference.b == Value{"elm"});
}

TEST_CASE("only the first differences are named, and the others counted", "[compare]") {
    TwoFiles files;
    for (int i = 0; i < 10; ++i) add_feature(files.a, "trees", {{"species", "elm"}});
    const LayerComparison result = files.compare(3);
    CHECK(result.only_in_a == 10);
    CHECK(result.differences.size() == 3);
    CHECK(result.unnamed == 7);
}

TEST_CASE("a filter of either side limits what is compared", "[compare]") {
    TwoFiles files;
    files.add_tree("oak", 1, 1);
    add_feature(files.a, "trees", {{"species", "elm"}}, point(1, 1));
    add_feature(files.a, "trees", {{"species", "oak"}}, point(50, 50));
    const SpatialFilter area(Envelope{0, 0, 2, 2});
    CompareSide a{files.a.database(), files.a.layer("trees"), true};
    a.area = &area;
    a.where = where_for(a.layer, "species = 'oak'", 0);
    const LayerComparison result =
        compare_layers(a, {files.b.database(), files.b.layer("trees"), true});
    CHECK(result.equal());
    CHECK(result.same == 1);
}

TEST_CASE("columns match by name in any letter case, and GlobalIDs by their role", "[compare]") {
    TwoFiles files;
    files.add_tree("oak", 1, 1);
    files.execute(files.b,
                  "CREATE TABLE plain (fid INTEGER PRIMARY KEY, SPECIES TEXT, GUID TEXT, "
                  "dbh REAL, planted DATETIME, site_order INTEGER, extra TEXT);"
                  "INSERT INTO plain SELECT fid, species, lower(trim(global_id, '{}')), dbh, "
                  "planted, site_order, 'x' FROM trees;"
                  "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES "
                  "('plain', 'attributes', 'plain')");
    ComparedFile plain(files.folder / "b.gpkg");
    const auto* item = plain.find("PLAIN");
    REQUIRE(item != nullptr);
    CHECK_FALSE(item->tracked);
    const LayerComparison result = compare_layers(
        {files.a.database(), files.a.layer("trees"), true}, {plain.database(), item->layer, false});
    CHECK(result.same == 1);
    CHECK(result.columns_only_in_b == std::vector<std::string>{"extra"});
    CHECK(result.columns_only_in_a ==
          std::vector<std::string>{files.a.layer("trees").geometry->name});
}

TEST_CASE("a row without a GlobalID cannot be compared, and is named", "[compare]") {
    TwoFiles files;
    files.execute(files.b,
                  "CREATE TABLE plain (fid INTEGER PRIMARY KEY, guid TEXT);"
                  "INSERT INTO plain VALUES (1, '0049878b-ecc0-52a3-ba0d-7578d3293016'), (7, NULL);"
                  "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES "
                  "('plain', 'attributes', 'plain')");
    ComparedFile plain(files.folder / "b.gpkg");
    const Layer& layer = plain.find("plain")->layer;
    CHECK_THROWS_WITH(
        compare_layers({plain.database(), layer, false}, {plain.database(), layer, false}),
        Catch::Contains("row 7 has no GlobalID") && Catch::Contains("b.gpkg"));
}

TEST_CASE("layers in different spatial references are not compared", "[compare]") {
    TwoFiles files;
    Layer other = files.b.layer("trees");
    other.geometry->srs_id = 3857;
    CHECK_THROWS_WITH(compare_layers({files.a.database(), files.a.layer("trees"), true},
                                     {files.b.database(), other, true}),
                      Catch::Contains("4326") && Catch::Contains("3857"));
}

TEST_CASE("values are the same by what they mean", "[compare]") {
    CHECK(same_meaning(T::Integer, std::int64_t{5}, T::Double, 5.0));
    CHECK(same_meaning(T::Single, double{0.1F}, T::Double, 0.1));
    CHECK(same_meaning(T::String, "3.50", T::Double, 3.5));
    CHECK(same_meaning(T::Date, "2026-03-01T10:00:00Z", T::Date, "2026-03-01T12:00:00.000+02:00"));
    CHECK(same_meaning(T::Date, "2026-03-01T00:00:00Z", T::DateOnly, "2026-03-01"));
    CHECK(same_meaning(T::Date, std::int64_t{0}, T::Date, "1970-01-01T00:00:00Z"));
    CHECK(same_meaning(T::TimeOnly, "08:30:00", T::TimeOnly, "08:30:00.000"));
    CHECK(same_meaning(T::Guid, "{0049878B-ECC0-52A3-BA0D-7578D3293016}", T::String,
                       "0049878b-ecc0-52a3-ba0d-7578d3293016"));
    CHECK(same_meaning(T::String, Null{}, T::Double, Null{}));
}

TEST_CASE("values that differ in meaning are different", "[compare]") {
    CHECK_FALSE(same_meaning(T::String, "5", T::String, "5.0"));
    CHECK_FALSE(same_meaning(T::String, "oak", T::String, "Oak"));
    CHECK_FALSE(same_meaning(T::String, Null{}, T::String, ""));
    CHECK_FALSE(same_meaning(T::BigInteger, std::int64_t{9007199254740993}, T::BigInteger,
                             std::int64_t{9007199254740992}));
    CHECK_FALSE(same_meaning(T::Date, "2026-03-01T10:00:00Z", T::Date, "2026-03-01T10:00:00.001Z"));
    CHECK_FALSE(same_meaning(T::Date, "soon", T::Date, "later"));
    CHECK_FALSE(same_meaning(T::Blob, geodb::Blob{1, 2}, T::Blob, geodb::Blob{1, 3}));
}

TEST_CASE("a line equals its only part, vertex by vertex", "[compare]") {
    const Geometry single = line(GeometryType::LineString, {1, 2, 3, 4});
    CHECK(same_shape(shape(single), shape(line(GeometryType::MultiLineString, {1, 2, 3, 4}))));
    CHECK_FALSE(same_shape(shape(single), shape(line(GeometryType::LineString, {3, 4, 1, 2}))));
    const double next = std::nextafter(4.0, 5.0);
    CHECK_FALSE(same_shape(shape(single), shape(line(GeometryType::LineString, {1, 2, 3, next}))));
}

TEST_CASE("a ring is the same ring turned round", "[compare]") {
    const Value one = shape(line(GeometryType::Polygon, {0, 0, 4, 0, 4, 4, 0, 0}));
    const Value turned = shape(line(GeometryType::Polygon, {0, 0, 4, 4, 4, 0, 0, 0}));
    CHECK(same_shape(one, turned));
}

TEST_CASE("NULL and an empty geometry are both no shape", "[compare]") {
    CHECK(same_shape(Null{}, shape(Geometry{})));
    CHECK_FALSE(same_shape(Null{}, point(1, 2)));
    CHECK_FALSE(same_shape(geodb::Blob{1, 2, 3}, point(1, 2)));
}
