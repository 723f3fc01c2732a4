// SPDX-License-Identifier: Apache-2.0
#include "geodb/features/feature_reader.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

#include <algorithm>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

constexpr int kTrees = 500;

/// A plot of trees in a grid: i-th at (i % 25, i / 25), in five species, every tenth without dbh.
struct Plot {
    TempFolder folder;
    TestWorld world;
    Geodatabase file = Geodatabase::create(folder / "plot.gpkg", world.world());

    Plot() {
        make_layer(file, trees_plan());
        sqlite::Transaction transaction(file.database());
        FeatureWriter writer(file, layer(), FeatureWriter::Tracking::Unlogged);
        for (int i = 0; i < kTrees; ++i) {
            std::vector<Value> values(layer().column_count());
            values[1] = "species " + std::to_string(i % 5);
            if (i % 10 != 0) values[2] = static_cast<double>(i % 7);
            values[layer().geometry_index()] = point(i % 25, i / 25);
            writer.insert(values);
        }
        transaction.commit();
    }
    const Layer& layer() const { return file.layer("trees"); }

    WhereSql where(std::string_view text) { return where_for(layer(), text, world.clock.now); }
    std::vector<std::int64_t> read(const FeatureQuery& query) {
        std::vector<std::int64_t> found;
        FeatureCursor cursor(file.database(), layer(), query);
        while (cursor.next()) found.push_back(cursor.oid().value);
        return found;
    }
    std::int64_t count(const FeatureQuery& query) {
        return count_features(file.database(), layer(), query);
    }
};

}  // namespace

TEST_CASE("a query without conditions reads all features by object id", "[reader]") {
    Plot plot;
    const auto all = plot.read({});
    REQUIRE(all.size() == kTrees);
    CHECK(std::is_sorted(all.begin(), all.end()));
    CHECK(plot.count({}) == kTrees);
}

TEST_CASE("where-clause, area and object ids all have to hold", "[reader]") {
    Plot plot;
    const SpatialFilter corner(Envelope{0, 0, 4, 4});
    FeatureQuery query;
    query.area = &corner;
    CHECK(plot.read(query).size() == 25);
    query.where = plot.where("SPECIES = 'species 3' AND dbh IS NOT NULL");
    CHECK(plot.read(query) == std::vector<std::int64_t>{4, 29, 54, 79, 104});
    query.object_ids = std::vector<ObjectId>{{104}, {4}, {4}, {5}, {999}};
    CHECK(plot.read(query) == std::vector<std::int64_t>{4, 104});
    CHECK(plot.count(query) == 2);
}

TEST_CASE("an empty list of object ids finds nothing, a long one all it names", "[reader]") {
    Plot plot;
    FeatureQuery query;
    query.object_ids.emplace();
    CHECK(plot.read(query).empty());
    CHECK(plot.count(query) == 0);
    for (std::int64_t id = 300'000; id > -5; --id) query.object_ids->push_back({id});
    CHECK(plot.count(query) == kTrees);
}

TEST_CASE("features come in the order asked for, equal ones by object id", "[reader]") {
    Plot plot;
    FeatureQuery query;
    query.columns = {1, 2};
    query.order = {{2, true}, {1, false}};
    FeatureCursor cursor(plot.file.database(), plot.layer(), query);
    std::tuple<double, std::string, std::int64_t> last{1e9, "", 0};
    int rows = 0;
    for (; cursor.next(); ++rows) {
        // NULL is the least value, so the last in descending order.
        const double dbh = cursor.row().is_null(2) ? -1 : cursor.row().column_double(2);
        const std::tuple here{dbh, std::string(cursor.row().column_text(1)), cursor.oid().value};
        const bool in_order = std::get<0>(here) < std::get<0>(last) ||
                              (std::get<0>(here) == std::get<0>(last) &&
                               std::tie(std::get<1>(last), std::get<2>(last)) <
                                   std::tie(std::get<1>(here), std::get<2>(here)));
        REQUIRE(in_order);
        last = here;
    }
    CHECK(rows == kTrees);
}

TEST_CASE("pages together are the whole answer, whatever the order", "[reader]") {
    Plot plot;
    const SpatialFilter area(Envelope{-1, -1, 20, 15});
    for (const std::vector<OrderColumn>& order :
         {std::vector<OrderColumn>{}, {{1, false}}, {{2, true}}, {{{}, true}}, {{4, true}}}) {
        FeatureQuery query;
        query.where = plot.where("dbh > 1 OR dbh IS NULL");
        query.area = &area;
        query.order = order;
        const auto whole = plot.read(query);
        std::vector<std::int64_t> pages;
        for (query.limit = 17;; query.offset += query.limit) {
            const auto page = plot.read(query);
            if (page.empty()) break;
            REQUIRE(page.size() <= 17);
            pages.insert(pages.end(), page.begin(), page.end());
        }
        CHECK(pages == whole);
        CHECK(plot.count(query) == static_cast<std::int64_t>(whole.size()));
        std::sort(pages.begin(), pages.end());
        CHECK(std::adjacent_find(pages.begin(), pages.end()) == pages.end());
    }
}

TEST_CASE("the object id is asked for by its name or as OBJECTID", "[reader]") {
    Plot plot;
    for (const char* text :
         {"fid BETWEEN 3 AND 5", "OBJECTID IN (3, 4, 5)", "ObjectId >= 3 AND FID < 6"}) {
        FeatureQuery query;
        query.where = plot.where(text);
        CHECK(plot.read(query) == std::vector<std::int64_t>{3, 4, 5});
    }
    CHECK_THROWS_WITH(plot.where("bark = 1"), Catch::Contains("bark"));
}

TEST_CASE("an area does not apply to a table and features without geometry are in none",
          "[reader]") {
    Plot plot;
    make_layer(plot.file, visits_plan());
    add_feature(plot.file, "visits", {{"note", "a"}});
    add_feature(plot.file, "trees", {{"species", "nowhere"}});
    const SpatialFilter everywhere(Envelope{-180, -90, 180, 90});
    FeatureQuery query;
    query.area = &everywhere;
    CHECK(count_features(plot.file.database(), plot.file.layer("visits"), query) == 1);
    CHECK(plot.count(query) == kTrees);
}

TEST_CASE("a cursor reads one state of the file while another connection edits it", "[reader]") {
    Plot plot;
    plot.file.database().execute("PRAGMA journal_mode = WAL");
    Geodatabase other = Geodatabase::open(plot.file.path(), plot.world.world());
    FeatureCursor cursor(plot.file.database(), plot.layer(), {});
    REQUIRE(cursor.next());
    other.database().execute("DELETE FROM trees WHERE fid > 10");
    int rows = 1;
    while (cursor.next()) ++rows;
    CHECK(rows == kTrees);
    CHECK(plot.count({}) == 10);
}
