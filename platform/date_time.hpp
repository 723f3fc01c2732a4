// SPDX-License-Identifier: Apache-2.0
//
// Dates between text and milliseconds since 1970-01-01T00:00:00Z, proleptic Gregorian, negative
// before 1970. No time zone data base: text carries its own offset, none means UTC.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb {

/// Reads `yyyy-mm-dd`, `yyyy/mm/dd`, with an optional `T` or blank and `hh:mm[:ss[.fraction]]`,
/// with an optional `Z` or offset (`+hh`, `+hhmm`, `+hh:mm`). Digits beyond ms are cut.
std::optional<std::int64_t> parse_date_time(std::string_view text);

/// `yyyy-mm-ddThh:mm:ss.sssZ`: the DATETIME form of GeoPackage, which also sorts as text.
std::string format_date_time(std::int64_t epoch_ms);

/// Reads just what format_date_time writes of the years 0 to 9999: none for any other text, though
/// it be a date.
std::optional<std::int64_t> parse_formatted_date_time(std::string_view text);

/// `yyyy-mm-dd`: the DATE form of GeoPackage.
std::string format_date(std::int64_t epoch_ms);

}  // namespace rhumb
