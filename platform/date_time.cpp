// SPDX-License-Identifier: Apache-2.0
#include "platform/date_time.hpp"

#include "platform/text.hpp"

#include <array>
#include <cstdio>

namespace rhumb {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

/// Days since 1970-01-01 of a civil date; the year is counted from March so that the leap day
/// comes last.
std::int64_t days_of_civil(std::int64_t year, unsigned month, unsigned day) {
    year -= month <= 2 ? 1 : 0;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const auto year_of_era = static_cast<unsigned>(year - era * 400);
    const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    const unsigned day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + static_cast<std::int64_t>(day_of_era) - 719468;
}

struct Civil {
    std::int64_t year;
    unsigned month;
    unsigned day;
};

Civil civil_of_days(std::int64_t days) {
    days += 719468;
    const std::int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    const auto day_of_era = static_cast<unsigned>(days - era * 146097);
    const unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    const unsigned day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const unsigned shifted_month = (5 * day_of_year + 2) / 153;
    const unsigned day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    const unsigned month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
    return {static_cast<std::int64_t>(year_of_era) + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

unsigned days_in_month(std::int64_t year, unsigned month) {
    static constexpr std::array<unsigned, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : kDays[month - 1];
}

/// Takes exactly `count` digits off the front of `text`.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count) return std::nullopt;
    unsigned value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + static_cast<unsigned>(text[i] - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view& text, char expected) {
    if (text.empty() || text.front() != expected) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<std::int64_t> take_date(std::string_view& text) {
    const auto year = take_digits(text, 4);
    if (!year || text.empty()) return std::nullopt;
    const char separator = text.front();
    if (separator != '-' && separator != '/') return std::nullopt;
    text.remove_prefix(1);
    const auto month = take_digits(text, 2);
    if (!month || *month < 1 || *month > 12 || !take(text, separator)) return std::nullopt;
    const auto day = take_digits(text, 2);
    if (!day || *day < 1 || *day > days_in_month(*year, *month)) return std::nullopt;
    return days_of_civil(*year, *month, *day) * kDayMs;
}

/// Milliseconds of `.fff…`; an absent fraction is 0.
std::optional<std::int64_t> take_fraction(std::string_view& text) {
    if (!take(text, '.')) return 0;
    std::int64_t ms = 0;
    std::int64_t weight = 100;
    bool any = false;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
        ms += weight * (text.front() - '0');
        weight /= 10;
        any = true;
        text.remove_prefix(1);
    }
    return any ? std::optional(ms) : std::nullopt;
}

std::optional<std::int64_t> take_time(std::string_view& text) {
    const auto hour = take_digits(text, 2);
    if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
    const auto minute = take_digits(text, 2);
    if (!minute || *minute > 59) return std::nullopt;
    std::int64_t ms = (std::int64_t{*hour} * 60 + *minute) * 60'000;
    if (!take(text, ':')) return ms;
    const auto second = take_digits(text, 2);
    if (!second || *second > 59) return std::nullopt;
    const auto fraction = take_fraction(text);
    if (!fraction) return std::nullopt;
    return ms + std::int64_t{*second} * 1000 + *fraction;
}

/// The offset from UTC that ends a date, 0 when it says none.
std::optional<std::int64_t> take_offset(std::string_view& text) {
    if (text.empty() || take(text, 'Z') || take(text, 'z')) return 0;
    const bool east = text.front() == '+';
    if (!east && text.front() != '-') return std::nullopt;
    text.remove_prefix(1);
    const auto hours = take_digits(text, 2);
    if (!hours || *hours > 18) return std::nullopt;
    take(text, ':');
    const auto minutes = text.empty() ? std::optional<unsigned>(0) : take_digits(text, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    const std::int64_t ms = (std::int64_t{*hours} * 60 + *minutes) * 60'000;
    return east ? ms : -ms;
}

/// Numbers at known places of a text. Whether all of it were digits is asked once, at the end.
class Digits {
public:
    explicit Digits(std::string_view text) : text_(text) {}
    unsigned one(std::size_t at) {
        const auto digit = static_cast<unsigned>(static_cast<unsigned char>(text_[at])) - '0';
        others_ = others_ || digit > 9;
        return digit;
    }
    unsigned two(std::size_t at) { return one(at) * 10 + one(at + 1); }
    bool all() const { return !others_; }

private:
    std::string_view text_;
    bool others_ = false;
};

char* put_two_digits(char* at, unsigned value) {
    at[0] = static_cast<char>('0' + value / 10);
    at[1] = static_cast<char>('0' + value % 10);
    return at + 2;
}

/// The year in four digits; in more, or with a sign, beyond the years 0 to 9999.
char* put_date(char* at, const Civil& date) {
    if (date.year >= 0 && date.year <= 9999) {
        const auto year = static_cast<unsigned>(date.year);
        at = put_two_digits(put_two_digits(at, year / 100), year % 100);
    } else {
        at += std::snprintf(at, 24, "%04lld", static_cast<long long>(date.year));
    }
    *at++ = '-';
    at = put_two_digits(at, date.month);
    *at++ = '-';
    return put_two_digits(at, date.day);
}

char* put_time(char* at, unsigned of_day_ms) {
    *at++ = 'T';
    at = put_two_digits(at, of_day_ms / 3'600'000);
    *at++ = ':';
    at = put_two_digits(at, of_day_ms / 60'000 % 60);
    *at++ = ':';
    at = put_two_digits(at, of_day_ms / 1000 % 60);
    *at++ = '.';
    *at++ = static_cast<char>('0' + of_day_ms % 1000 / 100);
    at = put_two_digits(at, of_day_ms % 100);
    *at++ = 'Z';
    return at;
}

}  // namespace

std::optional<std::int64_t> parse_date_time(std::string_view text) {
    text = trimmed(text);
    const auto date = take_date(text);
    if (!date || text.empty()) return date;
    if (!take(text, 'T') && !take(text, 't') && !take(text, ' ')) return std::nullopt;
    const auto time = take_time(text);
    if (!time) return std::nullopt;
    const auto offset = take_offset(text);
    if (!offset || !text.empty()) return std::nullopt;
    return *date + *time - *offset;
}

std::optional<std::int64_t> parse_formatted_date_time(std::string_view text) {
    constexpr std::string_view kForm = "yyyy-mm-ddThh:mm:ss.sssZ";
    if (text.size() != kForm.size()) return std::nullopt;
    for (const std::size_t at : {4U, 7U, 10U, 13U, 16U, 19U, 23U}) {
        if (text[at] != kForm[at]) return std::nullopt;
    }
    Digits digits(text);
    const unsigned year = digits.two(0) * 100 + digits.two(2);
    const unsigned month = digits.two(5);
    const unsigned day = digits.two(8);
    const unsigned hour = digits.two(11);
    const unsigned minute = digits.two(14);
    const unsigned second = digits.two(17);
    const unsigned ms = digits.one(20) * 100 + digits.two(21);
    if (!digits.all() || month < 1 || month > 12 || day < 1) return std::nullopt;
    if (day > days_in_month(year, month) || hour > 23 || minute > 59 || second > 59) {
        return std::nullopt;
    }
    const unsigned of_day_ms = ((hour * 60 + minute) * 60 + second) * 1000 + ms;
    return days_of_civil(year, month, day) * kDayMs + of_day_ms;
}

std::string format_date_time(std::int64_t epoch_ms) {
    std::int64_t days = epoch_ms / kDayMs;
    std::int64_t rest = epoch_ms % kDayMs;
    if (rest < 0) {
        rest += kDayMs;
        --days;
    }
    const Civil date = civil_of_days(days);
    std::array<char, 48> text;
    char* const end = put_time(put_date(text.data(), date), static_cast<unsigned>(rest));
    return std::string(text.data(), end);
}

std::string format_date(std::int64_t epoch_ms) {
    return format_date_time(epoch_ms).substr(0, 10);
}

}  // namespace rhumb
