// SPDX-License-Identifier: Apache-2.0
//
// The law of the rebase: what is pending afterwards, applied to the service's row, gives the row
// here; and nothing is pending that the service has already.
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "sync/replica/change_applier.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

#include <algorithm>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::sync;
using namespace rhumb::test;

namespace {

using Rows = std::vector<Value>;

/// Few values, so that both sides often change a column to the same one.
Value random_value(SeededRandom& dice, std::size_t column) {
    const auto n = static_cast<std::int64_t>(dice.below(3));
    if (column == 1)
        return n == 0 ? Value{Null{}} : Value{std::string(1, static_cast<char>('a' + n))};
    if (column == 2) return n == 0 ? Value{Null{}} : Value{static_cast<double>(n)};
    if (column == 5) return n == 0 ? Value{Null{}} : point(static_cast<double>(n), 1);
    return n == 0 ? Value{Null{}} : Value{n};
}
constexpr std::size_t kColumns[] = {1, 2, 4, 5};

struct Trial {
    Geodatabase& file;
    SeededRandom& dice;
    const Layer& layer;
    GlobalId feature;
    std::vector<Conflict> conflicts;

    Trial(TestWorld& world, Geodatabase& geodatabase, SeededRandom& random)
        : file(geodatabase),
          dice(random),
          layer(geodatabase.layer("trees")),
          feature{Uuid::random(world.random)} {}

    template <class Work>
    void within(FeatureWriter::Tracking tracking, const Work& work) {
        sqlite::Transaction transaction(file.database());
        FeatureWriter writer(file, layer, tracking);
        work(writer);
        transaction.commit();
    }
    Rows random_row() {
        Rows row(layer.column_count());
        row[0] = feature.value.braced();
        for (const std::size_t column : kColumns) row[column] = random_value(dice, column);
        return row;
    }
    /// One edit of the user, in this generation or the next.
    void edit() {
        within(FeatureWriter::Tracking::Logged, [&](FeatureWriter&) {
            if (dice.below(3) == 0) file.timeline().close({}, 1, 0);
        });
        within(FeatureWriter::Tracking::Logged, [&](FeatureWriter& writer) {
            const auto oid = writer.find(feature);
            if (!oid) return;
            if (dice.below(8) == 0) {
                writer.erase(*oid);
                return;
            }
            std::vector<ColumnValue> changes;
            for (const std::size_t column : kColumns) {
                if (dice.below(2) == 0) changes.push_back({column, random_value(dice, column)});
            }
            if (!changes.empty()) writer.update(*oid, changes);
        });
    }
    void apply(const std::vector<ColumnValue>* theirs) {
        sqlite::Transaction transaction(file.database());
        ChangeApplier applier(
            file, layer, [&](Conflict&& conflict) { conflicts.push_back(std::move(conflict)); });
        if (theirs == nullptr) {
            applier.erase(feature);
        } else {
            wire::FeatureJson json;
            json.global_id = feature;
            json.values = *theirs;
            applier.put_feature(json);
        }
        transaction.commit();
    }
    std::optional<Rows> mine() {
        std::optional<Rows> row;
        within(FeatureWriter::Tracking::Unlogged, [&](FeatureWriter& writer) {
            if (const auto oid = writer.find(feature)) row = writer.read(*oid)->values;
        });
        return row;
    }
    std::optional<NetEdit> pending() {
        std::optional<NetEdit> found;
        NetEdits(file.database(), layer).each({}, [&](NetEdit&& edit) {
            if (edit.feature == feature) found = std::move(edit);
        });
        return found;
    }
};

/// The row of the service after it has taken what is pending.
std::optional<Rows> after_upload(std::optional<Rows> theirs, const std::optional<NetEdit>& edit) {
    if (!edit) return theirs;
    if (edit->kind == NetEdit::Kind::Insert) return edit->after;
    if (edit->kind == NetEdit::Kind::Delete) return std::nullopt;
    REQUIRE(theirs.has_value());
    for (const std::size_t column : edit->changed) {
        CHECK_FALSE((*theirs)[column] == edit->after[column]);
        (*theirs)[column] = edit->after[column];
    }
    return theirs;
}

}  // namespace

TEST_CASE("after a rebase, what is pending makes the service's row ours", "[rebase][law]") {
    TempFolder folder;
    TestWorld world;
    Geodatabase file = Geodatabase::create(folder / "device.gpkg", world.world());
    make_layer(file, trees_plan());
    file.database().execute("PRAGMA synchronous = OFF");
    SeededRandom dice{20261122};
    int conflicts = 0;
    for (int trial_number = 0; trial_number < 300; ++trial_number) {
        Trial trial(world, file, dice);
        INFO("trial " << trial_number);
        const bool there_before = dice.below(4) != 0;
        Rows base = trial.random_row();
        trial.within(
            there_before ? FeatureWriter::Tracking::Unlogged : FeatureWriter::Tracking::Logged,
            [&](FeatureWriter& writer) { writer.insert(base); });
        for (std::uint64_t edits = dice.below(4); edits > 0; --edits) trial.edit();

        const bool deleted_there = dice.below(5) == 0;
        std::optional<Rows> theirs = trial.random_row();
        for (const std::size_t column : kColumns) {
            if (dice.below(2) == 0) (*theirs)[column] = base[column];
        }
        std::vector<ColumnValue> values;
        for (const std::size_t column : kColumns) values.push_back({column, (*theirs)[column]});
        if (deleted_there) theirs.reset();
        trial.apply(deleted_there ? nullptr : &values);
        conflicts += static_cast<int>(trial.conflicts.size());

        const auto mine = trial.mine();
        const auto pending = trial.pending();
        CHECK((after_upload(theirs, pending) == mine));
        trial.conflicts.clear();
        trial.apply(deleted_there ? nullptr : &values);  // the same download once more
        CHECK((trial.mine() == mine));
        CHECK(trial.conflicts.empty());
    }
    CHECK(conflicts > 20);
}
