// SPDX-License-Identifier: Apache-2.0
#include "tests/sync/connector/importing.hpp"

#include "geodb/features/feature_writer.hpp"

#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using connector::ImportedLayer;
using connector::ImportOptions;

namespace {

using Texts = std::vector<std::string>;

/// A table with a geometry column, declared as given.
std::string shapes_table(const std::string& type, int z = 0) {
    return "CREATE TABLE shapes (id INTEGER PRIMARY KEY, g " + type +
           ", name TEXT);"
           "INSERT INTO gpkg_contents (table_name, data_type, srs_id) VALUES ('shapes', "
           "'features', 4326);"
           "INSERT INTO gpkg_geometry_columns VALUES ('shapes', 'g', '" +
           type + "', 4326, " + std::to_string(z) + ", 0);";
}

std::string table(const std::string& name, const std::string& columns) {
    return "CREATE TABLE " + name + " (id INTEGER PRIMARY KEY, " + columns +
           ");"
           "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('" +
           name + "', 'attributes', 'The " + name + "');";
}

void insert_shape(const std::filesystem::path& file, const Geometry& geometry) {
    auto database = sqlite::Database::open(file, sqlite::Database::Mode::ReadWrite);
    sqlite::Statement put(database, "INSERT INTO shapes (g) VALUES (?1)");
    put.bind(1, Value(write_gpb(geometry, 4326))).run();
}

Geometry shape(GeometryType type, std::vector<double> coordinates, bool has_z = false) {
    Geometry made;
    made.type = type;
    made.has_z = has_z;
    made.coordinates = std::move(coordinates);
    const bool points = type == GeometryType::Point || type == GeometryType::MultiPoint;
    if (!points) made.part_ends = {static_cast<std::uint32_t>(made.vertex_count())};
    return made;
}

std::string output_of(const std::string& command) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"),
                                                               &::pclose);
    std::string out;
    for (int c = std::fgetc(pipe.get()); c != EOF; c = std::fgetc(pipe.get())) {
        out += static_cast<char>(c);
    }
    return out;
}

std::string joined(const Texts& notes) {
    std::string all;
    for (const std::string& note : notes) all += note + "\n";
    return all;
}

}  // namespace

TEST_CASE("the demo GeoPackage comes in whole, with types, lengths and domains",
          "[connector][gpkg]") {
    Importing field;
    const auto made = field.import(example("sf_street_trees.gpkg"));
    std::map<std::string, std::int64_t> counts;
    for (const ImportedLayer& layer : made) counts[layer.name] = layer.features;
    CHECK(counts == std::map<std::string, std::int64_t>{{"trees", 1063},
                                                        {"sweeping_segments", 404},
                                                        {"work_zones", 6},
                                                        {"tree_visits", 1607},
                                                        {"photos", 9}});
    CHECK_THAT(joined(made[0].notes), Contains("relation 'trees_photos'"));
    CHECK(field.type("trees", "global_id") == FieldType::GlobalId);
    CHECK(field.type("trees", "tree_id") == FieldType::BigInteger);
    CHECK(field.type("trees", "site_order") == FieldType::Integer);
    CHECK(field.field("trees", "species").length == 120);
    CHECK(field.type("trees", "plant_date") == FieldType::Date);
    REQUIRE(field.field("trees", "plant_type").domain);
    CHECK(field.field("trees", "plant_type").domain->name == "d_plant_type");
    CHECK(field.field("trees", "dbh_in").domain->max);
    CHECK(field.type("photos", "data") == FieldType::Blob);
    CHECK(field.column("trees", "global_id")[0] == "{E7C84C4F-9886-58E9-B91D-A91354BA92FD}");
    CHECK(field.column("trees", "plant_date")[0] == "2019-03-20T10:48:00.000Z");
    CHECK(field.file.layer("work_zones").geometry->type == GeometryType::MultiPolygon);
    CHECK(field.file.database().text_of(
              "SELECT description FROM gpkg_contents WHERE table_name = 'trees'") ==
          "Street trees of south-east San Francisco");
    CHECK(field.file.database().int64_of("SELECT sum(length(data)) FROM photos").value() > 100'000);
}

TEST_CASE("GDAL reads what was imported, and SQLite finds its R-tree sound",
          "[connector][gpkg][foreign]") {
    Importing field;
    field.import(example("sf_street_trees.gpkg"));
    const std::string path = field.file.path().string();
    CHECK(field.file.database().text_of("SELECT rtreecheck('rtree_trees_geom')") == "ok");
    CHECK(field.file.database().text_of("SELECT rtreecheck('rtree_work_zones_geom')") == "ok");
    CHECK(field.file.database().text_of("PRAGMA integrity_check") == "ok");
    if (std::system("command -v ogrinfo >/dev/null 2>&1") != 0) {
        WARN("ogrinfo is not installed");
        return;
    }
    const std::string info = output_of("ogrinfo -al -so '" + path + "' 2>&1");
    CHECK_THAT(info, Contains("Layer name: trees\n"));
    CHECK_THAT(info, Contains("Feature Count: 1063"));
    CHECK_THAT(info, Contains("FID Column = fid"));
    CHECK_THAT(info, Contains("Extent: (-122.4"));
    CHECK_THAT(info, Contains("domain name=d_plant_type"));
    CHECK_THAT(info, !Contains("Warning") && !Contains("ERROR"));
}

TEST_CASE("chosen layers only, by table or identifier, under another name", "[connector][gpkg]") {
    Importing field;
    ImportOptions options;
    options.source_layers = {"WORK_ZONES"};
    options.layer = "zones";
    const auto made = field.import(example("sf_street_trees.gpkg"), options);
    REQUIRE(made.size() == 1);
    CHECK(made[0].notes.empty());
    CHECK(field.file.layer("zones").geometry);
    options.source_layers = {"The pipes"};
    options.layer.reset();
    CHECK(field.import(field.write_gpkg("s.gpkg", table("pipes", "a TEXT")), options).at(0).name ==
          "pipes");
}

TEST_CASE("options that do not fit a GeoPackage's layers are refused", "[connector][gpkg]") {
    Importing field;
    ImportOptions options;
    options.source_layers = {"hydrants"};
    CHECK_THAT(field.refusal(example("sf_street_trees.gpkg"), options).message(),
               Contains("has no layer 'hydrants'") && Contains("work_zones"));
    options = {};
    options.layer = "all";
    CHECK_THAT(field.refusal(example("sf_street_trees.gpkg"), options).message(),
               Contains("has 5 layers"));
    options = {};
    options.id_field = "asset_id";
    CHECK(field.refusal(example("sf_street_trees.gpkg"), options).status() == Status::NotFound);
}

TEST_CASE("an id field of one table is no matter of the others", "[connector][gpkg]") {
    Importing field;
    ImportOptions options;
    options.id_field = "tree_id";
    field.import(example("sf_street_trees.gpkg"), options);
    CHECK(field.file.layer("trees").global_id_column == "global_id_");
    CHECK(field.file.layer("tree_visits").global_id_column == "global_id");
}

TEST_CASE("defaults, NOT NULL and aliases are taken over; calls in defaults are not",
          "[connector][gpkg]") {
    Importing field;
    const auto path = field.write_gpkg(
        "s.gpkg",
        table("t",
              "a TEXT(5) NOT NULL DEFAULT 'it''s', b INTEGER DEFAULT -3, c DATETIME DEFAULT "
              "(strftime('%Y-%m-%dT%H:%M:%fZ','now')), d TEXT DEFAULT (load_extension('x')), "
              "e BOOLEAN, f DATE, h FLOAT") +
            "INSERT INTO gpkg_data_columns (table_name, column_name, title) VALUES ('t', 'a', "
            "'Alias');"
            "INSERT INTO t (a, d, e, f) VALUES ('x', 'y', 1, '2024/05/01');");
    const auto made = field.import(path).at(0);
    CHECK(field.field("t", "a").default_sql == "'it''s'");
    CHECK_FALSE(field.field("t", "a").nullable);
    CHECK(field.field("t", "a").alias == "Alias");
    CHECK(field.field("t", "b").default_sql == "-3");
    CHECK(field.field("t", "c").default_sql == "strftime('%Y-%m-%dT%H:%M:%fZ','now')");
    CHECK_FALSE(field.field("t", "d").default_sql);
    CHECK_THAT(joined(made.notes), Contains("'d' loses its default load_extension"));
    CHECK(field.type("t", "e") == FieldType::SmallInteger);
    CHECK(field.column("t", "f") == Texts{"2024-05-01"});
    field.file.database().execute("INSERT INTO t (e) VALUES (0)");
    CHECK(field.column("t", "a") == Texts{"x", "it's"});
}

TEST_CASE("a value that its column's type cannot hold is named by table, row and field",
          "[connector][gpkg]") {
    const std::vector<std::array<std::string, 3>> bad{
        {"a INTEGER", "'many'", "field 'a': 'many' is no whole number"},
        {"a MEDIUMINT", "5000000000", "is out of range"},
        {"a TEXT(3)", "'four'", "longer than 3 characters"},
        {"a TEXT", "CAST(x'C328' AS TEXT)", "is not valid UTF-8"},
        {"a DATETIME", "'yesterday'", "is no date"},
        {"a DOUBLE", "x'00'", "is no number"}};
    for (const auto& [column, value, message] : bad) {
        Importing field;
        const auto path = field.write_gpkg("s.gpkg", table("t", column) +
                                                         "INSERT INTO t VALUES (1, NULL);"
                                                         "INSERT INTO t VALUES (17, " +
                                                         value + ");");
        const Error error = field.refusal(path);
        CHECK_THAT(error.message(), Contains("table 't', row 17") && Contains(message));
        CHECK(error.status() == Status::ConstraintViolated);
    }
}

TEST_CASE("a geometry of another type than declared is named by its row", "[connector][gpkg]") {
    Importing field;
    const auto path = field.write_gpkg("s.gpkg", shapes_table("POINT"));
    insert_shape(path, shape(GeometryType::Point, {1, 2}));
    insert_shape(path, shape(GeometryType::LineString, {1, 2, 3, 4}));
    CHECK_THAT(field.refusal(path).message(),
               Contains("table 'shapes', row 2") && Contains("keeps POINT, not LINESTRING"));
}

TEST_CASE("a column of any geometry gets the type and dimensions that its rows have",
          "[connector][gpkg]") {
    Importing field;
    const auto path = field.write_gpkg("s.gpkg", shapes_table("GEOMETRY", 2));
    insert_shape(path, shape(GeometryType::LineString, {1, 2, 3, 4}));
    insert_shape(path, shape(GeometryType::MultiLineString, {1, 2, 9, 3, 4, 9}, true));
    field.import(path);
    CHECK(field.file.layer("shapes").geometry->type == GeometryType::MultiLineString);
    CHECK(field.file.layer("shapes").geometry->has_z);
    CHECK(field.geometries("shapes")[0].coordinates == std::vector<double>{1, 2, 0, 3, 4, 0});
}

TEST_CASE("tables that cannot be layers are left out with a note", "[connector][gpkg]") {
    Importing field;
    const auto path = field.write_gpkg(
        "s.gpkg",
        table("kept", "a TEXT") + shapes_table("GEOMETRY") +
            "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('photo', 'tiles');"
            "CREATE VIEW v AS SELECT * FROM kept;"
            "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('v', 'attributes');"
            "CREATE TABLE keyed (k TEXT PRIMARY KEY, a TEXT);"
            "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('keyed', 'attributes');"
            "CREATE TABLE curves (id INTEGER PRIMARY KEY, g COMPOUNDCURVE);"
            "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('curves', 'features');"
            "INSERT INTO gpkg_geometry_columns VALUES ('curves', 'g', 'COMPOUNDCURVE', 4326, 0, "
            "0);");
    insert_shape(path, shape(GeometryType::Point, {1, 2}));
    insert_shape(path, shape(GeometryType::LineString, {1, 2, 3, 4}));
    const auto made = field.import(path);
    REQUIRE(made.size() == 1);
    const std::string notes = joined(made[0].notes);
    CHECK_THAT(notes, Contains("table 'photo' is left out: data of kind 'tiles'"));
    CHECK_THAT(notes, Contains("table 'v' is left out: it is a view"));
    CHECK_THAT(notes, Contains("table 'keyed' is left out"));
    CHECK_THAT(notes, Contains("table 'curves' is left out") && Contains("COMPOUNDCURVE"));
    CHECK_THAT(notes, Contains("table 'shapes' is left out: row 2: a LineString, but row 1"));
}

TEST_CASE("a GeoPackage with nothing to import says why", "[connector][gpkg]") {
    Importing field;
    const auto path = field.write_gpkg(
        "s.gpkg", "INSERT INTO gpkg_contents (table_name, data_type) VALUES ('photo', 'tiles');");
    const Error error = field.refusal(path);
    CHECK(error.status() == Status::Unsupported);
    CHECK_THAT(error.message(), Contains("no layer that can be imported; table 'photo'"));
}

TEST_CASE("rows that another program has in its WAL are imported", "[connector][gpkg]") {
    Importing field;
    const auto path = field.write_gpkg("s.gpkg", table("t", "a TEXT"));
    auto writer = sqlite::Database::open(path, sqlite::Database::Mode::ReadWrite);
    writer.execute("PRAGMA journal_mode = WAL; INSERT INTO t (a) VALUES ('in the log')");
    REQUIRE(std::filesystem::file_size(path.string() + "-wal") > 0);
    field.import(path);
    CHECK(field.column("t", "a") == Texts{"in the log"});
}

TEST_CASE("a source that cannot be written is imported and left as it is", "[connector][gpkg]") {
    Importing field;
    const auto path = field.folder / "copy.gpkg";
    std::filesystem::copy_file(example("sf_street_trees.gpkg"), path);
    std::filesystem::permissions(path, std::filesystem::perms::owner_read);
    const std::string before = read_file(path);
    CHECK(field.import(path).size() == 5);
    CHECK(read_file(path) == before);
    CHECK_FALSE(std::filesystem::exists(path.string() + "-wal"));
}

TEST_CASE("a source in WAL mode is imported from a folder that cannot be written",
          "[connector][gpkg]") {
    if (::geteuid() == 0) {
        WARN("root may write everywhere");
        return;
    }
    Importing field;
    const auto folder = field.folder / "medium";
    std::filesystem::create_directory(folder);
    const auto path = folder / "s.gpkg";
    std::filesystem::rename(field.write_gpkg("s.gpkg", table("t", "a TEXT")), path);
    sqlite::Database::open(path, sqlite::Database::Mode::ReadWrite)
        .execute("PRAGMA journal_mode = WAL; INSERT INTO t (a) VALUES ('kept')");
    std::filesystem::permissions(folder, std::filesystem::perms(0500));
    CHECK(field.import(path).size() == 1);
    std::filesystem::permissions(folder, std::filesystem::perms(0700));
    CHECK(field.column("t", "a") == Texts{"kept"});
}

TEST_CASE("what a geodatabase of ours says of its fields comes along", "[connector][gpkg]") {
    Importing field;
    TestWorld world;
    {
        auto source = Geodatabase::create(field.folder / "ours.gpkg", world.world());
        LayerPlan plan;
        plan.name = "calls";
        plan.fields = {test::field("key", FieldType::GlobalId),
                       test::field("tree", FieldType::Guid, 38),
                       test::field("at", FieldType::TimeOnly)};
        make_layer(source, plan);
        add_feature(source, "calls", {{"at", "10:30:00"}});
    }
    field.import(field.folder / "ours.gpkg");
    CHECK(field.file.layer("calls").global_id_column == "key");
    CHECK(field.type("calls", "tree") == FieldType::Guid);
    CHECK(field.type("calls", "at") == FieldType::TimeOnly);
}

TEST_CASE("a domain that has the name of another one gets a new name", "[connector][gpkg]") {
    Importing field;
    const auto with_domain = [](const std::string& name, const std::string& code) {
        return table(name, "a TEXT") +
               "INSERT INTO gpkg_data_columns (table_name, column_name, constraint_name) VALUES "
               "('" +
               name +
               "', 'a', 'd');"
               "INSERT INTO gpkg_data_column_constraints (constraint_name, constraint_type, value) "
               "VALUES ('d', 'enum', '" +
               code + "');";
    };
    field.import(field.write_gpkg("s.gpkg", with_domain("s", "x")));
    field.import(field.write_gpkg("same.gpkg", with_domain("same", "x")));
    const auto made = field.import(field.write_gpkg("other.gpkg", with_domain("other", "y")));
    CHECK(field.field("same", "a").domain->name == "d");
    CHECK(field.field("other", "a").domain->name == "d_2");
    CHECK(field.field("other", "a").domain->choices.at(0).code == "y");
    CHECK_THAT(joined(made[0].notes), Contains("domain 'd'"));
}

TEST_CASE("layers are added to a GeoPackage that GDAL has made", "[connector][gpkg]") {
    Importing field;
    const auto path = field.folder / "adopted.gpkg";
    std::filesystem::copy_file(example("sf_street_trees.gpkg"), path);
    auto adopted = Geodatabase::adopt(path, field.world.world());
    ImportOptions options;
    options.source_layers = {"trees"};
    sqlite::Transaction transaction(adopted.database());
    for (const char* name : {"more trees", "even more trees"}) {
        options.layer = name;
        connector::import_source(adopted, example("sf_street_trees.gpkg"), options);
    }
    transaction.commit();
    const Layer& trees = adopted.layer("even more trees");
    CHECK(trees.fields[trees.find_field("plant_type").value()].domain);
}
