// SPDX-License-Identifier: Apache-2.0
#include "geodb/tracking/net_edits.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "platform/error.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <unordered_set>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;
using sqlite::Statement;

constexpr int kGeneration = 0;  // columns of the joined row
constexpr int kFid = 1;
constexpr int kExisted = 2;
constexpr int kKnown = 3;
constexpr int kFirstOld = 4;

/// One column of a feature at some point of the timeline.
using State = std::vector<Value>;

/// Log entries of one feature joined with its row now, oldest first, folded as they come.
struct Fold {
    ObjectId oid;
    bool open = false;
    bool existed_at_base = false;
    bool reused = false;  ///< a later entry begins another life under this object id
    bool exists_now = false;
    State before, now, after;
    std::int64_t before_known = 0;  ///< columns whose value at the base is settled
    std::int64_t after_known = 0;
    std::optional<bool> existed_after;  ///< at the end of the range, from the first later entry
    std::vector<Generation> touched_in;
    std::size_t entries = 0;
};

bool knows(const Layer& layer, std::int64_t known, std::size_t column) {
    return (known & known_bit(layer, column)) != 0;
}

/// Lays the old values of one entry over the columns that no earlier entry settled.
void overlay(const Layer& layer, const Statement& row, State& state, std::int64_t& settled) {
    const std::int64_t known = row.column_int64(kKnown);
    for (std::size_t column = 0; column < layer.column_count(); ++column) {
        if (!knows(layer, known, column) || knows(layer, settled, column)) continue;
        state[column] = row.column_value(kFirstOld + static_cast<int>(column));
    }
    settled |= known;
}

std::string joined_sql(const Layer& layer, bool one_generation) {
    std::string sql = "SELECT e.generation, e.fid, e.existed, e.known";
    for (std::size_t i = 0; i < layer.column_count(); ++i) sql += ", e." + old_column(layer, i);
    sql += ", t." + quoted_name(layer.fid_column);
    for (std::size_t i = 0; i < layer.column_count(); ++i) {
        sql += ", t." + quoted_name(layer.column_name(i));
    }
    // The log drives and the features are looked up; a LEFT JOIN is never turned round. Within one
    // generation the log is in the order of fids already.
    return sql + " FROM " + edit_table(layer.id) + " e LEFT JOIN " + quoted_name(layer.table) +
           " t ON t." + quoted_name(layer.fid_column) +
           " = e.fid WHERE e.generation > ?1 ORDER BY " +
           (one_generation ? "e.generation, e.fid" : "e.fid, e.generation");
}

/// Whether at most one generation has entries after `base`: two look-ups in the primary key.
bool only_one_generation(sqlite::Database& database, const Layer& layer, Generation base) {
    Statement ends(database, "SELECT (SELECT min(generation) FROM " + edit_table(layer.id) +
                                 " WHERE generation > ?1), (SELECT max(generation) FROM " +
                                 edit_table(layer.id) + " WHERE generation > ?1)");
    ends.bind(1, base.value).step();
    return ends.column_int64(0) == ends.column_int64(1);
}

/// Features that stood under more than one object id after `base`: deleted and inserted again, or
/// given another number. Whoever leaves an object id is in the log with the whole row.
std::unordered_set<GlobalId> moved_features(sqlite::Database& database, const Layer& layer,
                                            Generation base, bool one_generation) {
    const std::string id = quoted_name(layer.global_id_column);
    const std::string old_id = "e." + old_column(layer, layer.global_id_index());
    const std::string is_back =
        "EXISTS (SELECT 1 FROM " + quoted_name(layer.table) + " b WHERE b." + id + " = ";
    const std::string left = " FROM " + edit_table(layer.id) + " e LEFT JOIN " +
                             quoted_name(layer.table) + " t ON t." + quoted_name(layer.fid_column) +
                             " = e.fid WHERE e.generation > ?1 AND " + old_id +
                             " IS NOT NULL AND t." + id + " IS NOT " + old_id;
    // Within one generation nobody leaves two object ids, so there is nothing to group.
    Statement moved(database, one_generation
                                  ? "SELECT " + old_id + left + " AND " + is_back + old_id + ")"
                                  : "SELECT id FROM (SELECT DISTINCT e.fid, " + old_id + " AS id" +
                                        left + ") GROUP BY id HAVING count(*) > 1 OR " + is_back +
                                        "id)");
    std::unordered_set<GlobalId> features;
    moved.bind(1, base.value);
    while (moved.step()) {
        if (const auto uuid = Uuid::parse(moved.column_text(0))) features.insert({*uuid});
    }
    return features;
}

std::vector<std::size_t> differing_columns(const State& before, const State& after) {
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (before[i] != after[i]) columns.push_back(i);
    }
    return columns;
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
    Folder(const Layer& layer, GenerationRange range, const NetEdits::OnEdit& on_edit, bool traces,
           std::unordered_set<GlobalId> moved)
        : layer_(layer),
          range_(range),
          on_edit_(on_edit),
          traces_(traces),
          moved_(std::move(moved)) {}

    void take(const Statement& row) {
        if (!fold_.open || fold_.oid.value != row.column_int64(kFid)) {
            finish_feature();
            begin(row);
        }
        const Generation generation{row.column_int64(kGeneration)};
        const bool within = !range_.until || generation <= *range_.until;
        const bool existed = row.column_int64(kExisted) != 0;
        if (within) {
            if (fold_.touched_in.empty()) fold_.existed_at_base = existed;
            fold_.touched_in.push_back(generation);
        } else {
            if (!fold_.existed_after) fold_.existed_after = existed;
            overlay(layer_, row, fold_.after, fold_.after_known);
        }
        fold_.reused = fold_.reused || (fold_.entries > 0 && !existed);
        if (!fold_.reused) overlay(layer_, row, fold_.before, fold_.before_known);
        ++fold_.entries;
    }

    void finish() {
        finish_feature();
        reunion_.hand_over(on_edit_, traces_);
    }

private:
    void begin(const Statement& row) {
        fold_ = Fold{};
        fold_.open = true;
        fold_.oid = {row.column_int64(kFid)};
        const int first_now = kFirstOld + static_cast<int>(layer_.column_count()) + 1;
        fold_.exists_now = !row.is_null(first_now - 1);
        fold_.now.resize(layer_.column_count());
        for (std::size_t i = 0; fold_.exists_now && i < layer_.column_count(); ++i) {
            fold_.now[i] = row.column_value(first_now + static_cast<int>(i));
        }
        fold_.before = fold_.now;
        fold_.after = fold_.now;
    }

    GlobalId identity(const State& state) const {
        const auto* text = std::get_if<std::string>(&state[layer_.global_id_index()]);
        const auto uuid = text != nullptr ? Uuid::parse(*text) : std::nullopt;
        if (uuid) return {*uuid};
        throw Error(Status::CorruptData, "layer '" + layer_.name + "', row " +
                                             std::to_string(fold_.oid.value) +
                                             " has no valid GlobalID");
    }

    NetEdit edit_of(NetEdit::Kind kind) {
        NetEdit edit{kind, fold_.oid, {}, {}, {}, {}, std::move(fold_.touched_in)};
        edit.feature = identity(kind == NetEdit::Kind::Insert ? fold_.after : fold_.before);
        if (kind != NetEdit::Kind::Insert) edit.before = std::move(fold_.before);
        if (kind != NetEdit::Kind::Delete) edit.after = std::move(fold_.after);
        return edit;
    }

    void finish_feature() {
        if (!fold_.open) return;
        fold_.open = false;
        if (!fold_.touched_in.empty()) emit();
    }

    void hand_over(NetEdit&& edit) {
        if (moved_.contains(edit.feature)) {
            reunion_.add(std::move(edit));
        } else if (traces_ || !is_trace(edit)) {
            on_edit_(std::move(edit));
        }
    }

    void emit() {
        const bool exists = fold_.existed_after.value_or(fold_.exists_now);
        if (!exists && !fold_.existed_at_base) return emit_trace();
        if (!fold_.existed_at_base) return hand_over(edit_of(NetEdit::Kind::Insert));
        if (!exists) return hand_over(edit_of(NetEdit::Kind::Delete));
        if (identity(fold_.before) != identity(fold_.after)) return emit_replaced();
        std::vector<std::size_t> changed = differing_columns(fold_.before, fold_.after);
        NetEdit edit = edit_of(NetEdit::Kind::Update);
        edit.changed = std::move(changed);
        hand_over(std::move(edit));
    }

    /// Another feature stands under the same object id: one is gone, the other new.
    void emit_replaced() {
        NetEdit gone{NetEdit::Kind::Delete, fold_.oid, identity(fold_.before), fold_.before, {}, {},
                     fold_.touched_in};
        hand_over(std::move(gone));
        hand_over(edit_of(NetEdit::Kind::Insert));
    }

    /// Made and deleted within the range. Its identity is known only when it was deleted there.
    void emit_trace() {
        const bool identified = knows(layer_, fold_.before_known, layer_.global_id_index());
        if (!identified) return;
        NetEdit edit{NetEdit::Kind::Delete,      fold_.oid, identity(fold_.before), {}, {}, {},
                     std::move(fold_.touched_in)};
        hand_over(std::move(edit));
    }

    const Layer& layer_;
    GenerationRange range_;
    const NetEdits::OnEdit& on_edit_;
    bool traces_;
    std::unordered_set<GlobalId> moved_;
    Reunion reunion_;
    Fold fold_;
};

}  // namespace

void NetEdits::each(GenerationRange range, const OnEdit& on_edit, bool keep_traces) const {
    // All statements must see the same edits: another program may commit at any time. Once the
    // last one runs, it keeps what it sees without a transaction.
    std::optional<sqlite::Transaction> same_view;
    if (!database_.in_transaction()) same_view.emplace(database_, sqlite::Transaction::Deferred);
    const bool one_generation = only_one_generation(database_, layer_, range.base);
    Folder folder(layer_, range, on_edit, keep_traces,
                  moved_features(database_, layer_, range.base, one_generation));
    Statement rows(database_, joined_sql(layer_, one_generation));
    rows.bind(1, range.base.value);
    bool more = rows.step();
    if (same_view) same_view->commit();
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
