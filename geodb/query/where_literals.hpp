// SPDX-License-Identifier: Apache-2.0
//
// The texts inside literals: intervals and times of day. Dates are read by the platform.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rhumb::geodb::where {

inline constexpr std::int64_t kSecondMs = 1000;
inline constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
inline constexpr std::int64_t kHourMs = 60 * kMinuteMs;
inline constexpr std::int64_t kDayMs = 24 * kHourMs;

/// The years 0000 to 9999: what the text forms of dates can say, and where they sort as text.
inline constexpr std::int64_t kFirstMomentMs = -62'167'219'200'000;
inline constexpr std::int64_t kLastMomentMs = 253'402'300'799'999;

/// `n` of a unit, whole or decimal, with an optional sign. Nothing when it is no number or longer
/// than all of time.
std::optional<std::int64_t> parse_interval(std::string_view count, std::int64_t unit_ms);

/// `d hh:mm:ss[.fff]` with an optional sign, the form of DAY TO SECOND.
std::optional<std::int64_t> parse_day_to_second(std::string_view text);

/// `hh:mm[:ss[.fff]]` as ms since midnight.
std::optional<std::int64_t> parse_time_of_day(std::string_view text);

}  // namespace rhumb::geodb::where
