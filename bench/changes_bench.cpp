// SPDX-License-Identifier: Apache-2.0
//
// Row 16: the changes since a generation, 1,000 of a million features, after a long history. The
// yardstick reads the same rows by their object ids. Both on an open connection.

#include "bench/support/edits.hpp"
#include "bench/support/rounds.hpp"
#include "bench/support/row_reading.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "platform/error.hpp"

namespace rhumb::bench {
namespace {

constexpr int kRounds = 31;
constexpr int kGenerationsBefore = 10;
constexpr std::size_t kEditsBefore = 10'000;  // in each of them
constexpr std::size_t kEdits = 1000;

/// Attribute edits, whose rows are all there to be read.
std::vector<PlannedEdit> attribute_edits(std::uint64_t seed, std::size_t count) {
    SeededRandom random(seed);
    std::vector<PlannedEdit> edits;
    for (std::size_t i = 0; i < count; ++i) {
        const auto fid = 1 + static_cast<std::int64_t>(random.below(1'000'000));
        edits.push_back(attribute_edit({fid}, random));
    }
    return edits;
}

std::vector<std::int64_t> changed_features(geodb::sqlite::Database& database) {
    std::vector<std::int64_t> fids;
    geodb::sqlite::Statement log(database,
                                 "SELECT fid FROM rhumb_edit_0 WHERE generation > ?1 ORDER BY fid");
    log.bind(1, kGenerationsBefore);
    while (log.step()) fids.push_back(log.column_int64(0));
    return fids;
}

void measure(const Desk& desk) {
    const WorkingCopy copy(desk.base_1m(), desk.file("changes.gpkg"));
    for (int generation = 1; generation <= kGenerationsBefore; ++generation) {
        std::vector<PlannedEdit> edits =
            attribute_edits(static_cast<std::uint64_t>(generation), kEditsBefore);
        edit_file(copy.path(), edits, true);
    }
    std::vector<PlannedEdit> edits = attribute_edits(1000, kEdits);
    edit_file(copy.path(), edits, true);

    BenchWorld world;
    geodb::Geodatabase file =
        geodb::Geodatabase::open(copy.path(), world.world(), geodb::Geodatabase::Access::Read);
    file.database().execute("PRAGMA cache_size = -65536");
    const std::vector<std::int64_t> fids = changed_features(file.database());
    geodb::sqlite::Statement by_fid(file.database(), "SELECT * FROM points WHERE fid = ?1");
    std::uint64_t seen = 0;
    std::size_t found = 0;
    const Rounds rounds(kRounds,
                        {{"rows by fid",
                          [&] {
                              for (const std::int64_t fid : fids) {
                                  by_fid.bind(1, fid);
                                  while (by_fid.step()) seen += look_at(by_fid);
                                  by_fid.reset();
                              }
                          }},
                         {"net edits", [&] {
                              found = 0;
                              geodb::NetEdits(file.database(), file.layers().front())
                                  .each({{kGenerationsBefore}, {}}, [&](geodb::NetEdit&& edit) {
                                      found += edit.after.size() == kPointColumns ? 1u : 0u;
                                  });
                          }}});
    if (found != fids.size() || seen == 0) throw Error(Status::Internal, "changes are missing");
    Finding finding;
    finding.row = "16";
    finding.what = "changes since a generation, 1k of 1M, before and after";
    finding.yardstick = "reading these rows by fid";
    finding.unit = "ms";
    finding.yardstick_value = rounds.median_of(0);
    finding.ours = rounds.median_of(1);
    finding.ratio = rounds.ratio(1, 0);
    finding.hard = 1.5;
    finding.aim = 1.1;
    desk.report.add(finding);
}

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
    return rhumb::bench::run_bench(argc, argv, rhumb::bench::measure);
}
