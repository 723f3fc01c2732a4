// SPDX-License-Identifier: Apache-2.0
//
// A change of the service met by edits of ours that were not sent yet: roll back to the state
// before our edits, take the service's row, replay ours on top, column by column.
//
// Pure algebra over one feature. Where both sides changed the same, the winner's value stands in
// the row. The service's becomes the new base in any case: what is sent later is exactly the
// difference to what the service has.

#pragma once

#include "geodb/features/feature_writer.hpp"
#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/value.hpp"
#include "sync/replica/merge_policy.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace rhumb::sync {

using geodb::ColumnValue;
using geodb::Value;

/// An entry of the edit log: what a feature was before the edits of one generation.
struct LoggedEdit {
    geodb::Generation generation;
    bool existed = true;     ///< false: that generation made the feature
    std::int64_t known = 0;  ///< columns whose old value is recorded, as geodb::known_bit; of one
                             ///< that did not exist: what it was before the service deleted it
    std::vector<Value> old;  ///< all columns; those not known are NULL
};

/// A feature with edits that the service does not have.
struct PendingFeature {
    std::optional<std::vector<Value>> mine;  ///< the row now; none when it was deleted here
    std::vector<LoggedEdit> edits;           ///< oldest first, never empty
    /// Another feature stands under the object id by now, so the log must remember that one.
    bool replaced = false;
};

/// Both sides changed one column, to different values.
struct ColumnConflict {
    std::size_t column;
    Value base, mine, theirs;
};

struct Rebased {
    std::vector<ColumnValue> take;  ///< columns of the row that get the service's value
    bool erase = false;             ///< the row goes
    bool restore = false;           ///< the row, deleted here, comes back as the service has it
    std::vector<LoggedEdit> edits;  ///< the log afterwards; empty: nothing is pending any more
    std::vector<ColumnConflict> conflicts;
    /// One side deleted the feature, the other changed it.
    bool deletion_conflict = false;
};

/// Equal, or written differently by another program: a geometry with and without an envelope.
bool same_value(const geodb::Layer& layer, std::size_t column, const Value& a, const Value& b);

/// The columns before the oldest edit; nullopt where no edit knows the old value.
std::vector<std::optional<Value>> base_of(const geodb::Layer& layer,
                                          const std::vector<LoggedEdit>& edits);

/// The service has this row. Columns that `theirs` does not name are as they were.
Rebased rebase_on_row(const geodb::Layer& layer, PendingFeature feature,
                      const std::vector<ColumnValue>& theirs, Winner winner);
/// The service has no such feature any more.
Rebased rebase_on_delete(const geodb::Layer& layer, PendingFeature feature, Winner winner);

/// One entry that says what `earlier` and then `later` say; dated as `later`.
LoggedEdit merged(const geodb::Layer& layer, const LoggedEdit& earlier, LoggedEdit later);

}  // namespace rhumb::sync
