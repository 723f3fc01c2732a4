// SPDX-License-Identifier: Apache-2.0
//
// The edit log of one layer: which features were edited in which generation, and the row as it
// was before.
//
// One row for each feature and generation, written by its first edit there. `existed` = 0 says
// that the generation made the feature; `existed` = 1 that it was there, with the values of the
// columns named in `known` (bit 0 the geometry, bit i + 1 the i-th field; -1 all). From the row
// before and the row now follows everything else: the kind of edit, the changed columns, the undo.
//
// Triggers in the file write it, whoever edits; they use nothing but plain SQL. The library, which
// knows the columns it writes, lets them rest and logs just those columns (FeatureWriter).

#pragma once

#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rhumb::geodb {

/// The whole row is recorded.
inline constexpr std::int64_t kAllColumns = -1;

/// The bit of a column in `known`; kAllColumns for columns beyond the 62nd field, whose edits
/// record the whole row.
std::int64_t known_bit(const Layer& layer, std::size_t column);

/// Table "rhumb_edit_<layer id>".
std::string edit_table(LayerId layer);

/// Column of the log that keeps the old value of a column, quoted: "old_species".
std::string old_column(const Layer& layer, std::size_t column);

/// The end of an INSERT into the log: keeps what an earlier edit of the generation recorded, and
/// adds the old values of `columns` that it did not.
std::string on_earlier_edit(const Layer& layer, const std::vector<std::size_t>& columns);

/// Makes the log and its triggers. The layer's table must be there.
void create_tracking(sqlite::Database& database, const Layer& layer);

/// Drops all our triggers of the layer; the log stays.
void drop_tracking_triggers(sqlite::Database& database, const Layer& layer);

/// Names of the triggers that write the log of this layer.
std::vector<std::string> tracking_triggers(const Layer& layer);

/// All columns of the layer, as counted there.
std::vector<std::size_t> all_columns(const Layer& layer);

}  // namespace rhumb::geodb
