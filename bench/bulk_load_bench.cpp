// SPDX-License-Identifier: Apache-2.0
//
// Row 14: loading a million points into a new tracked layer, with R-tree, unique GlobalID, log and
// triggers. The yardstick stores the same rows without GlobalIDs in a bare table, journal off.

#include "bench/support/bench_files.hpp"
#include "bench/support/rounds.hpp"
#include "geodb/features/feature_writer.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"

namespace rhumb::bench {
namespace {

using geodb::FeatureWriter;
using geodb::sqlite::Database;

constexpr int kRounds = 3;
constexpr int kPoints = 1'000'000;
constexpr std::uint64_t kSeed = 3;

void load_plain(const std::vector<Place>& places, const std::filesystem::path& path) {
    Database database = Database::open(path, Database::Mode::Create);
    database.execute(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
        "PRAGMA cache_size = -65536; " +
        plain_table(kPointsTable, false));
    geodb::sqlite::Transaction transaction(database);
    geodb::sqlite::Statement put(database, plain_insert(kPointsTable, false),
                                 geodb::sqlite::Statement::Kept);
    PointSource source(places, kSeed);
    std::vector<geodb::Value> values;
    for (int i = 0; i < kPoints; ++i) {
        source.next(values);
        for (std::size_t column = kName; column < kPointColumns; ++column) {
            put.bind_borrowed(static_cast<int>(column), values[column]);
        }
        put.run();
    }
    transaction.commit();
}

void load_layer(const std::vector<Place>& places, const std::filesystem::path& path) {
    BenchWorld world;
    geodb::Geodatabase file = geodb::Geodatabase::create(path, world.world());
    file.database().execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -65536");
    geodb::sqlite::Transaction transaction(file.database());
    const geodb::Layer& layer = file.add_layer(points_plan());
    {
        FeatureWriter writer(file, layer, FeatureWriter::Tracking::Unlogged);
        PointSource source(places, kSeed);
        std::vector<geodb::Value> values;
        for (int i = 0; i < kPoints; ++i) {
            source.next(values);
            writer.insert(values);
        }
    }
    file.finish_layer(layer.id);
    transaction.commit();
}

void measure(const Desk& desk) {
    const std::vector<Place> places = read_places(desk.places());
    const auto plain = desk.file("load_plain.sqlite");
    const auto layer = desk.file("load_layer.gpkg");
    const Rounds rounds(
        kRounds,
        {{"rows", [&] { load_plain(places, plain); }, [&] { remove_database(plain); }},
         {"layer", [&] { load_layer(places, layer); }, [&] { remove_database(layer); }}},
        false);
    remove_database(plain);
    remove_database(layer);
    for (const Cost cost : {Cost::Wall, Cost::Cpu}) {
        Finding finding;
        finding.row = "14";
        finding.what = std::string("load of 1M points, rtree and GlobalID, ") +
                       (cost == Cost::Wall ? "wall" : "CPU");
        finding.yardstick = "rows only, no uuid, journal OFF";
        finding.unit = "ms";
        finding.yardstick_value = rounds.median_of(0, cost);
        finding.ours = rounds.median_of(1, cost);
        finding.ratio = rounds.ratio(1, 0, cost);
        if (cost == Cost::Wall) {
            finding.hard = 2.0;
            finding.aim = 1.3;
        }
        desk.report.add(finding);
    }
}

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
    return rhumb::bench::run_bench(argc, argv, rhumb::bench::measure);
}
