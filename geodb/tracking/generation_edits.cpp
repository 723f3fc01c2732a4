// SPDX-License-Identifier: Apache-2.0
#include "geodb/tracking/generation_edits.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "geodb/tracking/net_edit_parts.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;
using sqlite::Statement;

constexpr int kLookedAhead = 64;  // entries that show which columns are edited here
constexpr auto kFirstFid = std::numeric_limits<std::int64_t>::min();

constexpr int kFid = 0;  // columns of the walk
constexpr int kExisted = 1;
constexpr int kKnown = 2;
constexpr int kOldId = 3;
constexpr int kRowFid = 4;
constexpr int kRowId = 5;
constexpr int kFirstPair = 6;  // then for each column its old value and the one now

/// The entries of a generation joined with the rows as they are now, of the columns that a mask
/// tells.
struct Walk {
    struct Column {
        std::size_t index;  ///< as counted in Layer
        std::int64_t bit;
        int old;
    };

    Walk(sqlite::Database& database, const Layer& layer, Generation generation, std::int64_t told,
         std::int64_t from)
        : columns(told_columns(layer, told)), rows(database, sql(layer, columns, from)) {
        rows.bind(1, generation.value);
        if (from != kFirstFid) rows.bind(2, from);
    }

    static std::vector<Column> told_columns(const Layer& layer, std::int64_t told) {
        std::vector<Column> columns;
        int at = kFirstPair;
        for (std::size_t i = 0; i < layer.column_count(); ++i) {
            const std::int64_t bit = known_bit(layer, i);
            if ((told & bit) == 0) continue;
            columns.push_back({i, bit, at});
            at += 2;
        }
        return columns;
    }

    static std::string sql(const Layer& layer, const std::vector<Column>& columns,
                           std::int64_t from) {
        const std::string fid = "t." + quoted_name(layer.fid_column);
        std::string text = "SELECT e.fid, e.existed, e.known, e." +
                           old_column(layer, layer.global_id_index()) + ", " + fid + ", t." +
                           quoted_name(layer.global_id_column);
        for (const Column& column : columns) {
            text += ", e." + old_column(layer, column.index) + ", t." +
                    quoted_name(layer.column_name(column.index));
        }
        // The log drives and the rows are looked up; a LEFT JOIN is never turned round. There is
        // no later generation: from the beginning, an open end spares asking where it ends.
        return text + " FROM " + edit_table(layer.id) + " e LEFT JOIN " + quoted_name(layer.table) +
               " t ON " + fid + " = e.fid WHERE " +
               (from == kFirstFid ? "e.generation >= ?1" : "e.generation = ?1 AND e.fid >= ?2") +
               " ORDER BY e.generation, e.fid";
    }

    std::vector<Column> columns;
    Statement rows;
};

/// Object ids without a gap.
struct Run {
    std::int64_t first, last;
};

struct Gone {
    Uuid feature;
    ObjectId oid;
};

/// A feature that left one object id and stands under another.
struct Returned {
    ObjectId now, left;
};

class GenerationEdits {
public:
    GenerationEdits(sqlite::Database& database, const Layer& layer, Generation generation,
                    const NetEdits::OnEdit& on_edit, bool old_values)
        : database_(database),
          layer_(layer),
          generation_(generation),
          on_edit_(on_edit),
          old_values_(old_values) {}

    void tell() {
        told_ = told_at_first();
        walk_.emplace(database_, layer_, generation_, told_, kFirstFid);
        while (walk_->rows.step()) take(walk_->rows);
        walk_.reset();
        tell_made();
        tell_gone();
        tell_returned();
    }

private:
    /// What the first updates tell. Others may tell more: then the walk goes on with more columns.
    std::int64_t told_at_first() const {
        Statement first(database_, "SELECT known FROM " + edit_table(layer_.id) +
                                       " WHERE generation = ?1 LIMIT " +
                                       std::to_string(kLookedAhead));
        first.bind(1, generation_.value);
        std::int64_t told = 0;
        while (first.step()) {
            const std::int64_t known = first.column_int64(0);
            if ((known & identity_bit_) == 0) told |= known;
        }
        return told;
    }

    void take(const Statement& row) {
        const ObjectId oid{row.column_int64(kFid)};
        const std::int64_t known = row.column_int64(kKnown);
        if (row.column_int64(kExisted) == 0) {
            if (!row.is_null(kRowFid)) add_made(oid.value);
            return;
        }
        if ((known & identity_bit_) != 0 && another_stands(row, oid)) return;
        if ((known & ~told_) != 0) return widen(oid, known);
        tell_update(row, oid, known);
    }

    /// Whether the row that was here is gone; notes it, and the one that took its place.
    bool another_stands(const Statement& row, ObjectId oid) {
        const bool taken = !row.is_null(kRowFid);
        const std::string_view old_id = row.column_text(kOldId);
        if (taken && row.column_text(kRowId) == old_id) return false;
        const GlobalId left = identity_of(layer_, oid, old_id);
        if (taken && identity_of(layer_, oid, row.column_text(kRowId)) == left) return false;
        gone_.push_back({left.value, oid});
        if (taken) add_made(oid.value);
        return true;
    }

    void add_made(std::int64_t fid) {
        const bool next = !made_.empty() && made_.back().last == fid - 1;
        next ? static_cast<void>(made_.back().last = fid) : made_.push_back({fid, fid});
    }

    /// Walks on from this entry with the columns that it tells, too.
    void widen(ObjectId oid, std::int64_t known) {
        told_ |= known;
        walk_.emplace(database_, layer_, generation_, told_, oid.value);
    }

    void tell_update(const Statement& row, ObjectId oid, std::int64_t known) {
        edit_.changed.clear();
        make_room(known);
        for (const Walk::Column& column : walk_->columns) {
            if ((known & column.bit) == 0) continue;
            if (!row.read_other(column.old + 1, column.old, edit_.after[column.index])) {
                forget(column.index);
                continue;
            }
            edit_.changed.push_back(column.index);
            if (old_values_) row.read_column(column.old, edit_.before[column.index]);
        }
        if (edit_.changed.empty()) return;
        edit_.feature = identity_of(layer_, oid, row.column_text(kRowId));
        hand_over(NetEdit::Kind::Update, oid);
    }

    /// The rows are used again: what the last edit told and this one does not becomes NULL. A
    /// receiver may have taken them.
    void make_room(std::int64_t known) {
        const std::size_t columns = layer_.column_count();
        if (edit_.after.size() != columns || (old_values_ && edit_.before.size() != columns)) {
            edit_.after.assign(columns, Null{});
            if (old_values_) edit_.before.assign(columns, Null{});
        } else if ((filled_ & ~known) != 0) {
            for (const Walk::Column& column : walk_->columns) {
                if ((filled_ & ~known & column.bit) != 0) forget(column.index);
            }
        }
        filled_ = known;
    }

    void forget(std::size_t column) {
        edit_.after[column] = Null{};
        if (old_values_) edit_.before[column] = Null{};
    }

    void tell_made() {
        if (made_.empty()) return;
        edit_.before.clear();
        edit_.changed.clear();
        const auto by_feature = [](const Gone& a, const Gone& b) { return a.feature < b.feature; };
        std::sort(gone_.begin(), gone_.end(), by_feature);
        Statement rows(database_, row_sql());
        for (const Run& run : made_) {
            rows.bind(1, run.first).bind(2, run.last);
            while (rows.step()) {
                read_row(rows);
                tell_insert({rows.column_int64(0)});
            }
            rows.reset();
        }
    }

    void read_row(const Statement& rows) {
        edit_.after.resize(layer_.column_count());
        for (std::size_t i = 0; i < layer_.column_count(); ++i) {
            rows.read_column(static_cast<int>(i) + 1, edit_.after[i]);
        }
    }

    std::string row_sql() const {
        const std::string fid = quoted_name(layer_.fid_column);
        std::string sql = "SELECT " + fid;
        for (std::size_t i = 0; i < layer_.column_count(); ++i) {
            sql += ", " + quoted_name(layer_.column_name(i));
        }
        return sql + " FROM " + quoted_name(layer_.table) + " WHERE " + fid +
               " BETWEEN ?1 AND ?2 ORDER BY " + fid;
    }

    void tell_insert(ObjectId oid) {
        edit_.feature = feature_now(oid);
        const auto left = std::lower_bound(
            gone_.begin(), gone_.end(), edit_.feature.value,
            [](const Gone& gone, const Uuid& feature) { return gone.feature < feature; });
        const bool is_back = left != gone_.end() && left->feature == edit_.feature.value;
        if (!is_back) return hand_over(NetEdit::Kind::Insert, oid);
        returned_.push_back({oid, left->oid});
    }

    void tell_gone() {
        edit_.before.clear();
        edit_.after.clear();
        const auto is_back = [&](const Gone& gone) {
            return std::binary_search(returned_.begin(), returned_.end(), Returned{{}, gone.oid},
                                      by_left);
        };
        std::sort(returned_.begin(), returned_.end(), by_left);
        std::erase_if(gone_, is_back);
        if (!made_.empty()) {  // they were sorted by feature
            std::sort(gone_.begin(), gone_.end(),
                      [](const Gone& a, const Gone& b) { return a.oid < b.oid; });
        }
        for (const Gone& gone : gone_) {
            edit_.changed.clear();
            edit_.feature = {gone.feature};
            hand_over(NetEdit::Kind::Delete, gone.oid);
        }
    }

    static bool by_left(const Returned& a, const Returned& b) { return a.left < b.left; }

    void tell_returned() {
        if (returned_.empty()) return;
        Statement rows(database_, row_sql()), entries(database_, entry_sql());
        for (const Returned& returned : returned_) {
            entries.bind(1, generation_.value).bind(2, returned.left.value).step();
            edit_.before.resize(layer_.column_count());
            for (std::size_t i = 0; i < layer_.column_count(); ++i) {
                entries.read_column(static_cast<int>(i), edit_.before[i]);
            }
            entries.reset();
            rows.bind(1, returned.now.value).bind(2, returned.now.value).step();
            read_row(rows);
            edit_.feature = feature_now(returned.now);
            rows.reset();
            edit_.changed = differing_columns(edit_.before, edit_.after);
            if (!edit_.changed.empty()) hand_over(NetEdit::Kind::Update, returned.now);
        }
    }

    /// Of the row that was read.
    GlobalId feature_now(ObjectId oid) const {
        const auto* text = std::get_if<std::string>(&edit_.after[layer_.global_id_index()]);
        return identity_of(layer_, oid, text != nullptr ? *text : std::string_view());
    }

    /// The whole row that left an object id.
    std::string entry_sql() const {
        std::string columns;
        for (std::size_t i = 0; i < layer_.column_count(); ++i) {
            columns += (i == 0 ? "" : ", ") + old_column(layer_, i);
        }
        return "SELECT " + columns + " FROM " + edit_table(layer_.id) +
               " WHERE generation = ?1 AND fid = ?2";
    }

    void hand_over(NetEdit::Kind kind, ObjectId oid) {
        edit_.kind = kind;
        edit_.oid = oid;
        edit_.touched_in.assign(1, generation_);
        on_edit_(std::move(edit_));
    }

    sqlite::Database& database_;
    const Layer& layer_;
    const Generation generation_;
    const NetEdits::OnEdit& on_edit_;
    const bool old_values_;
    const std::int64_t identity_bit_ = known_bit(layer_, layer_.global_id_index());
    std::int64_t told_ = 0;    ///< columns that the walk reads
    std::int64_t filled_ = 0;  ///< columns that the last update told
    std::optional<Walk> walk_;
    std::vector<Run> made_;
    std::vector<Gone> gone_;
    std::vector<Returned> returned_;
    NetEdit edit_{};
};

}  // namespace

bool masks_name_columns(const Layer& layer) {
    const auto columns = all_columns(layer);
    return std::none_of(columns.begin(), columns.end(), [&](std::size_t column) {
        return known_bit(layer, column) == kAllColumns;
    });
}

void each_edit_of_generation(sqlite::Database& database, const Layer& layer, Generation generation,
                             const NetEdits::OnEdit& on_edit, bool old_values) {
    GenerationEdits(database, layer, generation, on_edit, old_values).tell();
}

}  // namespace rhumb::geodb
