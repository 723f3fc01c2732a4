// SPDX-License-Identifier: Apache-2.0
//
// Numbers from and to text, independent of the locale and exact both ways.
//
// The libc++ of phones has no from_chars for double, so nobody else calls it directly.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb {

/// A whole decimal number with an optional sign; nothing may follow. Blanks around are ignored.
std::optional<std::int64_t> parse_integer(std::string_view text);

/// A decimal number in C notation; no hex, no "nan", no "inf"; nothing may follow.
/// A value too large for a double is refused, one too small becomes 0.
std::optional<double> parse_double(std::string_view text);

/// The same for text that is known to be a numeral without a '+' in front, as JSON writes them.
std::optional<double> parse_numeral(std::string_view numeral);

/// The shortest text that reads back as the same double. `value` must be finite.
void append_double(std::string& out, double value);
void append_integer(std::string& out, std::int64_t value);

}  // namespace rhumb
