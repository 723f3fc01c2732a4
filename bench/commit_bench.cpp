// SPDX-License-Identifier: Apache-2.0
//
// Row 3: one attribute edit a transaction, as a person at a form makes them, in WAL with
// synchronous = NORMAL. On a device the generation stays open; a service closes it each time.
// Most of a commit is the kernel's: instructions count the part that is ours and SQLite's.

#include "bench/support/edits.hpp"
#include "bench/support/instructions.hpp"
#include "bench/support/rounds.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/number.hpp"

#include <array>
#include <cstring>
#include <memory>

namespace rhumb::bench {
namespace {

constexpr int kRounds = 9;
constexpr std::size_t kCommits = 1000;
constexpr std::int64_t kFeatures = 1'000'000;

enum Way { kPlain, kDevice, kService, kWays };
constexpr std::array<const char*, kWays> kNames{"", "generation stays open",
                                                "generation closed by each commit"};

/// A file of a million points that takes edit after edit.
class Field {
public:
    Field(const Desk& desk, Way way)
        : way_(way),
          copy_(desk.base_1m(), desk.file("commit" + std::to_string(way) + ".gpkg")),
          file_(geodb::Geodatabase::open(copy_.path(), world_.world())) {
        if (way == kPlain) drop_tracking(file_.database());
        set_wal_normal(file_.database(), Cache::Device);
        if (way == kPlain) plain_.emplace(file_.database());
    }

    void plan(std::uint64_t seed) {
        SeededRandom random(seed);
        edits_.clear();
        for (std::size_t i = 0; i < kCommits; ++i) {
            const auto fid = 1 + static_cast<std::int64_t>(random.below(kFeatures));
            edits_.push_back(attribute_edit({fid}, random));
        }
    }

    void make_edits() {
        for (PlannedEdit& edit : edits_) commit(edit);
    }

private:
    void commit(PlannedEdit& edit) {
        geodb::sqlite::Transaction transaction(file_.database());
        if (way_ == kPlain) {
            plain_->apply(edit);
        } else {
            LibraryEditor(file_).apply(edit);
        }
        if (way_ == kService) file_.timeline().close({}, 1, file_.now_ms());
        transaction.commit();
    }

    Way way_;
    WorkingCopy copy_;
    BenchWorld world_;
    geodb::Geodatabase file_;
    std::optional<PlainEditor> plain_;
    std::vector<PlannedEdit> edits_;
};

/// The part that runs under callgrind: FOLDER WAY.
int make_edits_once(char** argv) {
    const Desk desk{argv[0], Report({})};
    Field field(desk, static_cast<Way>(parse_integer(argv[1]).value()));
    field.plan(1);
    field.make_edits();
    field.plan(2);
    counted([&] { field.make_edits(); });
    return 0;
}

void count_instructions(const Desk& desk) {
    double edits[kWays];
    for (int way = kPlain; way < kWays; ++way) {
        const std::int64_t all =
            instructions_of(desk.folder, {"--once", desk.folder.string(), std::to_string(way)});
        edits[way] = static_cast<double>(all) / static_cast<double>(kCommits);
    }
    for (const Way way : {kDevice, kService}) {
        Finding finding;
        finding.row = "3";
        finding.what = std::string("one edit a commit, ") + kNames[way];
        finding.yardstick = "untracked, instructions";
        finding.unit = "instr";
        finding.yardstick_value = edits[kPlain];
        finding.ours = edits[way];
        finding.ratio = edits[way] / edits[kPlain];
        desk.report.add(finding);
    }
}

void take_time(const Desk& desk) {
    std::vector<std::unique_ptr<Field>> fields;
    std::vector<Contender> contenders;
    std::uint64_t seed = 100;
    for (const Way way : {kPlain, kDevice, kService}) {
        fields.push_back(std::make_unique<Field>(desk, way));
        Field& field = *fields.back();
        // The same edits for all three in a round, others in the next.
        contenders.push_back({kNames[way], [&field] { field.make_edits(); },
                              [&field, &seed] { field.plan(seed++ / kWays); }});
    }
    const Rounds rounds(kRounds, contenders);
    for (const Cost cost : {Cost::Wall, Cost::Cpu}) {
        for (const Way way : {kDevice, kService}) {
            Finding finding;
            finding.row = "3";
            finding.what = std::string("one edit a commit, ") + kNames[way];
            finding.yardstick = cost == Cost::Wall ? "untracked, wall" : "untracked, CPU";
            finding.unit = "us";
            finding.yardstick_value = rounds.median_of(kPlain, cost) * 1e3 / kCommits;
            finding.ours = rounds.median_of(way, cost) * 1e3 / kCommits;
            finding.ratio = rounds.ratio(way, kPlain, cost);
            if (cost == Cost::Wall) {
                finding.hard = 1.30;
                finding.aim = 1.20;
            }
            desk.report.add(finding);
        }
    }
}

void measure(const Desk& desk) {
    count_instructions(desk);
    take_time(desk);
}

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
    using namespace rhumb::bench;
    if (argc == 4 && std::strcmp(argv[1], "--once") == 0) return make_edits_once(argv + 2);
    return run_bench(argc, argv, measure);
}
