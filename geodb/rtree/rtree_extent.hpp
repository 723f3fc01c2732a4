// SPDX-License-Identifier: Apache-2.0
//
// The extent of a whole layer from the root of its R-tree: one row read, however many features.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "geodb/rtree/rtree_index.hpp"
#include "geodb/sqlite/database.hpp"

#include <optional>

namespace rhumb::geodb {

/// None when no feature has a shape. Rounded outwards to 32-bit floats, as the R-tree keeps them.
std::optional<Envelope> rtree_extent(sqlite::Database& database, const RtreeColumn& column);

}  // namespace rhumb::geodb
