// SPDX-License-Identifier: Apache-2.0
#include "geodb/query/where_literals.hpp"

#include "platform/date_time.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"

#include <cmath>
#include <string>

namespace rhumb::geodb::where {
namespace {

constexpr std::int64_t kLongestIntervalMs = kLastMomentMs - kFirstMomentMs;

}  // namespace

std::optional<std::int64_t> parse_interval(std::string_view count, std::int64_t unit_ms) {
    const std::optional<double> number = parse_double(count);
    if (!number) return std::nullopt;
    const double ms = *number * static_cast<double>(unit_ms);
    if (std::abs(ms) > static_cast<double>(kLongestIntervalMs)) return std::nullopt;
    return std::llround(ms);
}

std::optional<std::int64_t> parse_day_to_second(std::string_view text) {
    text = trimmed(text);
    const bool back = !text.empty() && text.front() == '-';
    if (back) text.remove_prefix(1);
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) return std::nullopt;
    const std::optional<std::int64_t> days = parse_integer(text.substr(0, blank));
    const std::optional<std::int64_t> time = parse_time_of_day(text.substr(blank));
    if (!days || !time || *days < 0 || *days > kLongestIntervalMs / kDayMs) return std::nullopt;
    const std::int64_t ms = *days * kDayMs + *time;
    return back ? -ms : ms;
}

std::optional<std::int64_t> parse_time_of_day(std::string_view text) {
    text = trimmed(text);
    // A date would take an offset or a "Z" after the time.
    if (text.find_first_not_of("0123456789:.") != std::string_view::npos) return std::nullopt;
    if (text.empty()) return std::nullopt;
    return parse_date_time("1970-01-01T" + std::string(text));
}

}  // namespace rhumb::geodb::where
