// SPDX-License-Identifier: Apache-2.0
//
// Rows 5, 7, 10, 11, 22 and 23: the delta in both its forms. Writing it beside reading the changed
// rows, applying it beside making the same edits untracked, its bytes an edit, and the memory that
// both take.
//
// Memory is measured in a process of its own: this program is started again.

#include "bench/support/edits.hpp"
#include "bench/support/instructions.hpp"
#include "bench/support/processes.hpp"
#include "bench/support/rounds.hpp"
#include "bench/support/row_reading.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "sync/delta/delta_reader.hpp"
#include "sync/delta/delta_writer.hpp"
#include "sync/replica/change_applier.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <cstdlib>
#include <string_view>

extern char** environ;

namespace rhumb::bench {
namespace {

using geodb::Geodatabase;
using geodb::sqlite::Database;
using geodb::sqlite::Statement;
using geodb::sqlite::Transaction;

constexpr std::uint64_t kSeed = 17;
constexpr std::int64_t kFeatures = 1'000'000;

std::int64_t read_changed_rows(const std::filesystem::path& path) {
    Database database = Database::open(path, Database::Mode::ReadOnly);
    Statement rows(database,
                   "SELECT p.* FROM rhumb_edit_0 e CROSS JOIN points p ON p.fid = e.fid "
                   "WHERE e.generation > 0");
    return read_all(rows);
}

using delta::Form;

const char* name_of(Form form) {
    return form == Form::Packed ? "packed" : "SQLite";
}

std::int64_t write_delta(const std::filesystem::path& path, const std::filesystem::path& to,
                         Form form) {
    BenchWorld world;
    Geodatabase file = Geodatabase::open(path, world.world(), Geodatabase::Access::Read);
    const geodb::Layer& layer = file.layers().front();
    delta::DeltaWriter writer(to, {}, form);
    writer.begin_layer(layer, {layer.id, "", false, {}, {}});
    geodb::NetEdits(file.database(), layer)
        .each(
            {{0}, {}}, [&](geodb::NetEdit&& edit) { writer.take(edit); }, writer.wanted());
    const std::int64_t edits = writer.counts().total();
    writer.finish();
    return edits;
}

wire::FeatureJson feature_of(delta::Row& row) {
    wire::FeatureJson feature;
    feature.global_id = row.feature;
    feature.has_global_id = true;
    feature.values = std::move(row.values);
    return feature;
}

/// As a device takes a download: without WAL, but for the yardstick's sake.
enum class Journal { Wal, Rollback };
void apply_delta(const std::filesystem::path& path, const std::filesystem::path& from,
                 Journal journal) {
    BenchWorld world;
    Geodatabase file = Geodatabase::open(path, world.world());
    if (journal == Journal::Wal) set_wal_normal(file.database(), Cache::Device);
    const geodb::Layer& layer = file.layers().front();
    delta::DeltaReader reader(from);
    Transaction transaction(file.database());
    {
        sync::ChangeApplier applier(file, layer, [](sync::Conflict&&) {});
        using delta::Kind;
        reader.each(Kind::Add, layer,
                    [&](delta::Row& row) { applier.put_feature(feature_of(row)); });
        reader.each(Kind::Update, layer,
                    [&](delta::Row& row) { applier.put_feature(feature_of(row)); });
        reader.each(Kind::Delete, layer, [&](delta::Row& row) { applier.erase(row.feature); });
    }
    transaction.commit();
}

void apply_locally(const std::filesystem::path& path, const std::vector<PlannedEdit>& edits) {
    Database database = Database::open(path, Database::Mode::ReadWrite);
    set_wal_normal(database, Cache::Device);
    Transaction transaction(database);
    {
        PlainEditor editor(database);
        for (const PlannedEdit& edit : edits) editor.apply(edit);
    }
    transaction.commit();
}

void check(bool right, const char* what) {
    if (!right) throw Error(Status::Internal, what);
}

/// What the kernel has seen this process hold at most. Not what it tells a parent, which counts
/// the parent itself until the program is replaced.
double own_peak_mb() {
    const std::string status = read_file("/proc/self/status");
    const std::size_t at = status.find("VmHWM:");
    check(at != std::string::npos, "the kernel does not tell the peak of memory");
    return std::strtod(status.c_str() + at + 6, nullptr) / 1024;
}

/// Peak memory, in MB, of this program when it does one thing.
double peak_mb(const Desk& desk, const std::string& what, const std::filesystem::path& a,
               const std::filesystem::path& b) {
    const auto told = desk.file("delta_peak.txt");
    std::vector<std::string> words{"delta_bench", what, a.string(), b.string(), told.string()};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    check(::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ) == 0,
          "cannot start the bench again");
    int status = 0;
    check(::waitpid(child, &status, 0) == child && status == 0, "the bench failed");
    const double mb = std::strtod(read_file(told).c_str(), nullptr);
    remove_quietly(told);
    return mb;
}

Finding memory(const char* row, const std::string& what, double mb, double hard, double aim) {
    Finding finding;
    finding.row = row;
    finding.what = what;
    finding.yardstick = "1 MB";
    finding.unit = "MB peak";
    finding.yardstick_value = 1;
    finding.ours = mb;
    finding.ratio = mb;
    finding.hard = hard;
    finding.aim = aim;
    return finding;
}

Finding bytes(const char* row, const std::string& what, std::uint64_t size, std::size_t edits,
              double hard, double aim) {
    Finding finding;
    finding.row = row;
    finding.what = what;
    finding.yardstick = "1 byte";
    finding.unit = "bytes an edit";
    finding.yardstick_value = 1;
    finding.ours = static_cast<double>(size) / static_cast<double>(edits);
    finding.ratio = finding.ours;
    finding.hard = hard;
    finding.aim = aim;
    return finding;
}

void measure_size(const Desk& desk, const std::filesystem::path& delta, std::size_t edits,
                  Form form) {
    const std::string count = std::to_string(edits / 1000) + "k";
    const std::uint64_t size = rhumb::file_size(delta);
    if (form == Form::Packed) {
        return desk.report.add(
            bytes("10", "packed delta of " + count + " edits", size, edits, 45, 32));
    }
    desk.report.add(bytes("11", "delta of " + count + " edits, raw", size, edits, 200, 170));
    const std::string packed = delta.string() + ".zst";
    const std::string command = "zstd -3 -q -f '" + delta.string() + "' -o '" + packed + "'";
    if (std::system(command.c_str()) != 0) return;  // no zstd here
    desk.report.add(bytes("11", "delta of " + count + " edits, zstd -3", rhumb::file_size(packed),
                          edits, 90, 75));
    remove_quietly(packed);
}

void report_ratio(const Desk& desk, Finding finding, const Rounds& rounds, std::size_t ours) {
    const std::string what = finding.what;
    finding.unit = "ms";
    for (const Cost cost : {Cost::Wall, Cost::Cpu}) {
        finding.what = what + (cost == Cost::Cpu ? ", CPU" : "");
        finding.yardstick_value = rounds.median_of(0, cost);
        finding.ours = rounds.median_of(ours, cost);
        finding.ratio = rounds.ratio(ours, 0, cost);
        desk.report.add(finding);
    }
}

/// A file with so many edits, and the deltas that tell them.
struct Edited {
    std::size_t count;
    std::vector<PlannedEdit> edits;
    std::filesystem::path packed, sqlite;
    std::string named;
    const std::filesystem::path& delta(Form form) const {
        return form == Form::Packed ? packed : sqlite;
    }
};

/// The part that runs under callgrind: read|packed|SQLite FILE DELTA.
void write_counted(const std::string& part, const std::filesystem::path& file,
                   const std::filesystem::path& delta) {
    const Form form = part == name_of(Form::Packed) ? Form::Packed : Form::Sqlite;
    counted([&] {
        part == "read" ? static_cast<void>(read_changed_rows(file))
                       : static_cast<void>(write_delta(file, delta, form));
    });
}

/// The part of writing that is ours and SQLite's: the kernel reads pages for both.
void count_instructions(const Desk& desk, const Edited& edited, const std::filesystem::path& file) {
    const auto instructions = [&](const std::string& part) {
        const auto delta = desk.file("delta_counted.delta").string();
        const auto all = instructions_of(desk.folder, {"--count", part, file.string(), delta});
        remove_quietly(delta);
        return static_cast<double>(all) / static_cast<double>(edited.count);
    };
    try {
        Finding finding;
        finding.row = "5";
        finding.yardstick = "reading the changed rows, instructions";
        finding.unit = "instr";
        finding.yardstick_value = instructions("read");
        for (const Form form : {Form::Packed, Form::Sqlite}) {
            finding.what = name_of(form) + (" delta of " + edited.named);
            finding.ours = instructions(name_of(form));
            finding.ratio = finding.ours / finding.yardstick_value;
            desk.report.add(finding);
        }
    } catch (const Error& error) {
        if (error.status() != Status::Unsupported) throw;
        std::fprintf(stderr, "instructions are left out: %s\n", error.message().c_str());
    }
}

void measure_writing(const Desk& desk, Edited& edited, int rounds_of_write) {
    const WorkingCopy copy(desk.base_1m(), desk.file("delta_edited.gpkg"));
    edit_file(copy.path(), edited.edits, false);
    const auto write = [&](Form form) {
        check(write_delta(copy.path(), edited.delta(form), form) ==
                  static_cast<std::int64_t>(edited.count),
              "the delta has not all edits");
    };
    const Rounds rounds(rounds_of_write, {{"read", [&] { read_changed_rows(copy.path()); }},
                                          {"packed", [&] { write(Form::Packed); }},
                                          {"SQLite", [&] { write(Form::Sqlite); }}});
    for (const Form form : {Form::Packed, Form::Sqlite}) {
        const bool packed = form == Form::Packed;
        Finding finding;
        finding.row = "5";
        finding.what = name_of(form) + (" delta of " + edited.named);
        finding.yardstick = "reading the changed rows";
        if (edited.count >= 10'000 && packed) {  // what travels between two Rhumbs
            finding.hard = 1.5;
            finding.aim = 1.2;
        }
        report_ratio(desk, finding, rounds, packed ? 1 : 2);
        desk.report.add(memory(
            "22", name_of(form) + (", writing " + edited.named),
            peak_mb(desk, packed ? "--write-packed" : "--write", copy.path(), edited.delta(form)),
            16, 9));
        measure_size(desk, edited.delta(form), edited.count, form);
    }
    count_instructions(desk, edited, copy.path());
}

/// Row 25: a device of 64 MB, heap and page cache together.
void measure_small_device(const Desk& desk, const Edited& edited,
                          const std::filesystem::path& tracked,
                          const std::function<void()>& fresh) {
    const auto apply = [&](const MemoryLimit* limit) {
        fresh();
        const RunOfProgram run = run_program(
            {(program_folder() / "delta_bench").string(), "--apply-rollback", tracked.string(),
             edited.packed.string(), desk.file("delta_peak.txt").string()},
            limit);
        check(run.well, "the bench failed");
        return run.wall_ms;
    };
    try {
        const MemoryLimit limit(64LL * 1024 * 1024);
        std::vector<double> free, within, ratios;
        for (int round = 0; round < 3; ++round) {
            free.push_back(apply(nullptr));
            within.push_back(apply(&limit));
            ratios.push_back(within.back() / free.back());
        }
        Finding finding;
        finding.row = "25";
        finding.what = "applying " + edited.named + " in 64 MB";
        finding.yardstick = "the same without a limit";
        finding.unit = "ms";
        finding.yardstick_value = median(free);
        finding.ours = median(within);
        finding.ratio = median(ratios);
        finding.hard = 1.5;
        finding.aim = 1.2;
        desk.report.add(finding);
    } catch (const Error& error) {
        if (error.status() != Status::Unsupported) throw;
        std::fprintf(stderr, "row 25 is left out: %s\n", error.message().c_str());
    }
}

/// CPU milliseconds of geodiff; none where it is not installed.
std::optional<double> geodiff(const std::vector<std::filesystem::path>& words) {
    const char* python = std::getenv("RHUMB_BENCH_PYTHON");
    std::string command = std::string(python != nullptr ? python : "python3") + " bench/geodiff.py";
    for (const auto& word : words) command += " '" + word.string() + "'";
    std::FILE* said = ::popen((command + " 2>/dev/null").c_str(), "r");
    if (said == nullptr) return std::nullopt;
    double ms = 0;
    const bool told = std::fscanf(said, "%lf", &ms) == 1;
    return ::pclose(said) == 0 && told ? std::optional(ms) : std::nullopt;
}

/// Row 8. `plain` holds the edits; both apply them to the file as it was before.
void measure_geodiff(const Desk& desk, const Edited& edited, const std::filesystem::path& plain,
                     const std::filesystem::path& tracked,
                     const std::function<void(const std::filesystem::path&, bool)>& fresh) {
    const auto base = desk.file("delta_base.gpkg"), changes = desk.file("delta_geodiff.diff");
    fresh(base, true);
    remove_quietly(changes);
    if (!geodiff({"diff", base, plain, changes})) {
        std::fprintf(stderr, "row 8 is left out: there is no pygeodiff\n");
        return remove_database(base);
    }
    std::vector<double> theirs, ours, ratios;
    for (int round = 0; round < 3; ++round) {
        fresh(base, true);
        fresh(tracked, false);
        theirs.push_back(geodiff({"apply", base, changes}).value_or(0));
        ours.push_back(taken_by([&] { apply_delta(tracked, edited.packed, Journal::Wal); }).cpu_ms);
        ratios.push_back(theirs.back() / ours.back());
    }
    Finding finding;
    finding.row = "8";
    finding.what = "applying a packed delta of " + edited.named + ", CPU";
    finding.yardstick = "geodiff";
    finding.unit = "ms";
    finding.yardstick_value = median(theirs);
    finding.ours = median(ours);
    finding.ratio = median(ratios);
    finding.hard = 1.3;
    finding.aim = 2;
    finding.at_least = true;
    desk.report.add(finding);
    remove_database(base);
    remove_quietly(changes);
}

void measure_applying(const Desk& desk, const Edited& edited, int rounds_of_apply) {
    // Inserts were given identities by the library; the yardstick makes the same rows.
    const auto plain = desk.file("delta_plain.gpkg");
    const auto tracked = desk.file("delta_tracked.gpkg");
    const auto fresh = [&](const std::filesystem::path& path, bool untracked) {
        remove_database(path);
        std::filesystem::copy_file(desk.base_1m(), path);
        if (untracked) {
            Database database = Database::open(path, Database::Mode::ReadWrite);
            drop_tracking(database);
        }
        // Else the first sync of whoever edits it would pay for the copy.
        make_durable(path);
    };
    const auto applied = [&](Form form) {
        return Contender{name_of(form),
                         [&, form] { apply_delta(tracked, edited.delta(form), Journal::Wal); },
                         [&] { fresh(tracked, false); }};
    };
    const Rounds rounds(
        rounds_of_apply,
        {{"locally", [&] { apply_locally(plain, edited.edits); }, [&] { fresh(plain, true); }},
         applied(Form::Packed),
         applied(Form::Sqlite)},
        false);
    for (const Form form : {Form::Packed, Form::Sqlite}) {
        Finding finding;
        finding.row = "7";
        finding.what = std::string("applying a ") + name_of(form) + " delta of " + edited.named;
        finding.yardstick = "the same edits made untracked";
        finding.hard = 1.1;
        finding.aim = 0.9;
        report_ratio(desk, finding, rounds, form == Form::Packed ? 1 : 2);
        fresh(tracked, false);
        desk.report.add(memory("23", name_of(form) + (", applying " + edited.named),
                               peak_mb(desk, "--apply", tracked, edited.delta(form)), 24, 16));
    }
    measure_geodiff(desk, edited, plain, tracked, fresh);
    if (edited.count >= 100'000) {
        measure_small_device(desk, edited, tracked, [&] { fresh(tracked, false); });
    }
    remove_database(plain);
    remove_database(tracked);
}

void measure_edits(const Desk& desk, std::size_t count, int rounds_of_write, int rounds_of_apply) {
    Edited edited{count, mixed_edits(read_places(desk.places()), kFeatures, count, kSeed),
                  desk.file("bench_packed.delta"), desk.file("bench_sqlite.delta"),
                  std::to_string(count / 1000) + "k changes of 1M"};
    measure_writing(desk, edited, rounds_of_write);
    if (rounds_of_apply > 0) measure_applying(desk, edited, rounds_of_apply);
    for (const Form form : {Form::Packed, Form::Sqlite}) remove_quietly(edited.delta(form));
}

void measure(const Desk& desk) {
    measure_edits(desk, 1000, 9, 0);
    measure_edits(desk, 10'000, 9, 5);
    measure_edits(desk, 100'000, 5, 3);
}

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
    using namespace rhumb::bench;
    using rhumb::delta::Form;
    if (argc == 5) {
        try {
            const std::string_view part = argv[1];
            if (part == "--count") {
                write_counted(argv[2], argv[3], argv[4]);
                return 0;
            }
            if (part == "--apply" || part == "--apply-rollback") {
                apply_delta(argv[2], argv[3], part == "--apply" ? Journal::Wal : Journal::Rollback);
            } else {
                const bool packed = part == "--write-packed";
                write_delta(argv[2], argv[3], packed ? Form::Packed : Form::Sqlite);
            }
            rhumb::FileWriter(argv[4], rhumb::FileWriter::Mode::Replace)
                .write(std::to_string(own_peak_mb()));
            return 0;
        } catch (const rhumb::Error&) {
            return 1;
        }
    }
    return run_bench(argc, argv, measure);
}
