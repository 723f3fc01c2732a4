// SPDX-License-Identifier: Apache-2.0
//
// Reads the where-clauses of feature services: the standardized SQL of ArcGIS REST, and nothing
// that could reach beyond one condition on one row.
//
// Comparisons, AND OR NOT, IN, BETWEEN, IS NULL, LIKE with ESCAPE, arithmetic, the functions of
// where::Function, CAST, EXTRACT, dates and intervals. A word that is also the name of a literal
// or a function (DATE, TIME, INTERVAL, TRIM …) is a field unless its text or bracket follows.

#pragma once

#include "geodb/query/where_tree.hpp"

#include <cstddef>
#include <string_view>

namespace rhumb::geodb {

/// Brackets, calls and operators inside one another. Bounds the stack of parser and translator.
inline constexpr std::size_t kMaxWhereDepth = 100;
/// Elements of one IN list. Clients page object ids in lists of this kind.
inline constexpr std::size_t kMaxWhereListElements = 100'000;

/// Throws Error(InvalidArgument, "where: … at character N near '…'").
Where parse_where(std::string_view text);
/// The same for a condition on groups of rows: COUNT(FIELD) and the like are values in it.
Where parse_having(std::string_view text);

}  // namespace rhumb::geodb
