// SPDX-License-Identifier: Apache-2.0
//
// Features that stood under more than one object id since a generation: deleted and inserted
// again, or given another number.

#pragma once

#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"

#include <unordered_set>

namespace rhumb::geodb {

/// Found in the log and the rows it names alone. Takes some 24 bytes of memory for each feature
/// that was inserted or deleted since `base`.
std::unordered_set<GlobalId> moved_features(sqlite::Database& database, const Layer& layer,
                                            Generation base);

}  // namespace rhumb::geodb
