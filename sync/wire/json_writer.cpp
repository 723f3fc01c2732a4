// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/json_writer.hpp"

#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/wire/text_scan.hpp"
#include "sync/wire/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace rhumb::wire {
namespace {

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

void append_with_escapes(std::string& out, std::string_view text) {
    std::size_t from = 0;
    for (std::size_t at = next_to_escape(text, 0); at < text.size();
         at = next_to_escape(text, from)) {
        out.append(text, from, at - from);
        append_escape(out, text[at]);
        from = at + 1;
    }
    out.append(text, from, text.size() - from);
}

void append_quoted(std::string& out, std::string_view text) {
    out.push_back('"');
    if (all_plain(text)) {
        out.append(text);
    } else if (is_ascii(text) || is_utf8(text)) {
        append_with_escapes(out, text);
    } else {
        append_with_escapes(out, repaired_utf8(text));
    }
    out.push_back('"');
}

constexpr std::array<double, 16> kPowers{1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                         1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

/// `scaled` / 10^`decimals`, without trailing zeros. |scaled| is a whole number below 2^53.
void append_scaled(std::string& out, double scaled, int decimals) {
    auto left = static_cast<std::uint64_t>(std::fabs(scaled));
    std::array<char, 40> digits;  // filled from its end: at most 16 digits, a point, a sign
    char* const end = digits.data() + digits.size();
    char* first = end;
    while (decimals > 0 && left % 10 == 0) {
        left /= 10;
        --decimals;
    }
    for (int written = 0; left != 0 || written <= decimals; ++written) {
        if (written == decimals && written > 0) *--first = '.';
        *--first = static_cast<char>('0' + left % 10);
        left /= 10;
    }
    if (scaled < 0) *--first = '-';
    out.append(first, end);
}

/// Rounded to `decimals` digits. False when the number is too large for whole-number arithmetic.
bool append_rounded(std::string& out, double value, int decimals) {
    constexpr double kExact = 9007199254740992.0;  // 2^53
    const double scaled = std::round(value * kPowers[static_cast<std::size_t>(decimals)]);
    if (!(std::fabs(scaled) < kExact)) return false;
    append_scaled(out, scaled, decimals);
    return true;
}

/// Writes `value` if it has at most so many decimals, and 15 digits in all.
bool append_with_decimals(std::string& out, double value, int decimals) {
    constexpr double kFifteenDigits = 1e15;
    const double power = kPowers[static_cast<std::size_t>(decimals)];
    const double scaled = std::nearbyint(value * power);
    if (!(std::fabs(scaled) < kFifteenDigits) || scaled / power != value) return false;
    append_scaled(out, scaled, decimals);
    return true;
}

/// Most numbers of the field have few digits. A decimal of up to 15 that divides back to the same
/// double is the shortest text there is, and found much faster than by searching.
bool append_short(std::string& out, double value) {
    if (value == 0) return false;  // the sign of -0 would be lost
    return append_with_decimals(out, value, 3) ||
           append_with_decimals(out, value, std::fabs(value) < 1e6 ? 9 : 6);
}

}  // namespace

JsonName::JsonName(std::string_view name) : text_(",") {
    append_quoted(text_, name);
    text_.push_back(':');
}

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
    if (!append_short(out_, value)) append_double(out_, value);
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
