// SPDX-License-Identifier: Apache-2.0
//
// One value of a column, as SQLite keeps it.

#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace rhumb::geodb {

struct Null {
    auto operator<=>(const Null&) const = default;
};

using Blob = std::vector<std::uint8_t>;

/// Dates are text in the GeoPackage form (`format_date_time`), GUIDs text in the braced form.
/// Two values are equal when SQLite would store the same: 1 and 1.0 differ.
using Value = std::variant<Null, std::int64_t, double, std::string, Blob>;

inline bool is_null(const Value& value) {
    return std::holds_alternative<Null>(value);
}

}  // namespace rhumb::geodb
