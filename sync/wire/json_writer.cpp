// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/json_writer.hpp"

#include "platform/number.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace rhumb::wire {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighBits = kOnes << 7;

bool needs_escape(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

/// The top bit of a byte is set where the byte is less than `bound`; perhaps also in bytes after
/// the first such one (the borrow), never when there is none.
std::uint64_t bytes_below(std::uint64_t eight, std::uint64_t bound) {
    return (eight - kOnes * bound) & ~eight & kHighBits;
}

bool any_needs_escape(std::uint64_t eight) {
    const std::uint64_t found = bytes_below(eight, 0x20) | bytes_below(eight ^ (kOnes * '"'), 1) |
                                bytes_below(eight ^ (kOnes * '\\'), 1);
    return found != 0;
}

/// The first byte from `at` on that cannot stand in a JSON text as it is; the size when none.
std::size_t first_to_escape(std::string_view text, std::size_t at) {
    while (at + 8 <= text.size()) {
        std::uint64_t eight;
        std::memcpy(&eight, text.data() + at, 8);
        if (any_needs_escape(eight)) break;
        at += 8;
    }
    while (at < text.size() && !needs_escape(text[at])) ++at;
    return at;
}

bool is_ascii(std::string_view text) {
    std::size_t at = 0;
    for (; at + 8 <= text.size(); at += 8) {
        std::uint64_t eight;
        std::memcpy(&eight, text.data() + at, 8);
        if ((eight & kHighBits) != 0) return false;
    }
    return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string repaired(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto lead = static_cast<unsigned char>(text[at]);
        const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
        const std::string_view character = text.substr(at, bytes);
        const bool sound = character.size() == bytes && is_utf8(character);
        out.append(sound ? character : kReplacement);
        at += sound ? bytes : 1;
    }
    return out;
}

void append_escape(std::string& out, char c) {
    switch (c) {
        case '"':
            out.append("\\\"");
            return;
        case '\\':
            out.append("\\\\");
            return;
        case '\b':
            out.append("\\b");
            return;
        case '\f':
            out.append("\\f");
            return;
        case '\n':
            out.append("\\n");
            return;
        case '\r':
            out.append("\\r");
            return;
        case '\t':
            out.append("\\t");
            return;
        default:
            break;
    }
    constexpr std::string_view kHex = "0123456789abcdef";
    out.append("\\u00");
    out.push_back(kHex[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kHex[static_cast<unsigned char>(c) & 15]);
}

void append_quoted(std::string& out, std::string_view text) {
    if (!is_ascii(text) && !is_utf8(text)) return append_quoted(out, repaired(text));
    out.push_back('"');
    std::size_t from = 0;
    for (std::size_t at = first_to_escape(text, 0); at < text.size();
         at = first_to_escape(text, from)) {
        out.append(text, from, at - from);
        append_escape(out, text[at]);
        from = at + 1;
    }
    out.append(text, from, text.size() - from);
    out.push_back('"');
}

/// Rounded to `decimals` digits, without trailing zeros: whole-number arithmetic, so it is much
/// faster than the search for the shortest text. False when the number is too large for that.
bool append_rounded(std::string& out, double value, int decimals) {
    static constexpr std::array<double, 16> kPowers{1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    constexpr double kExact = 9007199254740992.0;  // 2^53
    const double scaled = std::round(value * kPowers[static_cast<std::size_t>(decimals)]);
    if (!(std::fabs(scaled) < kExact)) return false;
    std::array<char, 24> digits;
    const auto magnitude = static_cast<std::int64_t>(std::fabs(scaled));
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), magnitude).ptr;
    std::string_view all(digits.data(), static_cast<std::size_t>(end - digits.data()));
    const auto after_point = static_cast<std::size_t>(decimals);

    if (scaled < 0) out.push_back('-');
    const std::size_t before_point = all.size() > after_point ? all.size() - after_point : 0;
    out.append(before_point == 0 ? "0" : all.substr(0, before_point));
    all.remove_prefix(before_point);
    const std::size_t zeros = after_point - all.size();
    while (!all.empty() && all.back() == '0') all.remove_suffix(1);
    if (!all.empty()) out.append(".").append(zeros, '0').append(all);
    return true;
}

}  // namespace

JsonWriter& JsonWriter::key(std::string_view name) {
    begin_value();
    append_quoted(out_, name);
    out_.push_back(':');
    needs_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::string(std::string_view value) {
    begin_value();
    append_quoted(out_, value);
    return *this;
}

JsonWriter& JsonWriter::integer(std::int64_t value) {
    begin_value();
    append_integer(out_, value);
    return *this;
}

JsonWriter& JsonWriter::number(double value) {
    if (!std::isfinite(value)) return null();
    begin_value();
    append_double(out_, value);
    return *this;
}

JsonWriter& JsonWriter::number(double value, int decimals) {
    if (decimals < 0 || !std::isfinite(value)) return number(value);
    begin_value();
    if (!append_rounded(out_, value, std::min(decimals, 15))) append_double(out_, value);
    return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
    return raw(value ? "true" : "false");
}

JsonWriter& JsonWriter::null() {
    return raw("null");
}

JsonWriter& JsonWriter::raw(std::string_view json) {
    begin_value();
    out_.append(json);
    return *this;
}

}  // namespace rhumb::wire
