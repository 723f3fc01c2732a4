// SPDX-License-Identifier: Apache-2.0
#include "geodb/tracking/net_edits.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "geodb/tracking/generation_edits.hpp"
#include "geodb/tracking/moved_features.hpp"
#include "geodb/tracking/net_edit_parts.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <unordered_set>
#include <utility>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;
using sqlite::Statement;

constexpr int kGeneration = 0;  // columns of the joined row
constexpr int kFid = 1;
constexpr int kExisted = 2;
constexpr int kKnown = 3;
constexpr int kFirstOld = 4;

/// The columns of a feature at some point of the timeline.
using State = std::vector<Value>;

/// The bits of the layer's columns, since they are asked for with every value.
struct ColumnBits {
    explicit ColumnBits(const Layer& layer) {
        for (std::size_t i = 0; i < layer.column_count(); ++i) bits.push_back(known_bit(layer, i));
    }
    bool knows(std::int64_t known, std::size_t column) const { return (known & bits[column]) != 0; }
    std::vector<std::int64_t> bits;
};

/// Leaves only the columns of a mask.
void keep_only(const ColumnBits& bits, std::int64_t kept, State& state) {
    if (kept == kAllColumns) return;
    for (std::size_t column = 0; column < state.size(); ++column) {
        if (!bits.knows(kept, column) && !is_null(state[column])) state[column] = Null{};
    }
}

/// Old values that log entries tell; the first to tell a column counts.
struct Overlay {
    State values;
    std::int64_t known = 0;

    void add(const ColumnBits& bits, const Statement& row, std::int64_t told) {
        if ((told & ~known) == 0) return;
        for (std::size_t column = 0; column < values.size(); ++column) {
            if (!bits.knows(told, column) || bits.knows(known, column)) continue;
            row.read_column(kFirstOld + static_cast<int>(column), values[column]);
        }
        known |= told;
    }

    /// Lays the values told over those columns of `below` that are in a mask, into `state`.
    void over(const ColumnBits& bits, const State& below, std::int64_t wanted, State& state) {
        state.resize(below.size());
        for (std::size_t column = 0; column < below.size(); ++column) {
            if (bits.knows(known, column)) {
                std::swap(state[column], values[column]);
            } else if (bits.knows(wanted, column)) {
                state[column] = below[column];
            } else if (!is_null(state[column])) {
                state[column] = Null{};
            }
        }
    }
};

/// Log entries of one feature joined with its row now, oldest first, folded as they come. One
/// object serves all features: what it holds of the last one is overwritten, its memory kept.
struct Fold {
    ObjectId oid;
    bool open = false;
    bool existed_at_base = false;
    bool reused = false;  ///< a later entry begins another life under this object id
    bool exists_now = false;
    State now;
    std::int64_t read = 0;  ///< the columns of `now` that are of this feature
    Overlay before, after;
    std::optional<bool> existed_after;  ///< at the end of the range, from the first later entry
    std::vector<Generation> touched_in;
    std::size_t entries = 0;

    explicit Fold(std::size_t columns)
        : now(columns), before{State(columns), 0}, after{State(columns), 0} {}

    void begin(ObjectId feature) {
        oid = feature;
        open = true;
        existed_at_base = false;
        reused = false;
        read = 0;
        before.known = 0;
        after.known = 0;
        existed_after.reset();
        touched_in.clear();
        entries = 0;
    }
};

/// The log entries after a generation, by feature. Only their keys are sorted, not their rows: a
/// query with a LIMIT is never merged into the one around it.
std::string entries_sql(const Layer& layer, bool one_generation) {
    const std::string log = edit_table(layer.id);
    // Within one generation the log is in the order of fids already.
    if (one_generation) return log + " e";
    return "(SELECT generation, fid FROM " + log +
           " WHERE generation > ?1 ORDER BY fid, generation LIMIT -1) k CROSS JOIN " + log +
           " e ON e.generation = k.generation AND e.fid = k.fid";
}

std::string joined_sql(const Layer& layer, bool one_generation) {
    std::string sql = "SELECT e.generation, e.fid, e.existed, e.known";
    for (std::size_t i = 0; i < layer.column_count(); ++i) sql += ", e." + old_column(layer, i);
    sql += ", t." + quoted_name(layer.fid_column);
    for (std::size_t i = 0; i < layer.column_count(); ++i) {
        sql += ", t." + quoted_name(layer.column_name(i));
    }
    // The log drives and the features are looked up; a LEFT JOIN is never turned round.
    sql += " FROM " + entries_sql(layer, one_generation) + " LEFT JOIN " +
           quoted_name(layer.table) + " t ON t." + quoted_name(layer.fid_column) + " = e.fid";
    if (one_generation) sql += " WHERE e.generation > ?1 ORDER BY e.generation, e.fid";
    return sql;
}

/// The first and the last generation that have entries after `base`, 0 when there is none: two
/// look-ups in the primary key.
std::pair<Generation, Generation> generations_after(sqlite::Database& database, const Layer& layer,
                                                    Generation base) {
    Statement ends(database, "SELECT (SELECT min(generation) FROM " + edit_table(layer.id) +
                                 " WHERE generation > ?1), (SELECT max(generation) FROM " +
                                 edit_table(layer.id) + " WHERE generation > ?1)");
    ends.bind(1, base.value).step();
    return {{ends.column_int64(0)}, {ends.column_int64(1)}};
}

/// Whether a receiver takes edits in the way that a single generation is quickest to tell.
bool takes_lean_edits(const WantedEdits& wanted) {
    return !wanted.traces && !wanted.whole_rows && !wanted.by_object_id;
}

/// Nothing differs between the two ends of the range.
bool is_trace(const NetEdit& edit) {
    return edit.kind == NetEdit::Kind::Update   ? edit.changed.empty()
           : edit.kind == NetEdit::Kind::Delete ? edit.before.empty()
                                                : false;
}

/// Makes one edit of what was seen of one feature under several object ids.
class Reunion {
public:
    void add(NetEdit&& edit) {
        Parts& parts = by_feature_[edit.feature];
        std::vector<Generation> touched;
        std::set_union(parts.touched_in.begin(), parts.touched_in.end(), edit.touched_in.begin(),
                       edit.touched_in.end(), std::back_inserter(touched));
        parts.touched_in = std::move(touched);
        const bool came_and_went = edit.kind == NetEdit::Kind::Delete && is_trace(edit);
        auto& part = came_and_went                        ? parts.trace
                     : edit.kind == NetEdit::Kind::Delete ? parts.gone
                                                          : parts.made;
        part = std::move(edit);
    }

    void hand_over(const NetEdits::OnEdit& on_edit, bool traces) {
        for (auto& [feature, parts] : by_feature_) {
            NetEdit edit = reunited(parts);
            edit.touched_in = std::move(parts.touched_in);
            if (traces || !is_trace(edit)) on_edit(std::move(edit));
        }
    }

private:
    struct Parts {
        std::optional<NetEdit> gone, made, trace;
        std::vector<Generation> touched_in;
    };

    static NetEdit reunited(Parts& parts) {
        if (!parts.made) return std::move(*(parts.gone ? parts.gone : parts.trace));
        NetEdit edit = std::move(*parts.made);
        if (!parts.gone) return edit;
        edit.kind = NetEdit::Kind::Update;
        edit.before = std::move(parts.gone->before);
        edit.changed = differing_columns(edit.before, edit.after);
        return edit;
    }

    std::map<GlobalId, Parts> by_feature_;
};

class Folder {
public:
    Folder(const Layer& layer, GenerationRange range, const NetEdits::OnEdit& on_edit,
           WantedEdits wanted, std::unordered_set<GlobalId> moved)
        : layer_(layer),
          range_(range),
          on_edit_(on_edit),
          wanted_(wanted),
          moved_(std::move(moved)),
          fold_(layer.column_count()) {}

    void take(const Statement& row) {
        const ObjectId oid{row.column_int64(kFid)};
        if (!fold_.open || fold_.oid != oid) {
            finish_feature();
            begin(oid, row);
        }
        const Generation generation{row.column_int64(kGeneration)};
        const bool within = !range_.until || generation <= *range_.until;
        const bool existed = row.column_int64(kExisted) != 0;
        const std::int64_t known = row.column_int64(kKnown);
        read_now(row, wanted_columns(existed, known));
        if (within) {
            if (fold_.touched_in.empty()) fold_.existed_at_base = existed;
            fold_.touched_in.push_back(generation);
        } else {
            if (!fold_.existed_after) fold_.existed_after = existed;
            fold_.after.add(bits_, row, known);
        }
        fold_.reused = fold_.reused || (fold_.entries > 0 && !existed);
        if (!fold_.reused) fold_.before.add(bits_, row, known);
        ++fold_.entries;
    }

    void finish() {
        finish_feature();
        reunion_.hand_over(on_edit_, wanted_.traces);
    }

private:
    void begin(ObjectId feature, const Statement& row) {
        fold_.begin(feature);
        fold_.exists_now = !row.is_null(first_now_ - 1);
        fold_.now.resize(layer_.column_count());
    }

    /// Who stood here before is told by GlobalID: then one row may be gone and the other new.
    std::int64_t wanted_columns(bool existed, std::int64_t known) const {
        const bool whole = wanted_.whole_rows || !existed || bits_.knows(known, global_id_);
        return whole ? kAllColumns : known | bits_.bits[global_id_];
    }

    /// Reads columns of the row as it is now, each once.
    void read_now(const Statement& row, std::int64_t columns) {
        if ((columns & ~fold_.read) == 0) return;
        for (std::size_t i = 0; i < fold_.now.size(); ++i) {
            if (!bits_.knows(columns, i) || bits_.knows(fold_.read, i)) continue;
            row.read_column(first_now_ + static_cast<int>(i), fold_.now[i]);
        }
        fold_.read |= columns;
    }

    GlobalId identity(const State& state) const {
        const auto* text = std::get_if<std::string>(&state[global_id_]);
        return identity_of(layer_, fold_.oid, text != nullptr ? *text : std::string_view());
    }

    void fill_before() { fold_.before.over(bits_, fold_.now, fold_.read, edit_.before); }
    /// After fill_before: it may take the row itself.
    void fill_after() {
        if (fold_.after.known == 0) {
            edit_.after.swap(fold_.now);
            keep_only(bits_, fold_.read, edit_.after);
        } else {
            fold_.after.over(bits_, fold_.now, fold_.read, edit_.after);
        }
    }

    void start_edit(NetEdit::Kind kind) {
        edit_.kind = kind;
        edit_.oid = fold_.oid;
        edit_.touched_in.swap(fold_.touched_in);
        edit_.changed.clear();
    }

    void finish_feature() {
        if (!fold_.open) return;
        fold_.open = false;
        if (!fold_.touched_in.empty()) emit();
    }

    /// A receiver that does not take the edit leaves its memory for the next one.
    void hand_over(NetEdit& edit) {
        if (!moved_.empty() && moved_.contains(edit.feature)) {
            reunion_.add(std::move(edit));
        } else if (wanted_.traces || !is_trace(edit)) {
            on_edit_(std::move(edit));
        }
    }

    void emit() {
        const bool exists = fold_.existed_after.value_or(fold_.exists_now);
        if (exists && fold_.existed_at_base) return emit_update();
        if (exists) return emit_insert();
        if (fold_.existed_at_base) return emit_delete();
        // Made and deleted within the range. Its identity is known when it was deleted there.
        const bool identified = bits_.knows(fold_.before.known, global_id_);
        if (!identified) return;
        start_edit(NetEdit::Kind::Delete);
        fill_before();
        edit_.feature = identity(edit_.before);
        edit_.before.clear();
        edit_.after.clear();
        hand_over(edit_);
    }

    void emit_insert() {
        start_edit(NetEdit::Kind::Insert);
        edit_.before.clear();
        fill_after();
        edit_.feature = identity(edit_.after);
        hand_over(edit_);
    }

    void emit_delete() {
        start_edit(NetEdit::Kind::Delete);
        fill_before();
        edit_.after.clear();
        edit_.feature = identity(edit_.before);
        hand_over(edit_);
    }

    void emit_update() {
        start_edit(NetEdit::Kind::Update);
        fill_before();
        fill_after();
        edit_.feature = identity(edit_.after);
        const std::int64_t told = fold_.before.known | fold_.after.known;
        const bool same_text =
            !bits_.knows(told, global_id_) || edit_.before[global_id_] == edit_.after[global_id_];
        if (!same_text && identity(edit_.before) != edit_.feature) return emit_replaced();
        // What no entry tells is the same at both ends.
        for (std::size_t i = 0; i < edit_.before.size(); ++i) {
            const bool differs = bits_.knows(told, i) && edit_.before[i] != edit_.after[i];
            if (differs) edit_.changed.push_back(i);
        }
        hand_over(edit_);
    }

    /// Another feature stands under the same object id: one is gone, the other new.
    void emit_replaced() {
        NetEdit gone = edit_;
        gone.kind = NetEdit::Kind::Delete;
        gone.feature = identity(gone.before);
        gone.after.clear();
        hand_over(gone);
        edit_.kind = NetEdit::Kind::Insert;
        edit_.before.clear();
        hand_over(edit_);
    }

    const Layer& layer_;
    const ColumnBits bits_{layer_};
    const std::size_t global_id_ = layer_.global_id_index();
    const int first_now_ = kFirstOld + static_cast<int>(layer_.column_count()) + 1;
    GenerationRange range_;
    const NetEdits::OnEdit& on_edit_;
    WantedEdits wanted_;
    std::unordered_set<GlobalId> moved_;
    Reunion reunion_;
    Fold fold_;
    NetEdit edit_{};
};

}  // namespace

void NetEdits::each(GenerationRange range, const OnEdit& on_edit, WantedEdits wanted) const {
    // While this one stands on a row, all statements see the same edits: another program may commit
    // at any time. Once the last of them runs, it keeps what it sees by itself.
    std::optional<Statement> same_view(std::in_place, database_, "SELECT 1 FROM sqlite_schema");
    same_view->step();
    const auto [first, last] = generations_after(database_, layer_, range.base);
    const bool within = !range.until || last <= *range.until;
    if (first == last && within && takes_lean_edits(wanted) && masks_name_columns(layer_)) {
        return each_edit_of_generation(database_, layer_, last, on_edit, wanted.old_values);
    }
    Folder folder(layer_, range, on_edit, wanted, moved_features(database_, layer_, range.base));
    Statement rows(database_, joined_sql(layer_, first == last));
    rows.bind(1, range.base.value);
    bool more = rows.step();
    same_view.reset();
    for (; more; more = rows.step()) folder.take(rows);
    folder.finish();
}

std::int64_t NetEdits::count_touched(GenerationRange range) const {
    Statement count(database_, "SELECT count(DISTINCT fid) FROM " + edit_table(layer_.id) +
                                   " WHERE generation > ?1 AND generation <= ?2");
    count.bind(1, range.base.value);
    const auto no_end = std::numeric_limits<std::int64_t>::max();
    count.bind(2, range.until ? range.until->value : no_end).step();
    return count.column_int64(0);
}

}  // namespace rhumb::geodb
