// SPDX-License-Identifier: Apache-2.0
//
// Rows 1 and 2: what tracking adds to an edit in a bulk, by instructions and by CPU time.

#include "bench/support/edits.hpp"
#include "bench/support/instructions.hpp"
#include "bench/support/rounds.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/number.hpp"

#include <cstring>

namespace rhumb::bench {
namespace {

constexpr std::size_t kCountedEdits = 3000;
constexpr std::size_t kTimedEdits = 20'000;
constexpr int kRounds = 5;
constexpr std::int64_t kFirstOid = 20'000;

enum Way { kPlain, kLibrary, kTriggers, kWays };

struct Kind {
    EditKind kind;
    const char* row;
    const char* name;
    double hard, aim;
};
constexpr Kind kKinds[]{{EditKind::Update, "1", "attribute update", 1.35, 1.25},
                        {EditKind::Insert, "2", "insert", 1.10, 1.05},
                        {EditKind::Delete, "2", "delete", 1.10, 1.05},
                        {EditKind::Move, "2", "move", 1.10, 1.05}};

/// A file that is open and the edits that are to be made there.
class Field {
public:
    Field(const Desk& desk, const Kind& kind, Way way, std::size_t count)
        : way_(way),
          copy_(desk.base_100k(), desk.file("tracking" + std::to_string(way) + ".gpkg")),
          file_(geodb::Geodatabase::open(copy_.path(), world_.world())),
          edits_(edits_in_sequence(read_places(desk.places()), kind.kind, kFirstOid, count)) {
        if (way == kPlain) drop_tracking(file_.database());
        set_wal_normal(file_.database(), Cache::Large);
        if (way == kLibrary) {
            library_.emplace(file_);
        } else {
            plain_.emplace(file_.database());
        }
    }

    void make_edits() {
        geodb::sqlite::Transaction transaction(file_.database());
        for (PlannedEdit& edit : edits_) {
            if (way_ == kLibrary) {
                library_->apply(edit);
            } else {
                plain_->apply(edit);
            }
        }
        transaction.commit();
    }

private:
    Way way_;
    WorkingCopy copy_;
    BenchWorld world_;
    geodb::Geodatabase file_;
    std::vector<PlannedEdit> edits_;
    std::optional<LibraryEditor> library_;
    std::optional<PlainEditor> plain_;
};

Finding finding_of(const Kind& kind, const char* measure, Way way) {
    Finding finding;
    finding.row = kind.row;
    finding.what = std::string(kind.name) + ", bulk, by " +
                   (way == kLibrary ? "the library" : "another program") + ", " + measure;
    finding.yardstick = "the same untracked";
    return finding;
}

void count_instructions(const Desk& desk, const Kind& kind, std::size_t number) {
    double edits[kWays];
    for (int way = kPlain; way < kWays; ++way) {
        const std::int64_t all = instructions_of(
            desk.folder,
            {"--once", desk.folder.string(), std::to_string(number), std::to_string(way)});
        edits[way] = static_cast<double>(all) / static_cast<double>(kCountedEdits);
    }
    for (const Way way : {kLibrary, kTriggers}) {
        Finding finding = finding_of(kind, "instructions", way);
        finding.unit = "instr";
        finding.yardstick_value = edits[kPlain];
        finding.ours = edits[way];
        finding.ratio = edits[way] / edits[kPlain];
        if (way == kLibrary) {
            finding.hard = kind.hard;
            finding.aim = kind.aim;
        }
        desk.report.add(finding);
    }
}

void take_time(const Desk& desk, const Kind& kind) {
    std::optional<Field> fields[kWays];
    std::vector<Contender> contenders;
    for (const Way way : {kPlain, kLibrary, kTriggers}) {
        contenders.push_back({"", [&fields, way] { fields[way]->make_edits(); },
                              [&desk, &kind, &fields, way] {
                                  fields[way].reset();
                                  fields[way].emplace(desk, kind, way, kTimedEdits);
                              }});
    }
    const Rounds rounds(kRounds, contenders);
    for (const Way way : {kLibrary, kTriggers}) {
        Finding finding = finding_of(kind, "CPU", way);
        finding.unit = "us";
        finding.yardstick_value = rounds.median_of(kPlain, Cost::Cpu) * 1e3 / kTimedEdits;
        finding.ours = rounds.median_of(way, Cost::Cpu) * 1e3 / kTimedEdits;
        finding.ratio = rounds.ratio(way, kPlain, Cost::Cpu);
        desk.report.add(finding);
    }
}

void measure(const Desk& desk) {
    for (std::size_t i = 0; i < std::size(kKinds); ++i) count_instructions(desk, kKinds[i], i);
    for (const Kind& kind : kKinds) take_time(desk, kind);
}

/// The part that runs under callgrind: FOLDER KIND WAY.
int make_edits_once(char** argv) {
    const Desk desk{argv[0], Report({})};
    const auto kind = static_cast<std::size_t>(parse_integer(argv[1]).value());
    Field field(desk, kKinds[kind], static_cast<Way>(parse_integer(argv[2]).value()),
                kCountedEdits);
    counted([&] { field.make_edits(); });
    return 0;
}

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
    using namespace rhumb::bench;
    if (argc == 5 && std::strcmp(argv[1], "--once") == 0) return make_edits_once(argv + 2);
    return run_bench(argc, argv, measure);
}
