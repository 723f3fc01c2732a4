// SPDX-License-Identifier: Apache-2.0
#include "geodb/extract/extract_layers.hpp"
#include "geodb/extract/whole_copy.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

#include <cstdlib>
#include <map>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

constexpr int kTrees = 2000;  // more than one node of the R-tree, and gaps between object ids

/// Trees anywhere in a square of ten degrees, some without a shape, some deleted; two visits.
struct City {
    TempFolder folder;
    TestWorld world;
    Geodatabase file = Geodatabase::create(folder / "city.gpkg", world.world());

    City() {
        make_layer(file, trees_plan());
        make_layer(file, visits_plan());
        {
            sqlite::Transaction transaction(file.database());
            const Layer& trees = file.layer("trees");
            FeatureWriter writer(file, trees, FeatureWriter::Tracking::Unlogged);
            const auto degree = [this] {
                return static_cast<double>(world.random.below(10000)) / 1000;
            };
            for (int i = 0; i < kTrees; ++i) {
                std::vector<Value> values(trees.column_count());
                values[1] = "species " + std::to_string(i % 7);
                if (i % 5 != 0) values[2] = degree();
                if (i % 11 != 0) values[trees.geometry_index()] = point(degree(), degree());
                writer.insert(values);
            }
            for (int i = 3; i < kTrees; i += 17) writer.erase(ObjectId{i});
            transaction.commit();
        }
        add_feature(file, "visits", {{"note", "first"}});
        add_feature(file, "visits", {{"note", "second"}});
        sqlite::Transaction transaction(file.database());
        file.timeline().close({}, 1, 0);
        transaction.commit();
    }
};

using Rows = std::map<std::string, std::vector<Value>>;

/// Rows by GlobalID.
Rows rows_of(Geodatabase& file, std::string_view name, const LayerExtract& what = {}) {
    const Layer& layer = file.layer(name);
    FeatureQuery query;
    query.area = what.area;
    query.where = what.where;
    query.columns = all_columns(layer);
    Rows rows;
    FeatureCursor cursor(file.database(), layer, query);
    while (cursor.next()) {
        std::vector<Value> row;
        for (std::size_t i = 0; i < layer.column_count(); ++i) {
            row.push_back(cursor.row().column_value(static_cast<int>(i) + 1));
        }
        rows[std::get<std::string>(row[layer.global_id_index()])] = row;
    }
    return rows;
}

/// Whether index and R-tree are whole and edits by anybody are tracked.
void check_is_geodatabase(Geodatabase& file) {
    auto& database = file.database();
    CHECK(database.text_of("PRAGMA integrity_check") == "ok");
    CHECK(database.text_of("SELECT rtreecheck('rtree_trees_geom')") == "ok");
    CHECK(file.timeline().head() == Generation{0});
    const GlobalId elm = add_feature(file, "trees", {{"species", "elm"}}, point(1, 1));
    database.execute("UPDATE trees SET dbh = 99 WHERE fid = (SELECT min(fid) FROM trees)");
    const Layer& trees = file.layer("trees");
    std::vector<NetEdit> edits;
    NetEdits(database, trees).each({{0}, {}}, [&](NetEdit&& edit) {
        edits.push_back(std::move(edit));
    });
    REQUIRE(edits.size() == 2);
    CHECK(edits[0].kind == NetEdit::Kind::Update);
    CHECK(edits[1].feature == elm);
    const std::string gdal =
        "ogrinfo --config OGR_GPKG_INTEGRITY_CHECK YES --config "
        "OGR_GPKG_FOREIGN_KEY_CHECK YES -al -so '" +
        file.path().string() + "' 2>&1 | grep -iE 'warning|error'";
    CHECK(std::system(gdal.c_str()) != 0);
}

}  // namespace

TEST_CASE("an extract has the rows that its filter names, and nothing else", "[extract][law]") {
    City city;
    const SpatialFilter box(Envelope{2, 3, 7, 8});
    const SpatialFilter nowhere(Envelope{50, 50, 60, 60});
    const Layer& trees = city.file.layer("trees");
    const auto species = where_for(trees, "species IN ('species 1', 'species 3')", 0);
    std::vector<LayerExtract> filters(6, LayerExtract{trees.id});
    filters[1].area = &box;
    filters[2].where = species;
    filters[3].area = &box;
    filters[3].where = species;
    filters[4].area = &nowhere;
    filters[5].with_features = false;
    for (std::size_t i = 0; i < filters.size(); ++i) {
        const auto path = city.folder / ("extract" + std::to_string(i) + ".gpkg");
        LayerExtract visits{city.file.layer("visits").id};
        const Extract made =
            extract_layers(city.file, path, city.world.world(), {filters[i], visits});
        CHECK(made.at == Generation{1});
        auto extract = Geodatabase::open(path, city.world.world());
        const Rows wanted =
            filters[i].with_features ? rows_of(city.file, "trees", filters[i]) : Rows{};
        CHECK(rows_of(extract, "trees") == wanted);
        CHECK(made.features.at(trees.id) == static_cast<std::int64_t>(wanted.size()));
        CHECK(rows_of(extract, "visits") == rows_of(city.file, "visits"));
        CHECK(extract.layer("trees").id == trees.id);
        if (!wanted.empty()) check_is_geodatabase(extract);
    }
}

TEST_CASE("an extract that fails leaves no file, and none is overwritten", "[extract]") {
    City city;
    const auto path = city.folder / "extract.gpkg";
    CHECK_THROWS_WITH(
        extract_layers(city.file, path, city.world.world(), {LayerExtract{LayerId{77}}}),
        Catch::Contains("layer 77"));
    CHECK_FALSE(std::filesystem::exists(path));
    CHECK_THROWS_AS(extract_layers(city.file, city.file.path(), city.world.world(), {}), Error);
    CHECK(rows_of(city.file, "visits").size() == 2);
}

TEST_CASE("the copy of a whole geodatabase has its rows and a life of its own", "[extract]") {
    City city;
    city.file.database().execute(
        "CREATE TABLE rhumb_replica (secret TEXT); INSERT INTO "
        "rhumb_replica VALUES ('of this file alone')");
    const auto path = city.folder / "copy.gpkg";
    CHECK(copy_geodatabase(city.file, path, city.world.world()) == Generation{1});
    auto copy = Geodatabase::open(path, city.world.world());
    for (const char* layer : {"trees", "visits"}) {
        CHECK(rows_of(copy, layer) == rows_of(city.file, layer));
    }
    CHECK(copy.database().text_of("SELECT group_concat(fid) FROM trees") ==
          city.file.database().text_of("SELECT group_concat(fid) FROM trees"));
    CHECK_FALSE(copy.database_id() == city.file.database_id());
    CHECK_FALSE(copy.database().has_table("rhumb_replica"));
    check_is_geodatabase(copy);
    CHECK_THROWS_AS(copy_geodatabase(city.file, path, city.world.world()), Error);
}
