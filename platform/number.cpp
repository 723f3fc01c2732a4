// SPDX-License-Identifier: Apache-2.0
#include "platform/number.hpp"

#include "platform/text.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <clocale>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <locale.h>

namespace rhumb {
namespace {

/// Longer numerals carry no more than a double can hold; a bound keeps hostile text cheap.
constexpr std::size_t kMaxNumeralBytes = 400;

bool only_number_characters(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' || c == 'e' || c == 'E';
    });
}

double parse_in_c_locale(const char* text, char** end) {
    static const locale_t c_locale = newlocale(LC_ALL_MASK, "C", nullptr);
    return strtod_l(text, end, c_locale);
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
    text = trimmed(text);
    if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<double> parse_double(std::string_view text) {
    text = trimmed(text);
    if (text.empty() || text.size() >= kMaxNumeralBytes || !only_number_characters(text)) {
        return std::nullopt;
    }
    std::array<char, kMaxNumeralBytes> numeral{};
    std::memcpy(numeral.data(), text.data(), text.size());
    char* end = nullptr;
    const double value = parse_in_c_locale(numeral.data(), &end);
    if (end != numeral.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

void append_double(std::string& out, double value) {
    std::array<char, 32> digits;  // the longest shortest form has 24 characters
    const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    out.append(digits.data(), result.ptr);
}

void append_integer(std::string& out, std::int64_t value) {
    std::array<char, 24> digits;
    const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    out.append(digits.data(), result.ptr);
}

}  // namespace rhumb
