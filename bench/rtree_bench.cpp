// SPDX-License-Identifier: Apache-2.0
//
// Row 15: building the R-tree of a layer at once, packed, beside INSERT..SELECT into it; then
// SQLite's own check of the tree, and the same answers to 1,000 random boxes.

#include "bench/support/bench_files.hpp"
#include "bench/support/rounds.hpp"
#include "geodb/rtree/rtree_index.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"

namespace rhumb::bench {
namespace {

using geodb::sqlite::Database;
using geodb::sqlite::Statement;

constexpr int kBoxes = 1000;
const geodb::RtreeColumn kColumn{kPointsTable, "fid", "geom"};

/// A bare table of points with an R-tree of each way.
Database table_of(const std::vector<Place>& places, const std::filesystem::path& path, int count) {
    remove_database(path);
    Database database = Database::open(path, Database::Mode::Create);
    database.execute(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
        "PRAGMA cache_size = -65536; " +
        plain_table(kPointsTable, false));
    database.execute("CREATE VIRTUAL TABLE by_sql USING rtree(id, minx, maxx, miny, maxy)");
    database.execute("CREATE VIRTUAL TABLE " + geodb::rtree_table(kColumn) +
                     " USING rtree(id, minx, maxx, miny, maxy)");
    geodb::sqlite::Transaction transaction(database);
    Statement put(database, plain_insert(kPointsTable, false));
    PointSource source(places, 9);
    std::vector<geodb::Value> values;
    for (int i = 0; i < count; ++i) {
        source.next(values);
        for (std::size_t column = kName; column < kPointColumns; ++column) {
            put.bind_borrowed(static_cast<int>(column), values[column]);
        }
        put.run();
    }
    transaction.commit();
    return database;
}

void build_by_sql(Database& database) {
    geodb::sqlite::Transaction transaction(database);
    database.execute(
        "INSERT INTO by_sql SELECT fid, ST_MinX(geom), ST_MaxX(geom), ST_MinY(geom), "
        "ST_MaxY(geom) FROM points");
    transaction.commit();
}

void build_packed(Database& database) {
    geodb::sqlite::Transaction transaction(database);
    geodb::rebuild_rtree(database, kColumn);
    transaction.commit();
}

/// Both trees give the same features for every box, and SQLite finds the packed one sound.
void check_answers(Database& database) {
    const std::string packed = geodb::rtree_table(kColumn);
    if (database.text_of("SELECT rtreecheck('" + packed + "')") != "ok") {
        throw Error(Status::Internal, "rtreecheck finds the packed tree broken");
    }
    const std::string in_box = " WHERE minx <= ?1 AND maxx >= ?2 AND miny <= ?3 AND maxy >= ?4";
    Statement one(database, "SELECT count(*), sum(id) FROM by_sql" + in_box);
    Statement other(database, "SELECT count(*), sum(id) FROM " + packed + in_box);
    SeededRandom random(4);
    for (int i = 0; i < kBoxes; ++i) {
        const double x = between(random, -180, 180), y = between(random, -60, 70);
        const double side = between(random, 0.01, 10);
        for (Statement* tree : {&one, &other}) {
            tree->bind(1, x + side).bind(2, x).bind(3, y + side).bind(4, y).step();
        }
        const bool same = one.column_int64(0) == other.column_int64(0) &&
                          one.column_int64(1) == other.column_int64(1);
        if (!same) throw Error(Status::Internal, "the packed tree answers otherwise");
        one.reset();
        other.reset();
    }
}

void measure_size(const Desk& desk, const std::vector<Place>& places, int count, int runs) {
    const auto path = desk.file("rtree.sqlite");
    Database database = table_of(places, path, count);
    const Rounds rounds(runs, {{"SQL", [&] { build_by_sql(database); },
                                [&] { database.execute("DELETE FROM by_sql"); }},
                               {"packed", [&] { build_packed(database); }}});
    check_answers(database);
    remove_database(path);
    Finding finding;
    finding.row = "15";
    finding.what = "rtree of " + std::to_string(count / 1000) + "k points, times faster";
    finding.yardstick = "INSERT..SELECT into the rtree";
    finding.unit = "ms";
    finding.yardstick_value = rounds.median_of(0);
    finding.ours = rounds.median_of(1);
    finding.ratio = rounds.ratio(0, 1);
    finding.hard = 5;
    finding.aim = count < 1'000'000 ? 7 : 11;
    finding.at_least = true;
    desk.report.add(finding);
}

void measure(const Desk& desk) {
    const std::vector<Place> places = read_places(desk.places());
    measure_size(desk, places, 10'000, 7);
    measure_size(desk, places, 100'000, 5);
    measure_size(desk, places, 1'000'000, 2);
}

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
    return rhumb::bench::run_bench(argc, argv, rhumb::bench::measure);
}
