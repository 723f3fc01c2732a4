// SPDX-License-Identifier: Apache-2.0
//
// The edits of the last closed generation as changes of table rows, out of the edit log.

#pragma once

#include "geodb/changeset/change.hpp"
#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"

#include <functional>

namespace rhumb::geodb {

/// The layer's table with its columns as SQLite counts them.
ChangedTable changed_table(sqlite::Database& database, const Layer& layer);

/// Called once for each row that differs, by object id. The log of `generation` must be the last
/// that has entries: a row's state after it is its state now.
void each_logged_change(sqlite::Database& database, const Layer& layer, Generation generation,
                        const std::function<void(const Change&)>& on_change);

}  // namespace rhumb::geodb
