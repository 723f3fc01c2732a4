// SPDX-License-Identifier: Apache-2.0
//
// Row 12: a tracked geodatabase of a tenth of a million points, those of an area. The yardstick
// stores the same rows in a bare table by ATTACH and INSERT..SELECT.

#include "bench/support/bench_files.hpp"
#include "bench/support/instructions.hpp"
#include "bench/support/rounds.hpp"
#include "geodb/extract/extract_layers.hpp"
#include "geodb/geometry/predicates.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"

#include <cmath>
#include <cstring>

namespace rhumb::bench {
namespace {

using geodb::sqlite::Database;

constexpr int kRounds = 7;
constexpr double kShare = 0.10;

std::int64_t points_in(Database& database, const geodb::Envelope& box) {
    geodb::sqlite::Statement count(database,
                                   "SELECT count(*) FROM rtree_points_geom WHERE minx <= ?1 AND "
                                   "maxx >= ?2 AND miny <= ?3 AND maxy >= ?4");
    count.bind(1, box.max_x).bind(2, box.min_x).bind(3, box.max_y).bind(4, box.min_y).step();
    return count.column_int64(0);
}

/// A box in the middle of Europe that grows until it holds a tenth of the points.
geodb::Envelope area_of_share(const std::filesystem::path& path) {
    Database database = Database::open(path, Database::Mode::ReadOnly);
    double half = 1;
    const auto box = [&half] {
        return geodb::Envelope{12 - half, 50 - half / 2, 12 + half, 50 + half / 2};
    };
    while (static_cast<double>(points_in(database, box())) < kShare * 1e6 && half < 90) half += 0.1;
    return box();
}

std::int64_t copy_rows(const Desk& desk, const std::filesystem::path& to,
                       const geodb::Envelope& box) {
    Database database = Database::open(to, Database::Mode::Create);
    database.execute(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
        "PRAGMA cache_size = -16384; " +
        plain_table(kPointsTable, true) + "; ATTACH " +
        geodb::sqlite::literal(desk.base_1m().string()) + " AS source");
    geodb::sqlite::Statement copy(
        database,
        "INSERT INTO main.points SELECT * FROM source.points WHERE fid IN (SELECT id FROM "
        "source.rtree_points_geom WHERE minx <= ?1 AND maxx >= ?2 AND miny <= ?3 AND maxy >= ?4)");
    copy.bind(1, box.max_x).bind(2, box.min_x).bind(3, box.max_y).bind(4, box.min_y).run();
    return database.changes();
}

std::int64_t extract(const Desk& desk, const std::filesystem::path& to,
                     const geodb::Envelope& box) {
    BenchWorld world;
    const geodb::Geodatabase source =
        geodb::Geodatabase::open(desk.base_1m(), world.world(), geodb::Geodatabase::Access::Read);
    const geodb::SpatialFilter area(box);
    geodb::LayerExtract what;
    what.layer = source.layers().front().id;
    what.area = &area;
    return geodb::extract_layers(source, to, world.world(), {what}).features.at(what.layer);
}

Finding finding_of(std::int64_t features, const char* measure) {
    Finding finding;
    finding.row = "12";
    finding.what =
        "replica of " + std::to_string(features) + " of 1M points, by extent, " + measure;
    finding.yardstick = "rows only, INSERT..SELECT";
    return finding;
}

void take_time(const Desk& desk) {
    const geodb::Envelope box = area_of_share(desk.base_1m());
    const auto bare = desk.file("extent_rows.sqlite");
    const auto replica = desk.file("extent_replica.gpkg");
    std::int64_t rows = 0, features = 0;
    const Rounds rounds(kRounds, {{"rows", [&] { rows = copy_rows(desk, bare, box); },
                                   [&] { remove_database(bare); }},
                                  {"replica", [&] { features = extract(desk, replica, box); },
                                   [&] { remove_database(replica); }}});
    remove_database(bare);
    remove_database(replica);
    // A point at the edge may be in the tree's box and yet outside the area.
    if (std::abs(rows - features) > rows / 1000) throw Error(Status::Internal, "rows are missing");
    for (const Cost cost : {Cost::Wall, Cost::Cpu}) {
        Finding finding = finding_of(features, cost == Cost::Wall ? "wall" : "CPU");
        finding.unit = "ms";
        finding.yardstick_value = rounds.median_of(0, cost);
        finding.ours = rounds.median_of(1, cost);
        finding.ratio = rounds.ratio(1, 0, cost);
        if (cost == Cost::Wall) {
            finding.hard = 1.6;
            finding.aim = 1.35;
        }
        desk.report.add(finding);
    }
}

/// The part that runs under callgrind: FOLDER WAY.
int extract_once(char** argv) {
    const Desk desk{argv[0], Report({})};
    const geodb::Envelope box = area_of_share(desk.base_1m());
    const auto to = desk.file("extent_once.sqlite");
    remove_database(to);
    if (std::strcmp(argv[1], "rows") == 0) {
        counted([&] { copy_rows(desk, to, box); });
    } else {
        counted([&] { extract(desk, to, box); });
    }
    remove_database(to);
    return 0;
}

void count_instructions(const Desk& desk) {
    const auto counted_for = [&desk](const char* way) {
        return static_cast<double>(
            instructions_of(desk.folder, {"--once", desk.folder.string(), way}));
    };
    Finding finding = finding_of(100'000, "instructions");
    finding.unit = "instr";
    finding.yardstick_value = counted_for("rows");
    finding.ours = counted_for("replica");
    finding.ratio = finding.ours / finding.yardstick_value;
    desk.report.add(finding);
}

void measure(const Desk& desk) {
    count_instructions(desk);
    take_time(desk);
}

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
    using namespace rhumb::bench;
    if (argc == 4 && std::strcmp(argv[1], "--once") == 0) return extract_once(argv + 2);
    return run_bench(argc, argv, measure);
}
