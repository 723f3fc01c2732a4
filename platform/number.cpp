// SPDX-License-Identifier: Apache-2.0
#include "platform/number.hpp"

#include "platform/text.hpp"

#include <locale.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <clocale>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace rhumb {
namespace {

/// Longer numerals carry no more than a double can hold; a bound keeps hostile text cheap.
constexpr std::size_t kMaxNumeralBytes = 400;

bool only_number_characters(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' || c == 'e' || c == 'E';
    });
}

#if defined(__cpp_lib_to_chars)
/// Which way a numeral is out of range: from_chars does not say.
bool decimal_exponent_is_negative(std::string_view text) {
    const std::size_t exponent = text.find_first_of("eE");
    if (exponent != std::string_view::npos) return text[exponent + 1] == '-';
    return text.find_first_of("123456789") > text.find('.');
}

/// Five times as fast as strtod. What is too small to be told from 0 is 0.
std::optional<double> whole_double(std::string_view text) {
    double value = 0;
    const char* end_of_text = text.data() + text.size();
    const auto [end, failure] = std::from_chars(text.data(), end_of_text, value);
    if (end != end_of_text || failure == std::errc::invalid_argument) return std::nullopt;
    if (failure == std::errc{}) return value;
    return decimal_exponent_is_negative(text) ? std::optional(0.0) : std::nullopt;
}
#else
std::optional<double> whole_double(std::string_view text) {
    static const locale_t c_locale = newlocale(LC_ALL_MASK, "C", nullptr);
    std::array<char, kMaxNumeralBytes> numeral{};
    std::memcpy(numeral.data(), text.data(), text.size());
    char* end = nullptr;
    const double value = strtod_l(numeral.data(), &end, c_locale);
    if (end != numeral.data() + text.size()) return std::nullopt;
    return value;
}
#endif

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
    return parse_numeral(text.front() == '+' ? text.substr(1) : text);
}

std::optional<double> parse_numeral(std::string_view numeral) {
    if (numeral.size() >= kMaxNumeralBytes) return std::nullopt;
    const auto value = whole_double(numeral);
    return value && std::isfinite(*value) ? value : std::nullopt;
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
