// SPDX-License-Identifier: Apache-2.0
//
// Row 13: the whole of a geodatabase of a million points as a new one. The yardstick is VACUUM
// INTO, which gives a copy that is still the old one.

#include "bench/support/bench_files.hpp"
#include "bench/support/rounds.hpp"
#include "geodb/extract/whole_copy.hpp"

namespace rhumb::bench {
namespace {

using geodb::sqlite::Database;

constexpr int kRounds = 5;

void vacuum_into(const Desk& desk, const std::filesystem::path& to) {
    Database database = Database::open(desk.base_1m(), Database::Mode::ReadOnly);
    database.execute("PRAGMA cache_size = -65536; VACUUM INTO " +
                     geodb::sqlite::literal(to.string()));
}

void copy(const Desk& desk, const std::filesystem::path& to) {
    BenchWorld world;
    geodb::Geodatabase source =
        geodb::Geodatabase::open(desk.base_1m(), world.world(), geodb::Geodatabase::Access::Read);
    geodb::copy_geodatabase(source, to, world.world());
}

void measure(const Desk& desk) {
    const auto plain = desk.file("whole_vacuum.gpkg");
    const auto replica = desk.file("whole_replica.gpkg");
    const Rounds rounds(
        kRounds,
        {{"VACUUM INTO", [&] { vacuum_into(desk, plain); }, [&] { remove_database(plain); }},
         {"copy", [&] { copy(desk, replica); }, [&] { remove_database(replica); }}});
    remove_database(plain);
    remove_database(replica);
    Finding finding;
    finding.row = "13";
    finding.what = "whole replica of 1M points, same schema";
    finding.yardstick = "VACUUM INTO";
    finding.unit = "ms";
    finding.yardstick_value = rounds.median_of(0);
    finding.ours = rounds.median_of(1);
    finding.ratio = rounds.ratio(1, 0);
    finding.hard = 1.3;
    finding.aim = 1.0;
    desk.report.add(finding);
}

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
    return rhumb::bench::run_bench(argc, argv, rhumb::bench::measure);
}
