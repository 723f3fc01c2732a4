// SPDX-License-Identifier: Apache-2.0
//
// The edit log follows the columns of its layer: other programs add, rename and reorder them.
//
// Until it has, their triggers go on logging the columns that were there before.

#pragma once

#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"

namespace rhumb::geodb {

/// Whether the log has the columns of the layer in the order that its masks count them in.
bool log_fits(sqlite::Database& database, const Layer& layer);

/// Makes the log anew with the columns that the layer has now, its entries kept, and its triggers.
/// A column in the place of one that is gone is taken for the same one renamed. A column that is
/// new has its default in the entries of before. Inside a write transaction.
void fit_log(sqlite::Database& database, const Layer& layer);

}  // namespace rhumb::geodb
