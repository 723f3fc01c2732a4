// SPDX-License-Identifier: Apache-2.0
//
// The packed R-tree is one that SQLite takes for its own, gives the answers of looking at every
// row, and goes on doing so while rows are edited.
#include "geodb/features/feature_reader.hpp"
#include "geodb/geometry/envelope.hpp"
#include "geodb/rtree/packed_rtree.hpp"
#include "geodb/rtree/rtree_index.hpp"
#include "geodb/rtree/rtree_search.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

#include <limits>
#include <map>
#include <set>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

using Boxes = std::map<std::int64_t, Envelope>;

/// A side of a box that a 32-bit float keeps exactly, so that answers can be compared as they are.
double exact(SeededRandom& random) {
    return static_cast<double>(random.below(1 << 20)) / 1024;
}

Envelope any_box(SeededRandom& random, double size) {
    const double x = exact(random);
    const double y = exact(random);
    if (size == 0) return {x, y, x, y};
    return {x, y, x + static_cast<double>(random.below(64)) / 64 * size,
            y + static_cast<double>(random.below(64)) / 64 * size};
}

std::set<std::int64_t> looked_at(const Boxes& boxes, const Envelope& area) {
    std::set<std::int64_t> found;
    for (const auto& [fid, box] : boxes) {
        if (intersects(box, area)) found.insert(fid);
    }
    return found;
}

std::set<std::int64_t> indexed(sqlite::Database& database, const std::string& tree,
                               const Envelope& area) {
    sqlite::Statement rows(database, "SELECT id FROM " + tree +
                                         " WHERE maxx >= ?1 AND minx <= ?2 AND maxy >= ?3 AND "
                                         "miny <= ?4");
    rows.bind(1, area.min_x).bind(2, area.max_x).bind(3, area.min_y).bind(4, area.max_y);
    std::set<std::int64_t> found;
    while (rows.step()) found.insert(rows.column_int64(0));
    return found;
}

std::string verdict(sqlite::Database& database, const std::string& tree) {
    return database.text_of("SELECT rtreecheck('" + tree + "')").value();
}

/// A packed tree over `count` boxes, in a database with pages of `page` bytes.
void check_packed(std::size_t count, double size, int page) {
    INFO(count << " boxes of size " << size << ", pages of " << page);
    sqlite::Database database = sqlite::Database::open_memory();
    database.execute("PRAGMA page_size = " + std::to_string(page) +
                     "; CREATE VIRTUAL TABLE tree USING rtree(id, minx, maxx, miny, maxy)");
    SeededRandom random(count + static_cast<std::size_t>(page));
    Boxes boxes;
    PackedRtree packed;
    for (std::size_t i = 0; i < count; ++i) {
        const auto fid = static_cast<std::int64_t>(i * 3) - 7;
        const Envelope box = any_box(random, size);
        boxes.emplace(fid, box);
        packed.add(fid, box);
    }
    packed.write(database, "tree");
    REQUIRE(verdict(database, "tree") == "ok");
    for (int i = 0; i < 300; ++i) {
        const Envelope area = any_box(random, i % 2 == 0 ? 300 : 20);
        REQUIRE(indexed(database, "tree", area) == looked_at(boxes, area));
    }
    // SQLite's own code goes on from there.
    for (std::int64_t fid = -7; fid < 200; fid += 6) {
        database.execute("DELETE FROM tree WHERE id = " + std::to_string(fid) +
                         "; INSERT INTO tree VALUES (" + std::to_string(fid + 1) + ", 1, 2, 3, 4)");
    }
    REQUIRE(verdict(database, "tree") == "ok");
}

struct Forest {
    TempFolder folder;
    TestWorld world;
    Geodatabase file = Geodatabase::create(folder / "forest.gpkg", world.world());
    SeededRandom random{3};
    std::map<std::int64_t, Value> shapes;

    Forest() { make_layer(file, trees_plan()); }
    const Layer& layer() const { return file.layer("trees"); }

    Value any_shape() {
        if (random.below(10) == 0) return Null{};
        return point(-122.5 + static_cast<double>(random.below(1'000'000'007)) / 3e9,
                     37.7 + static_cast<double>(random.below(1'000'000'007)) / 7e9);
    }
    void edit(FeatureWriter& writer) {
        const std::uint64_t choice = shapes.size() < 200 ? 0 : random.below(4);
        if (choice <= 1) {
            std::vector<Value> values(layer().column_count());
            values[layer().geometry_index()] = any_shape();
            const ObjectId made = writer.insert(values);
            shapes[made.value] = values[layer().geometry_index()];
            return;
        }
        auto chosen = shapes.begin();
        std::advance(chosen, static_cast<std::ptrdiff_t>(random.below(shapes.size())));
        if (choice == 2) {
            chosen->second = any_shape();
            REQUIRE(writer.update({chosen->first}, {{layer().geometry_index(), chosen->second}}));
        } else {
            REQUIRE(writer.erase({chosen->first}));
            shapes.erase(chosen);
        }
    }
    std::set<std::int64_t> found(const SpatialFilter& area) {
        FeatureQuery query;
        query.area = &area;
        FeatureCursor cursor(file.database(), layer(), query);
        std::set<std::int64_t> found;
        while (cursor.next()) found.insert(cursor.oid().value);
        return found;
    }
    std::set<std::int64_t> looked_at_all(const SpatialFilter& area) const {
        std::set<std::int64_t> found;
        for (const auto& [fid, shape] : shapes) {
            const auto* blob = std::get_if<geodb::Blob>(&shape);
            if (blob != nullptr && area.matches(*blob)) found.insert(fid);
        }
        return found;
    }
    SpatialFilter any_area() {
        const double x = -122.5 + static_cast<double>(random.below(1000)) / 3000;
        const double y = 37.7 + static_cast<double>(random.below(1000)) / 7000;
        const double side = static_cast<double>(random.below(100)) / 1000;
        return SpatialFilter(Envelope{x, y, x + side, y + side});
    }
    void check_answers() {
        REQUIRE(verdict(file.database(), "rtree_trees_geom") == "ok");
        for (int i = 0; i < 300; ++i) {
            const SpatialFilter area = any_area();
            REQUIRE(found(area) == looked_at_all(area));
        }
    }
};

}  // namespace

TEST_CASE("a packed R-tree of points answers as looking at every point does", "[rtree]") {
    for (const std::size_t count :
         {0u, 1u, 2u, 47u, 48u, 49u, 51u, 52u, 96u, 97u, 2304u, 2305u, 2500u, 100'000u}) {
        check_packed(count, 0, 4096);
    }
}

TEST_CASE("a packed R-tree of boxes answers as looking at every box does", "[rtree]") {
    for (const std::size_t count : {0u, 1u, 2u, 48u, 49u, 51u, 52u, 2500u, 20'000u}) {
        check_packed(count, 40, 4096);
    }
}

TEST_CASE("boxes that are too many for memory give the same R-tree by way of a file", "[rtree]") {
    const TempFolder folder;
    sqlite::Database database = sqlite::Database::open_memory();
    database.execute(
        "CREATE VIRTUAL TABLE near USING rtree(id, minx, maxx, miny, maxy);"
        "CREATE VIRTUAL TABLE far USING rtree(id, minx, maxx, miny, maxy)");
    SeededRandom random(11);
    PackedRtree in_memory, by_file(folder.path());
    for (std::int64_t i = 0; i < 300'000; ++i) {
        const std::int64_t fid = i < 150'000 ? i + 1 : i * 2;
        const Envelope box = any_box(random, i % 5 == 0 ? 3 : 0);
        in_memory.add(fid, box);
        by_file.add(fid, box);
    }
    in_memory.write(database, "near");
    by_file.write(database, "far");
    CHECK(verdict(database, "far") == "ok");
    CHECK(database.int64_of("SELECT count(*) FROM far_rowid") == 300'000);
    for (const std::string table : {"_node", "_rowid", "_parent"}) {
        CHECK(database.int64_of("SELECT count(*) FROM (SELECT * FROM near" + table +
                                " EXCEPT SELECT * FROM far" + table + ")") == 0);
    }
    CHECK(std::filesystem::is_empty(folder.path()));
}

namespace {

/// A tree of SQLite's own over boxes of any kind, with ids in no order.
sqlite::Database tree_by_sqlite(Boxes& boxes, std::size_t count) {
    sqlite::Database database = sqlite::Database::open_memory();
    database.execute("CREATE VIRTUAL TABLE rtree_t_g USING rtree(id, minx, maxx, miny, maxy)");
    sqlite::Statement put(database, "INSERT INTO rtree_t_g VALUES (?1, ?2, ?3, ?4, ?5)");
    SeededRandom random(count);
    while (boxes.size() < count) {
        const auto fid = static_cast<std::int64_t>(random.below(1'000'000)) - 500'000;
        const Envelope box = any_box(random, boxes.size() % 3 == 0 ? 50 : 0);
        if (!boxes.emplace(fid, box).second) continue;
        put.bind(1, fid).bind(2, box.min_x).bind(3, box.max_x);
        put.bind(4, box.min_y).bind(5, box.max_y).run();
    }
    return database;
}

const RtreeColumn kSearched{"t", "fid", "g"};

}  // namespace

TEST_CASE("a search of the nodes finds what looking at every box does, in order", "[rtree]") {
    for (const std::size_t count : {0u, 1u, 60u, 9000u}) {
        Boxes boxes;
        sqlite::Database database = tree_by_sqlite(boxes, count);
        SeededRandom random(7);
        for (int i = 0; i < 300; ++i) {
            const Envelope area = any_box(random, i % 2 == 0 ? 500 : 0);
            const auto wanted = looked_at(boxes, area);
            const auto found = fids_near(database, "", kSearched, area, wanted.size());
            REQUIRE(found == std::vector<std::int64_t>(wanted.begin(), wanted.end()));
            if (wanted.empty()) continue;
            REQUIRE_FALSE(fids_near(database, "", kSearched, area, wanted.size() - 1));
        }
    }
}

TEST_CASE("a search of a damaged R-tree is refused and ends", "[rtree]") {
    const Envelope all{-1e9, -1e9, 1e9, 1e9};
    for (const std::string damage :
         {"UPDATE rtree_t_g_node SET data = x'0000' WHERE nodeno = 1",
          "UPDATE rtree_t_g_node SET data = CAST(x'0029' || substr(data, 3) AS BLOB) WHERE nodeno "
          "= 1",
          "UPDATE rtree_t_g_node SET data = substr(data, 1, 50) WHERE nodeno = 1",
          // Every way leads to the root again.
          "UPDATE rtree_t_g_node SET data = CAST(x'0028' || substr(data, 3, 2) || "
          "x'0000000000000001' || substr(data, 13) AS BLOB) WHERE nodeno = 1",
          "DELETE FROM rtree_t_g_node WHERE nodeno > 1", "DELETE FROM rtree_t_g_node"}) {
        INFO(damage);
        Boxes boxes;
        sqlite::Database database = tree_by_sqlite(boxes, 9000);
        database.execute(damage);
        CHECK_THROWS_WITH(fids_near(database, "", kSearched, all, 10'000),
                          Catch::Contains("the R-tree 'rtree_t_g' is damaged at its node"));
    }
}

TEST_CASE("a packed R-tree has nodes of the size that the page size asks for", "[rtree]") {
    for (const int page : {512, 1024, 8192, 65536}) check_packed(2500, 10, page);
}

TEST_CASE("an R-tree made with other pages than the file has now is filled anew as it is",
          "[rtree]") {
    const TempFolder folder;
    sqlite::Database database =
        sqlite::Database::open(folder / "old.db", sqlite::Database::Mode::Create);
    database.execute(
        "PRAGMA page_size = 512; CREATE TABLE trees (fid INTEGER PRIMARY KEY, geom);"
        "CREATE VIRTUAL TABLE rtree_trees_geom USING rtree(id,minx,maxx,miny,maxy);"
        "PRAGMA page_size = 4096; VACUUM");
    REQUIRE(database.int64_of("PRAGMA page_size") == 4096);
    sqlite::Statement put(database, "INSERT INTO trees (geom) VALUES (?1)");
    for (int i = 0; i < 1000; ++i) put.bind(1, point(i, i)).run();
    rebuild_rtree(database, {"trees", "fid", "geom"});
    CHECK(verdict(database, "rtree_trees_geom") == "ok");
    CHECK(indexed(database, "rtree_trees_geom", {10, 10, 19, 19}).size() == 10);
}

TEST_CASE("boxes at the end of what numbers can say stay in the R-tree", "[rtree]") {
    sqlite::Database database = sqlite::Database::open_memory();
    database.execute("CREATE VIRTUAL TABLE tree USING rtree(id, minx, maxx, miny, maxy)");
    constexpr double kHuge = std::numeric_limits<double>::max();
    constexpr double kInfinite = std::numeric_limits<double>::infinity();
    PackedRtree packed;
    packed.add(1, {-kHuge, -kHuge, kHuge, kHuge});
    packed.add(2, {kHuge, 0, kHuge, 0});
    packed.add(3, {-kInfinite, 0, kInfinite, 0});
    packed.add(4, {5e-324, 5e-324, 5e-324, 5e-324});
    packed.add(5, {std::numeric_limits<double>::quiet_NaN(), 0, 0, 0});  // is nowhere
    for (std::int64_t fid = 6; fid < 200; ++fid) packed.add(fid, {7, 7, 7, 7});
    packed.write(database, "tree");
    CHECK(verdict(database, "tree") == "ok");
    CHECK(indexed(database, "tree", {-1, -1, 1, 1}) == std::set<std::int64_t>{1, 3, 4});
    // Beyond what a float can say, SQLite's own boxes lose a point like 2 too.
    CHECK(indexed(database, "tree", {1e308, 0, kHuge, 0}).contains(1));
    CHECK(indexed(database, "tree", {1e308, 0, kHuge, 0}).contains(3));
    CHECK(indexed(database, "tree", {7, 7, 7, 7}).size() == 195);
}

TEST_CASE("the R-tree stays right while features are inserted, moved and deleted", "[rtree]") {
    Forest forest;
    sqlite::Transaction transaction(forest.file.database());
    FeatureWriter writer(forest.file, forest.layer(), FeatureWriter::Tracking::Logged);
    for (int i = 0; i < 300; ++i) forest.edit(writer);
    rebuild_rtree(forest.file.database(), {"trees", "fid", "geom"});
    for (int i = 0; i < 2000; ++i) forest.edit(writer);
    transaction.commit();
    forest.check_answers();
    // Those of a rebuilt one are the same.
    rebuild_rtree(forest.file.database(), {"trees", "fid", "geom"});
    forest.check_answers();
}

TEST_CASE("a layer that is loaded before its R-tree is made answers like one loaded after",
          "[rtree]") {
    Forest forest;
    LayerPlan plan = trees_plan();
    plan.name = "loaded";
    sqlite::Transaction transaction(forest.file.database());
    const LayerId id = forest.file.add_layer(plan).id;
    {
        FeatureWriter before(forest.file, forest.file.layer(id), FeatureWriter::Tracking::Unlogged);
        FeatureWriter after(forest.file, forest.layer(), FeatureWriter::Tracking::Unlogged);
        for (int i = 0; i < 3000; ++i) {
            std::vector<Value> values(forest.layer().column_count());
            values[forest.layer().geometry_index()] = forest.any_shape();
            before.insert(values);
            after.insert(values);
        }
    }
    forest.file.finish_layer(id);
    transaction.commit();
    for (int i = 0; i < 100; ++i) {
        const SpatialFilter area = forest.any_area();
        FeatureQuery query;
        query.area = &area;
        REQUIRE(count_features(forest.file.database(), forest.file.layer(id), query) ==
                count_features(forest.file.database(), forest.layer(), query));
    }
    CHECK(forest.file.database().text_of(
              "SELECT printf('%.3f', min_x) FROM gpkg_contents WHERE table_name = 'loaded'") ==
          "-122.500");
}
