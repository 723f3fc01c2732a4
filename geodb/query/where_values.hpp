// SPDX-License-Identifier: Apache-2.0
//
// Literals of a where-clause in the form in which the database can compare them.

#pragma once

#include "geodb/query/where_tree.hpp"
#include "geodb/query/where_types.hpp"
#include "geodb/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::geodb::where {

/// A Literal read as `wanted`, because it stands beside the values `beside`. A text that is no
/// GUID stays as it is and so equals none. Throws naming the field and the literal.
Value literal_value(const Node& literal, Type wanted, const std::vector<Node>& beside);

/// A date as Day or Moment text.
Value date_value(std::int64_t ms, Type type);

/// The GLOB pattern that matches what the LIKE pattern matches, case-sensitively. Nothing when
/// the pattern ends in its escape character or is too long for SQLite.
std::optional<std::string> glob_of_like(std::string_view pattern, std::string_view escape);

/// A JSON array for json_each(). Nothing when a value would not come back exactly: fractions do
/// not, as SQLite's own reading of decimals is not exact.
std::optional<std::string> json_list(const std::vector<Value>& values);

}  // namespace rhumb::geodb::where
