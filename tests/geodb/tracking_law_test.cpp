// SPDX-License-Identifier: Apache-2.0
//
// The law of the log: for all G < N, the net edits of (G, N] turn the state at G into the state at
// N, nothing more and nothing less, whoever made the edits and however.
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"
#include "tests/support/random_edits.hpp"

#include <map>
#include <set>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

struct Kept {
    ObjectId oid;
    std::vector<Value> values;
    bool operator==(const Kept&) const = default;
};
using State = std::map<GlobalId, Kept>;

State state_of(Geodatabase& file, const Layer& layer) {
    State state;
    std::string sql = "SELECT fid";
    for (std::size_t i = 0; i < layer.column_count(); ++i) {
        sql += ", " + sqlite::quoted_name(layer.column_name(i));
    }
    sqlite::Statement rows(file.database(), sql + " FROM " + sqlite::quoted_name(layer.table));
    while (rows.step()) {
        Kept row{{rows.column_int64(0)}, {}};
        for (int i = 0; i < static_cast<int>(layer.column_count()); ++i) {
            row.values.push_back(rows.column_value(i + 1));
        }
        const std::string id = std::get<std::string>(row.values[layer.global_id_index()]);
        const Uuid uuid = Uuid::parse(id).value();
        REQUIRE(uuid.braced() == id);
        REQUIRE(state.emplace(GlobalId{uuid}, row).second);
    }
    return state;
}

std::vector<std::size_t> differing(const std::vector<Value>& a, const std::vector<Value>& b) {
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] != b[i]) columns.push_back(i);
    }
    return columns;
}

/// Whether a row is `full` in the columns that changed, and in the others that or NULL.
bool is_told(const std::vector<Value>& row, const std::vector<Value>& full,
             const std::vector<std::size_t>& changed) {
    if (row.size() != full.size()) return false;
    for (std::size_t i = 0; i < row.size(); ++i) {
        const bool must = std::binary_search(changed.begin(), changed.end(), i);
        if (row[i] != full[i] && (must || !is_null(row[i]))) return false;
    }
    return true;
}

/// One edit against both states; true when it says something (traces do not).
bool check_edit(const NetEdit& edit, const State& base, const State& now,
                const WantedEdits& wanted) {
    const bool was = base.contains(edit.feature);
    const bool is = now.contains(edit.feature);
    switch (edit.kind) {
        case NetEdit::Kind::Insert:
            REQUIRE((!was && is));
            REQUIRE(edit.before.empty());
            REQUIRE(Kept{edit.oid, edit.after} == now.at(edit.feature));
            return true;
        case NetEdit::Kind::Update:
            REQUIRE((was && is));
            if (!wanted.whole_rows) {
                const auto& then = base.at(edit.feature).values;
                const auto& since = now.at(edit.feature).values;
                REQUIRE(edit.oid == now.at(edit.feature).oid);
                REQUIRE(edit.changed == differing(then, since));
                if (wanted.old_values) REQUIRE(is_told(edit.before, then, edit.changed));
                REQUIRE(is_told(edit.after, since, edit.changed));
                return !edit.changed.empty();
            }
            REQUIRE(edit.before == base.at(edit.feature).values);
            REQUIRE(Kept{edit.oid, edit.after} == now.at(edit.feature));
            REQUIRE(edit.changed == differing(edit.before, edit.after));
            return !edit.changed.empty();
        case NetEdit::Kind::Delete:
            break;
    }
    REQUIRE(!is);
    REQUIRE(edit.after.empty());
    if (!wanted.whole_rows && !wanted.by_object_id && !wanted.traces) {
        REQUIRE(was);
        return true;
    }
    REQUIRE(edit.before.empty() == !was);
    if (was) REQUIRE(Kept{edit.oid, edit.before} == base.at(edit.feature));
    return was;
}

class History {
public:
    History(Geodatabase& file, LayerId layer) : file_(file), layer_(layer) { close(); }

    void close() {
        sqlite::Transaction transaction(file_.database());
        if (!states_.empty()) file_.timeline().close({}, 0, 0);
        transaction.commit();
        states_.push_back(state_of(file_, layer()));
    }

    /// All pairs of generations, and each with the edits that no generation has yet.
    void check() const {
        const State now = state_of(file_, layer());
        for (std::size_t base = 0; base < states_.size(); ++base) {
            for (std::size_t until = base + 1; until < states_.size(); ++until) {
                check_range(base, until, states_[until]);
            }
            check_range(base, std::nullopt, now);
        }
    }

private:
    const Layer& layer() const { return file_.layer(layer_); }

    void check_range(std::size_t base, std::optional<std::size_t> until, const State& now) const {
        GenerationRange range{{static_cast<std::int64_t>(base)}, {}};
        if (until) range.until = Generation{static_cast<std::int64_t>(*until)};
        INFO("from generation " << base << " to " << (until ? std::to_string(*until) : "now"));
        for (const WantedEdits wanted :
             {WantedEdits{}, WantedEdits{.traces = true}, WantedEdits{.whole_rows = false},
              WantedEdits{.traces = true, .whole_rows = false},
              WantedEdits{.whole_rows = false, .by_object_id = false},
              WantedEdits{.whole_rows = false, .old_values = false, .by_object_id = false}}) {
            std::set<GlobalId> edited;
            std::set<GlobalId> seen;
            NetEdits(file_.database(), layer())
                .each(
                    range,
                    [&](NetEdit&& edit) {
                        INFO(edit.feature.value.braced() << ", row " << edit.oid.value << ", kind "
                                                         << static_cast<int>(edit.kind));
                        REQUIRE(seen.insert(edit.feature).second);
                        const bool says_something = check_edit(edit, states_[base], now, wanted);
                        REQUIRE((says_something || wanted.traces));
                        if (says_something) edited.insert(edit.feature);
                        REQUIRE_FALSE(edit.touched_in.empty());
                        REQUIRE(edit.touched_in.front() > range.base);
                        if (range.until) REQUIRE(edit.touched_in.back() <= *range.until);
                        REQUIRE(std::is_sorted(edit.touched_in.begin(), edit.touched_in.end()));
                    },
                    wanted);
            check_nothing_missing(states_[base], now, edited);
        }
    }

    static void check_nothing_missing(const State& base, const State& now,
                                      const std::set<GlobalId>& edited) {
        for (const auto& [feature, row] : now) {
            const auto was = base.find(feature);
            const bool differs = was == base.end() || was->second.values != row.values;
            INFO(feature.value.braced());
            REQUIRE(edited.contains(feature) == differs);
        }
        for (const auto& [feature, row] : base) {
            INFO(feature.value.braced());
            if (!now.contains(feature)) REQUIRE(edited.contains(feature));
        }
    }

    Geodatabase& file_;
    LayerId layer_;
    std::vector<State> states_;
};

/// Every row is found by its box. (A row removed by OR REPLACE leaves its box behind, as the
/// standard's triggers have it; nobody finds a row there.)
void check_rtree(Geodatabase& file, const Layer& layer) {
    if (!layer.geometry) return;
    const std::string tree = "rtree_" + layer.table + "_geom";
    REQUIRE(file.database().text_of("SELECT rtreecheck('" + tree + "')") == "ok");
    REQUIRE(file.database().int64_of("SELECT count(*) FROM " + layer.table +
                                     " WHERE geom IS NOT NULL AND fid NOT IN "
                                     "(SELECT id FROM " +
                                     tree +
                                     " WHERE minx <= ST_MinX(geom) AND maxx >= ST_MaxX(geom)"
                                     " AND miny <= ST_MinY(geom) AND maxy >= ST_MaxY(geom))") == 0);
}

constexpr std::uint64_t kSequences = 100;  // of each kind of layer
constexpr int kGenerations = 4;

struct Length {
    int generations = kGenerations;
    int edits = 8;  ///< in each of them, and after the last
};

void check_law(const LayerPlan& plan, const std::string& users_triggers, std::uint64_t seed,
               Length length = {}) {
    INFO("seed " << seed);
    const TempFolder folder;
    TestWorld world;
    world.random = SeededRandom(seed);
    Geodatabase file = Geodatabase::create(folder / "law.gpkg", world.world());
    file.database().execute("PRAGMA synchronous = OFF");
    const LayerId layer = make_layer(file, plan).id;
    file.database().execute(users_triggers);
    file.reload();
    REQUIRE(file.layer(layer).has_foreign_triggers == !users_triggers.empty());

    History history(file, layer);
    RandomEdits edits(file, layer, seed);
    for (int generation = 0; generation <= length.generations; ++generation) {
        for (int i = 0; i < length.edits; ++i) edits.edit();
        if (generation < length.generations) history.close();
    }
    INFO(edits.history());
    history.check();
    check_rtree(file, file.layer(layer));
    REQUIRE(file.database().text_of("PRAGMA integrity_check") == "ok");
}

LayerPlan wide_plan(int fields) {
    LayerPlan plan;
    plan.name = "wide";
    plan.geometry = GeometryColumn{};
    for (int i = 0; i < fields; ++i) {
        plan.fields.push_back(field("field " + std::to_string(i), FieldType::String));
    }
    return plan;
}

}  // namespace

TEST_CASE("net edits turn the state at any generation into that at any later one",
          "[tracking][law]") {
    for (std::uint64_t seed = 1; seed <= kSequences; ++seed) check_law(trees_plan(), "", seed);
    for (std::uint64_t seed = 1; seed <= kSequences; ++seed) check_law(visits_plan(), "", seed);
}

TEST_CASE("the law of the log holds within a long generation", "[tracking][law]") {
    const Length one_after_the_first{1, 60};
    for (std::uint64_t seed = 1; seed <= kSequences / 2; ++seed) {
        check_law(trees_plan(), "", seed, one_after_the_first);
        check_law(visits_plan(), "", seed, one_after_the_first);
    }
}

TEST_CASE("the law of the log holds where users' own triggers edit rows", "[tracking][law]") {
    // Made after ours, so SQLite runs them first.
    const std::string triggers =
        "CREATE TRIGGER stamp AFTER INSERT ON trees BEGIN"
        "  UPDATE trees SET species = 'stamped' WHERE fid = NEW.fid; END;"
        "CREATE TRIGGER count_edits AFTER UPDATE OF species ON trees BEGIN"
        "  UPDATE trees SET site_order = ifnull(site_order, 0) + 1 WHERE fid = NEW.fid; END;"
        "CREATE TRIGGER before_all BEFORE UPDATE OF dbh ON trees BEGIN"
        "  UPDATE trees SET planted = 'soon' WHERE fid IN (OLD.fid, OLD.fid + 1); END;"
        "CREATE TRIGGER neighbours AFTER DELETE ON trees BEGIN"
        "  DELETE FROM trees WHERE fid = OLD.fid + 3;"
        "  UPDATE trees SET dbh = 100 WHERE fid = OLD.fid - 1; END;";
    for (std::uint64_t seed = 1; seed <= kSequences; ++seed) {
        check_law(trees_plan(), triggers, seed);
    }
}

TEST_CASE("the law of the log holds at and beyond the columns that its mask can name",
          "[tracking][law]") {
    for (const int fields : {60, 61, 62, 70}) {
        for (std::uint64_t seed = 1; seed <= kSequences / 5; ++seed) {
            check_law(wide_plan(fields), "", seed);
        }
    }
}
