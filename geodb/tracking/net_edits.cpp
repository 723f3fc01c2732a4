// SPDX-License-Identifier: Apache-2.0
#include "geodb/tracking/net_edits.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "platform/error.hpp"

#include <algorithm>
#include <limits>

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
    bool exists_now = false;
    State before, now, after;
    std::int64_t before_known = 0;  ///< columns whose value at the base is settled
    std::int64_t after_known = 0;
    std::optional<bool> existed_after;  ///< at the end of the range, from the first later entry
    std::vector<Generation> touched_in;
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
           " t ON t." + quoted_name(layer.fid_column) + " = e.fid WHERE e.generation > ?1 ORDER BY " +
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

class Folder {
public:
    Folder(const Layer& layer, GenerationRange range, const NetEdits::OnEdit& on_edit, bool traces)
        : layer_(layer), range_(range), on_edit_(on_edit), traces_(traces) {}

    void take(const Statement& row) {
        if (!fold_.open || fold_.oid.value != row.column_int64(kFid)) {
            finish();
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
        overlay(layer_, row, fold_.before, fold_.before_known);
    }

    void finish() {
        if (!fold_.open) return;
        fold_.open = false;
        if (fold_.touched_in.empty()) return;
        emit();
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

    void emit() {
        const bool exists = fold_.existed_after.value_or(fold_.exists_now);
        if (!exists && !fold_.existed_at_base) return emit_trace();
        if (!fold_.existed_at_base) return on_edit_(edit_of(NetEdit::Kind::Insert));
        if (!exists) return on_edit_(edit_of(NetEdit::Kind::Delete));
        if (identity(fold_.before) != identity(fold_.after)) return emit_replaced();
        std::vector<std::size_t> changed;
        for (std::size_t i = 0; i < layer_.column_count(); ++i) {
            if (fold_.before[i] != fold_.after[i]) changed.push_back(i);
        }
        if (changed.empty() && !traces_) return;
        NetEdit edit = edit_of(NetEdit::Kind::Update);
        edit.changed = std::move(changed);
        on_edit_(std::move(edit));
    }

    /// Another feature stands under the same object id: one is gone, the other new.
    void emit_replaced() {
        NetEdit gone{NetEdit::Kind::Delete, fold_.oid, identity(fold_.before), fold_.before, {}, {},
                     fold_.touched_in};
        on_edit_(std::move(gone));
        on_edit_(edit_of(NetEdit::Kind::Insert));
    }

    /// Made and deleted within the range. Its identity is known only when it was deleted there.
    void emit_trace() {
        const bool identified = !is_null(fold_.before[layer_.global_id_index()]);
        if (!traces_ || !identified) return;
        NetEdit edit{NetEdit::Kind::Delete, fold_.oid, identity(fold_.before), {}, {}, {},
                     std::move(fold_.touched_in)};
        on_edit_(std::move(edit));
    }

    const Layer& layer_;
    GenerationRange range_;
    const NetEdits::OnEdit& on_edit_;
    bool traces_;
    Fold fold_;
};

}  // namespace

void NetEdits::each(GenerationRange range, const OnEdit& on_edit, bool keep_traces) const {
    Folder folder(layer_, range, on_edit, keep_traces);
    Statement rows(database_,
                   joined_sql(layer_, only_one_generation(database_, layer_, range.base)));
    rows.bind(1, range.base.value);
    while (rows.step()) folder.take(rows);
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
