// SPDX-License-Identifier: Apache-2.0
//
// Row 3: one attribute edit a transaction, as a person at a form makes them, in WAL with
// synchronous = NORMAL. On a device the generation stays open; a service closes it each time.

#include "bench/support/edits.hpp"
#include "bench/support/rounds.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"

#include <array>
#include <cstdio>

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

void measure(const Desk& desk) {
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

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
    return rhumb::bench::run_bench(argc, argv, rhumb::bench::measure);
}
