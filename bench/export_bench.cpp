// SPDX-License-Identifier: Apache-2.0
//
// Rows 5, 6 and 9: writing the changes of a layer as a delta. What it costs beside reading the
// changed rows, that it does not grow with the layer, and beside comparing two files.

#include "bench/support/edits.hpp"
#include "bench/support/instructions.hpp"
#include "bench/support/rounds.hpp"
#include "bench/support/row_reading.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"

#include <cstring>

namespace rhumb::bench {
namespace {

using geodb::sqlite::Database;
using geodb::sqlite::Statement;

constexpr std::uint64_t kSeed = 17;

/// Edits so many features of a copy.
void edit(const Desk& desk, const WorkingCopy& copy, std::int64_t features, std::size_t count) {
    std::vector<PlannedEdit> edits =
        mixed_edits(read_places(desk.places()), features, count, kSeed);
    edit_file(copy.path(), edits, false);
}

/// Opens the file, reads the changed rows through the log, writes nothing.
std::int64_t read_changed_rows(const std::filesystem::path& path) {
    Database database = Database::open(path, Database::Mode::ReadOnly);
    Statement rows(database,
                   "SELECT p.* FROM rhumb_edit_0 e CROSS JOIN points p ON p.fid = e.fid "
                   "WHERE e.generation > 0");
    return read_all(rows);
}

/// Opens the file and writes the delta.
std::int64_t write_delta(const std::filesystem::path& path, const std::filesystem::path& to) {
    BenchWorld world;
    geodb::Geodatabase file =
        geodb::Geodatabase::open(path, world.world(), geodb::Geodatabase::Access::Read);
    BinaryDelta delta(to);
    geodb::NetEdits(file.database(), file.layers().front())
        .each({}, [&](geodb::NetEdit&& edit) { delta.put(edit); },
              {.whole_rows = false, .old_values = false, .by_object_id = false});
    return delta.finish();
}

std::int64_t scan(const std::filesystem::path& path) {
    Database database = Database::open(path, Database::Mode::ReadOnly);
    Statement rows(database, "SELECT * FROM points");
    return read_all(rows);
}

void check(bool right, const char* what) {
    if (!right) throw Error(Status::Internal, what);
}

/// The part that runs under callgrind: read|write FILE DELTA.
int export_once(char** argv) {
    const bool writes = std::strcmp(argv[0], "write") == 0;
    counted([&] {
        writes ? static_cast<void>(write_delta(argv[1], argv[2]))
               : static_cast<void>(read_changed_rows(argv[1]));
    });
    return 0;
}

/// The part of it that is ours and SQLite's: the kernel reads pages for both.
void count_instructions(const Desk& desk, const std::filesystem::path& edited, Finding finding) {
    const std::string out = desk.file("export.delta").string();
    const auto instructions = [&](const char* part) {
        return static_cast<double>(
            instructions_of(desk.folder, {"--once", part, edited.string(), out}));
    };
    finding.yardstick += ", instructions";
    finding.unit = "instr";
    finding.yardstick_value = instructions("read");
    finding.ours = instructions("write");
    finding.ratio = finding.ours / finding.yardstick_value;
    finding.hard.reset();
    finding.aim.reset();
    desk.report.add(finding);
}

/// Row 5 for one number of changes.
void measure_export(const Desk& desk, std::size_t edits, int runs) {
    const WorkingCopy edited(desk.base_1m(), desk.file("export.gpkg"));
    edit(desk, edited, 1'000'000, edits);
    const auto out = desk.file("export.delta");
    const Rounds rounds(
        runs, {{"read the rows", [&] { check(read_changed_rows(edited.path()) > 0, "no rows"); }},
               {"delta", [&] {
                    check(write_delta(edited.path(), out) == static_cast<std::int64_t>(edits),
                          "the delta has not all edits");
                }}});
    Finding finding;
    finding.row = "5";
    finding.what = "delta of " + std::to_string(edits / 1000) + "k changes of 1M";
    finding.yardstick = "reading the changed rows";
    finding.unit = "ms";
    finding.yardstick_value = rounds.median_of(0);
    finding.ours = rounds.median_of(1);
    finding.ratio = rounds.ratio(1, 0);
    if (edits >= 10'000) {
        finding.hard = 1.5;
        finding.aim = 1.2;
    }
    desk.report.add(finding);
    if (edits > 1000) return count_instructions(desk, edited.path(), finding);
    finding.what += ", in ms";
    finding.yardstick = "15 ms";
    finding.yardstick_value = 15;
    finding.ratio = finding.ours / finding.yardstick_value;
    finding.hard = 1.0;
    finding.aim = 0.8;
    desk.report.add(finding);
}

/// Rows 6 and 9: 1,000 changes, of a small layer, of a large one, and by comparing.
void measure_growth(const Desk& desk) {
    const WorkingCopy small(desk.base_100k(), desk.file("export_small.gpkg"));
    edit(desk, small, 100'000, 1000);
    const WorkingCopy large(desk.base_1m(), desk.file("export_large.gpkg"));
    edit(desk, large, 1'000'000, 1000);
    const auto out = desk.file("export.delta");
    const Rounds rounds(15, {{"of 100k", [&] { write_delta(small.path(), out); }},
                             {"of 1M", [&] { write_delta(large.path(), out); }}});
    Finding growth;
    growth.row = "6";
    growth.what = "delta of 1k changes of 1M";
    growth.yardstick = "delta of 1k changes of 100k";
    growth.unit = "ms";
    growth.yardstick_value = rounds.median_of(0);
    growth.ours = rounds.median_of(1);
    growth.ratio = rounds.ratio(1, 0);
    growth.hard = 1.5;
    growth.aim = 1.0;
    desk.report.add(growth);

    const Rounds against(3, {{"scan both",
                              [&] {
                                  check(scan(desk.base_1m()) == 1'000'000, "rows are missing");
                                  scan(large.path());
                              }},
                             {"delta", [&] { write_delta(large.path(), out); }}});
    remove_quietly(out);
    Finding diff;
    diff.row = "9";
    diff.what = "1k changes of 1M: times faster than comparing";
    diff.yardstick = "scanning both files, no comparison";
    diff.unit = "ms";
    diff.yardstick_value = against.median_of(0);
    diff.ours = against.median_of(1);
    diff.ratio = against.ratio(0, 1);
    diff.hard = 50;
    diff.aim = 100;
    diff.at_least = true;
    desk.report.add(diff);
}

void measure(const Desk& desk) {
    measure_export(desk, 1000, 15);
    measure_export(desk, 10'000, 9);
    measure_export(desk, 100'000, 5);
    measure_growth(desk);
}

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
    using namespace rhumb::bench;
    if (argc == 5 && std::strcmp(argv[1], "--once") == 0) return export_once(argv + 2);
    return run_bench(argc, argv, measure);
}
