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

/// Puts the object ids of the changed features into a table of their own, beside the file.
std::int64_t list_changed_features(geodb::sqlite::Database& database) {
    database.execute(
        "CREATE TEMP TABLE changed AS SELECT fid FROM rhumb_edit_0 WHERE generation > " +
        std::to_string(kGenerationsBefore) + " ORDER BY fid");
    return database.int64_of("SELECT count(*) FROM changed").value_or(0);
}

/// One query: a statement for each row would cost twice as much.
std::int64_t read_by_fid(geodb::sqlite::Database& database) {
    geodb::sqlite::Statement rows(database,
                                  "SELECT p.* FROM changed c CROSS JOIN points p ON p.fid = c.fid");
    return read_all(rows);
}

std::int64_t read_net_edits(geodb::Geodatabase& file) {
    std::int64_t found = 0;
    geodb::NetEdits(file.database(), file.layers().front())
        .each({{kGenerationsBefore}, {}}, [&](geodb::NetEdit&& edit) {
            found += edit.before.size() == kPointColumns && !edit.changed.empty() ? 1 : 0;
        });
    return found;
}

/// Makes the history that stands before the changes, then the changes.
void edit_copy(const WorkingCopy& copy) {
    for (int generation = 1; generation <= kGenerationsBefore; ++generation) {
        std::vector<PlannedEdit> edits =
            attribute_edits(static_cast<std::uint64_t>(generation), kEditsBefore);
        edit_file(copy.path(), edits, true);
    }
    std::vector<PlannedEdit> edits = attribute_edits(1000, kEdits);
    edit_file(copy.path(), edits, true);
}

void measure(const Desk& desk) {
    const WorkingCopy copy(desk.base_1m(), desk.file("changes.gpkg"));
    edit_copy(copy);
    BenchWorld world;
    geodb::Geodatabase file =
        geodb::Geodatabase::open(copy.path(), world.world(), geodb::Geodatabase::Access::Read);
    file.database().execute("PRAGMA cache_size = -65536");
    const std::int64_t changed = list_changed_features(file.database());
    std::int64_t rows = 0, edits = 0;
    const Rounds rounds(kRounds, {{"rows by fid", [&] { rows = read_by_fid(file.database()); }},
                                  {"net edits", [&] { edits = read_net_edits(file); }}});
    if (rows != changed || edits != changed) throw Error(Status::Internal, "changes are missing");
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
