// SPDX-License-Identifier: Apache-2.0
//
// Numbers of the program as a table of a statement, read where they lie.
//
// An IN (SELECT ...) puts what it finds into a tree of its own before it looks anything up. Who has
// the numbers already, in order, joins the list instead: `FROM rhumb_list(?) CROSS JOIN ...`.

#pragma once

#include <cstdint>
#include <vector>

namespace rhumb::geodb::sqlite {
struct Connection;

using NumberList = std::vector<std::int64_t>;

/// Names the pointer that rhumb_list(list) takes.
inline constexpr const char* kListPointerType = "rhumb_number_list";

/// The table-valued function rhumb_list(list), one row a number, which is its rowid. It has no
/// other column to read, so that it stands in nobody's way in a join. No schema may use it.
void register_number_list(Connection& connection);

}  // namespace rhumb::geodb::sqlite
