// SPDX-License-Identifier: Apache-2.0
//
// The laws of the merge, on random edits of both sides: whatever the policy, all come to agree,
// and each value that somebody wrote stands in the service or is told in a conflict.
#include "geodb/sqlite/statement.hpp"
#include "tests/support/crew.hpp"

#include <array>
#include <iostream>
#include <map>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using sync::MergePolicy;

namespace {

/// species, dbh and x of a tree, as texts. Each edit writes values that no other writes.
using Tree = std::array<std::string, 3>;
using Trees = std::map<std::string, Tree>;

Trees trees_of(Geodatabase& file) {
    Trees trees;
    sqlite::Statement rows(file.database(),
                           "SELECT global_id, ifnull(species, ''), CAST(CAST(dbh AS INTEGER) AS "
                           "TEXT), CAST(CAST(ST_MinX(geom) AS INTEGER) AS TEXT) FROM trees");
    while (rows.step()) {
        Tree& tree = trees[std::string(rows.column_text(0))];
        for (int i = 0; i < 3; ++i) tree[static_cast<std::size_t>(i)] = rows.column_text(i + 1);
    }
    return trees;
}

class Law {
public:
    Law(MergePolicy policy, std::uint64_t seed) : dice_(seed), crew_(policy) {
        base_[0] = base_[1] = served();
        // Nothing is cut off here, so nothing need wait for the disk.
        for (Device* one : {&crew_.ana, &crew_.ben}) {
            one->file().database().execute("PRAGMA synchronous = OFF");
        }
    }

    void run(int rounds) {
        for (int round = 0; round < rounds; ++round) {
            for (std::uint64_t edits = dice_.below(6); edits > 0; --edits) edit(actor());
            if (dice_.below(3) == 0) decide_something();
            synchronize(dice_.below(2));
        }
        for (const std::size_t device : {0u, 1u, 0u, 1u}) synchronize(device);
        crew_.check_equal(crew_.ana);
        crew_.check_equal(crew_.ben);
        conflicts = crew_.conflicts(crew_.ana).size() + crew_.conflicts(crew_.ben).size();
    }
    std::size_t conflicts = 0;

private:
    /// 0 the office, 1 Ana, 2 Ben
    std::uint64_t actor() { return dice_.below(3); }
    Device& device(std::size_t index) { return index == 0 ? crew_.ana : crew_.ben; }
    Trees served() {
        Geodatabase file = crew_.office.open_file();
        return trees_of(file);
    }
    std::int64_t fresh() { return next_++; }

    void edit(std::uint64_t who) {
        const Trees here = who == 0 ? served() : trees_of(device(who - 1).file());
        const bool insert = here.empty() || dice_.below(6) == 0;
        Attributes values;
        if (insert || dice_.below(2) == 0) {
            values.push_back({"species", "s" + std::to_string(fresh())});
        }
        if (insert || dice_.below(3) == 0) {
            values.push_back({"dbh", static_cast<double>(fresh())});
        }
        const Value place = point(static_cast<double>(fresh()), 1);
        if (!insert && dice_.below(3) == 0) values.push_back({"geom", place});
        if (insert) {
            if (who == 0) {
                crew_.office.add("trees", values, place);
            } else {
                device(who - 1).add("trees", values, place);
            }
            return;
        }
        auto tree = here.begin();
        std::advance(tree, static_cast<std::ptrdiff_t>(dice_.below(here.size())));
        const GlobalId id{*Uuid::parse(tree->first)};
        const bool erase = dice_.below(6) == 0;
        if (!erase && values.empty()) return;
        if (who == 0) {
            erase ? crew_.office.erase("trees", id) : crew_.office.update("trees", id, values);
        } else if (erase) {
            device(who - 1).erase("trees", id);
        } else {
            device(who - 1).update("trees", id, values);
        }
    }

    void decide_something() {
        Device& one = device(dice_.below(2));
        const auto found = crew_.conflicts(one);
        if (found.empty()) return;
        const auto& conflict = found[dice_.below(found.size())];
        using Take = sync::Resolution::Take;
        sync::Resolution resolution;
        resolution.take = dice_.below(2) == 0 ? Take::Mine : Take::Theirs;
        try {
            sync::resolve_conflict(one.file(), conflict.number, resolution);
        } catch (const Error& error) {
            // Decided before, or its feature is gone: nothing has happened then.
            const bool fair =
                error.status() == Status::InvalidArgument || error.status() == Status::NotFound;
            CHECK(fair);
        }
    }

    /// What the side had written since both last agreed stands afterwards, or is told.
    void check_kept(const Trees& side, const Trees& base, const Trees& after,
                    const std::string& told) {
        for (const auto& [id, tree] : side) {
            const auto was = base.find(id);
            const auto is = after.find(id);
            for (std::size_t i = 0; i < tree.size(); ++i) {
                if (was != base.end() && was->second[i] == tree[i]) continue;
                if (is != after.end() && is->second[i] == tree[i]) continue;
                INFO(id << " " << tree[i] << " told: " << told);
                CHECK(told.find(tree[i]) != std::string::npos);
            }
        }
    }

    void synchronize(std::size_t index) {
        Device& one = device(index);
        const Trees mine = trees_of(one.file());
        const Trees theirs = served();
        const auto report = one.sync();
        CHECK(report.rejected.empty());
        const Trees after = served();
        std::string mine_told, theirs_told;
        for (const auto& conflict : report.conflicts) {
            mine_told += conflict.mine + "\n";
            theirs_told += conflict.theirs + "\n";
        }
        check_kept(mine, base_[index], after, mine_told);
        check_kept(theirs, base_[index], after, theirs_told);
        CHECK(trees_of(one.file()) == after);
        CHECK(one.pending() == 0);
        base_[index] = after;
    }

    SeededRandom dice_;
    MergeCrew crew_;
    std::array<Trees, 2> base_;
    std::int64_t next_ = 1000;  // as many digits for all: none is a part of another
};

}  // namespace

TEST_CASE("random edits of both sides converge under every policy, and no value is lost unseen",
          "[sync][merge][law]") {
    constexpr std::uint64_t kFirstSeed = 20261122;
    constexpr int kTrials = 6;
    for (const MergePolicy policy :
         {MergePolicy::LastIn, MergePolicy::Service, MergePolicy::Device, MergePolicy::Ask}) {
        std::size_t conflicts = 0;
        for (std::uint64_t seed = kFirstSeed; seed < kFirstSeed + kTrials; ++seed) {
            INFO("policy " << name_of(policy) << ", seed " << seed);
            Law law(policy, seed);
            law.run(6);
            conflicts += law.conflicts;
        }
        std::cout << "merge law, policy " << name_of(policy) << ": seeds " << kFirstSeed << " to "
                  << kFirstSeed + kTrials - 1 << ", " << conflicts << " conflicts\n";
        CHECK(conflicts > 5);
    }
}
