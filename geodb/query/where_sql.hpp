// SPDX-License-Identifier: Apache-2.0
//
// Writes a parsed where-clause as SQL for SQLite 3.40 and newer, without extension functions.
//
// Names come from the resolver, literals are bound, the rest is our own text: nothing of the
// request reaches the database as SQL. What differs from plain SQLite:
// - Text compares case-sensitively, in LIKE too, which becomes GLOB.
// - Dates compare as instants, whether the file has milliseconds or not; a text or epoch ms
//   beside a date field is read as a date, in UTC.
// - GUIDs compare without regard to braces and letter case. A text that is no GUID equals none.
// - A number in quotes beside a number field is read as number, a bare number beside a text field
//   as text. Other mixtures are errors.
// - `/` keeps whole numbers whole (7 / 2 = 3) unless an operand is real; division by 0 is NULL.

#pragma once

#include "geodb/field_type.hpp"
#include "geodb/query/statistic.hpp"
#include "geodb/query/where_tree.hpp"
#include "geodb/value.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::geodb {

/// Literals outside lists. SQLite's time to prepare a statement grows with their square: 0.2 s
/// here.
inline constexpr std::size_t kMaxWhereLiterals = 5'000;
/// Placeholders in all, those of lists of fractions among them; all other long lists take one
/// each. SQLite's own bound is 32,766 for a whole statement.
inline constexpr std::size_t kMaxWhereValues = 30'000;

struct WhereField {
    std::string column;  ///< letter for letter as in the table
    FieldType type = FieldType::String;
};

struct WhereContext {
    /// Finds a field by its name in any letter case.
    std::function<std::optional<WhereField>(std::string_view name)> field;
    /// In a HAVING: finds what is said of a field ("*": of whole rows). A HAVING is read with it.
    std::function<std::optional<WhereField>(Statistic statistic, std::string_view name)> statistic;
    std::int64_t now_ms = 0;      ///< CURRENT_TIMESTAMP
    std::string current_user;     ///< CURRENT_USER
    std::string geometry_column;  ///< empty for a table; `shape IS NULL` means it as well
};

struct WhereSql {
    std::string sql;                   ///< one condition, to be put in brackets
    std::vector<Value> values;         ///< for its `?`, in order
    std::vector<std::string> columns;  ///< those it reads, each once
};

/// Throws Error(InvalidArgument) that names the field or literal which does not fit.
WhereSql where_to_sql(const Where& where, const WhereContext& context);

}  // namespace rhumb::geodb
