// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/rebase.hpp"

#include "geodb/features/value_rules.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "platform/error.hpp"

#include <utility>

namespace rhumb::sync {
namespace {

using geodb::Layer;

bool knows(const Layer& layer, const LoggedEdit& edit, std::size_t column) {
    return (edit.known & geodb::known_bit(layer, column)) != 0;
}

/// Puts `value` in the place of the base: in the oldest entry that knows the column, and in later
/// ones that went back to it.
void set_base(const Layer& layer, std::vector<LoggedEdit>& edits, std::size_t column,
              const Value& base, const Value& value) {
    bool oldest = true;
    for (LoggedEdit& edit : edits) {
        if (!knows(layer, edit, column)) continue;
        if (oldest || edit.old[column] == base) edit.old[column] = value;
        oldest = false;
    }
}

/// Both sides made the feature. Where ours differs from theirs both are told; what was changed here
/// after the insert arrived there is no difference.
void find_collisions(const Layer& layer, const PendingFeature& feature,
                     const std::vector<ColumnValue>& theirs, Winner winner, Rebased& out) {
    const auto later = base_of(layer, {feature.edits.begin() + 1, feature.edits.end()});
    for (const ColumnValue& their : theirs) {
        const auto& made = later[their.column];
        if (!made && !feature.mine) continue;
        const Value& mine = made ? *made : (*feature.mine)[their.column];
        if (same_value(layer, their.column, mine, their.value)) continue;
        if (feature.mine && !feature.replaced) {
            if (same_value(layer, their.column, (*feature.mine)[their.column], their.value)) {
                continue;
            }
            out.conflicts.push_back(
                {their.column, geodb::Null{}, (*feature.mine)[their.column], their.value});
            if (winner == Winner::Service) out.take.push_back(their);
        } else {
            out.deletion_conflict = true;
        }
    }
}

/// The oldest entry knows every column: those of `theirs`, the others as they are here.
void make_existing(const Layer& layer, PendingFeature& feature,
                   const std::vector<ColumnValue>& theirs) {
    LoggedEdit& oldest = feature.edits.front();
    const auto base = base_of(layer, feature.edits);
    oldest.existed = true;
    oldest.known = geodb::kAllColumns;
    oldest.old.resize(layer.column_count());
    for (std::size_t column = 0; column < layer.column_count(); ++column) {
        if (feature.mine) {
            oldest.old[column] = (*feature.mine)[column];
        } else if (base[column]) {
            oldest.old[column] = *base[column];
        }
    }
    for (const ColumnValue& their : theirs) {
        Value& old = oldest.old[their.column];
        // Equal but for the writing: keeping ours leaves no edit to send.
        if (!same_value(layer, their.column, old, their.value)) old = their.value;
    }
}

/// The row has the service's value now, and no entry says otherwise.
void give_way(const Layer& layer, std::vector<LoggedEdit>& edits,
              const std::vector<ColumnValue>& taken) {
    for (const ColumnValue& their : taken) {
        for (LoggedEdit& edit : edits) {
            if (knows(layer, edit, their.column)) edit.old[their.column] = their.value;
        }
    }
}

void rebase_column(const Layer& layer, const PendingFeature& feature, const ColumnValue& their,
                   const std::optional<Value>& base, Winner winner, Rebased& out) {
    const Value& mine = (*feature.mine)[their.column];
    const bool touched = base && !same_value(layer, their.column, *base, mine);
    const bool agrees = same_value(layer, their.column, their.value, mine);
    if (!touched) {
        if (agrees) return;
        out.take.push_back(their);
        if (base) set_base(layer, out.edits, their.column, *base, their.value);
        return;
    }
    if (same_value(layer, their.column, their.value, *base)) return;
    if (!agrees) {
        out.conflicts.push_back({their.column, *base, mine, their.value});
        if (winner == Winner::Service) return out.take.push_back(their);
    }
    set_base(layer, out.edits, their.column, *base, agrees ? mine : their.value);
}

/// `earlier`, and of `later` the columns that it does not know.
LoggedEdit merged_known(const Layer& layer, LoggedEdit earlier, const LoggedEdit& later) {
    for (std::size_t column = 0; column < layer.column_count(); ++column) {
        if (!knows(layer, earlier, column)) earlier.old[column] = later.old[column];
    }
    earlier.known |= later.known;
    return earlier;
}

/// The log where a feature stood before it went from there: at most another was made there since.
std::vector<LoggedEdit> left_to_another(const Layer& layer, const PendingFeature& feature) {
    if (!feature.replaced) return {};
    return {{feature.edits.front().generation, false, 0, std::vector<Value>(layer.column_count())}};
}

/// Deleted here: the row that goes is the service's present one.
void rebase_deletion(const Layer& layer, const std::vector<ColumnValue>& theirs,
                     const std::vector<std::optional<Value>>& base, Rebased& out) {
    for (const ColumnValue& their : theirs) {
        const auto& old = base[their.column];
        if (!old || same_value(layer, their.column, *old, their.value)) continue;
        out.deletion_conflict = true;
        set_base(layer, out.edits, their.column, *old, their.value);
    }
}

}  // namespace

bool same_value(const Layer& layer, std::size_t column, const Value& a, const Value& b) {
    if (a == b) return true;
    if (geodb::is_null(a) || geodb::is_null(b)) return false;
    try {
        return geodb::stored_value(layer, column, a) == geodb::stored_value(layer, column, b);
    } catch (const Error&) {
        return false;  // another program stored what the column's type does not allow
    }
}

std::vector<std::optional<Value>> base_of(const Layer& layer,
                                          const std::vector<LoggedEdit>& edits) {
    std::vector<std::optional<Value>> base(layer.column_count());
    for (std::size_t column = 0; column < base.size(); ++column) {
        for (const LoggedEdit& edit : edits) {
            if (!knows(layer, edit, column)) continue;
            base[column] = edit.old[column];
            break;
        }
    }
    return base;
}

Rebased rebase_on_row(const Layer& layer, PendingFeature feature,
                      const std::vector<ColumnValue>& theirs, Winner winner) {
    Rebased out;
    const bool deleted_here = !feature.mine || feature.replaced;
    if (!feature.edits.front().existed) {
        // An upload of ours arrived whose answer was lost, or somebody else made it as well.
        find_collisions(layer, feature, theirs, winner, out);
        make_existing(layer, feature, theirs);
        out.edits = feature.edits;
    } else {
        const auto base = base_of(layer, feature.edits);
        out.edits = feature.edits;
        if (deleted_here) {
            rebase_deletion(layer, theirs, base, out);
        } else {
            for (const ColumnValue& their : theirs) {
                rebase_column(layer, feature, their, base[their.column], winner, out);
            }
        }
    }
    give_way(layer, out.edits, out.take);
    if (deleted_here && out.deletion_conflict && winner == Winner::Service) {
        out.restore = true;
        out.edits = left_to_another(layer, feature);
    }
    return out;
}

Rebased rebase_on_delete(const Layer& layer, PendingFeature feature, Winner winner) {
    Rebased out;
    // It remembers what the feature was: it may only have left the replica's filter.
    LoggedEdit made = feature.edits.front();
    made.existed = false;
    if (!feature.mine) return out;  // deleted on both sides
    if (feature.replaced) {
        out.edits = left_to_another(layer, feature);
        return out;
    }
    if (!feature.edits.front().existed) {
        out.edits = std::move(feature.edits);
        return out;
    }
    const auto base = base_of(layer, feature.edits);
    for (std::size_t column = 0; column < base.size(); ++column) {
        if (!base[column]) continue;
        if (same_value(layer, column, *base[column], (*feature.mine)[column])) continue;
        out.deletion_conflict = true;
    }
    out.erase = !out.deletion_conflict || winner == Winner::Service;
    if (out.erase) return out;
    // An edit is not lost because the feature went: it becomes an insert.
    for (std::size_t i = 1; i < feature.edits.size(); ++i) {
        made = merged_known(layer, made, feature.edits[i]);
    }
    out.edits = {std::move(made)};
    return out;
}

LoggedEdit merged(const Layer& layer, const LoggedEdit& earlier, LoggedEdit later) {
    later.existed = earlier.existed;
    if (!earlier.existed) {
        later.known = earlier.known;
        later.old = earlier.old;
        return later;
    }
    for (std::size_t column = 0; column < layer.column_count(); ++column) {
        if (knows(layer, earlier, column)) later.old[column] = earlier.old[column];
    }
    later.known |= earlier.known;
    return later;
}

}  // namespace rhumb::sync
