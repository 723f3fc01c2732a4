// SPDX-License-Identifier: Apache-2.0
#include "geodb/query/where_values.hpp"

#include "geodb/query/where_literals.hpp"
#include "platform/date_time.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "platform/uuid.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace rhumb::geodb::where {
namespace {

/// SQLite refuses GLOB patterns of more than 50,000 bytes; escaping may make three of one.
constexpr std::size_t kMaxPatternBytes = 15'000;
constexpr std::size_t kShownBytes = 40;
/// Whole numbers up to here are the same as integer and as double.
constexpr double kExactIntegers = 9007199254740992.0;

std::string spelled(const Value& number) {
    std::string out;
    if (const auto* whole = std::get_if<std::int64_t>(&number)) {
        append_integer(out, *whole);
    } else {
        append_double(out, std::get<double>(number));
    }
    return out;
}

std::optional<Value> number_of(const std::string& text) {
    if (const std::optional<std::int64_t> whole = parse_integer(text)) return Value(*whole);
    if (const std::optional<double> real = parse_double(text)) return Value(*real);
    return std::nullopt;
}

std::optional<Value> value_of_text(const std::string& text, Type wanted) {
    if (is_number(wanted)) return number_of(text);
    if (wanted == Type::Guid) {
        const std::optional<Uuid> guid = Uuid::parse(text);
        return Value(guid ? guid->braced() : text);
    }
    if (wanted == Type::Time) {
        const std::optional<std::int64_t> ms = parse_time_of_day(text);
        return ms ? std::optional(date_value(*ms, Type::Time)) : std::nullopt;
    }
    if (!is_dated(wanted)) return Value(text);
    const std::optional<std::int64_t> ms = parse_date_time(text);
    const bool fits = ms && (wanted == Type::Moment || *ms % kDayMs == 0);
    return fits ? std::optional(date_value(*ms, wanted)) : std::nullopt;
}

/// Beside a date a bare number is epoch ms.
std::optional<Value> value_of_number(const Value& number, Type wanted) {
    if (is_number(wanted) || wanted == Type::Any) return number;
    if (wanted == Type::Text) return Value(spelled(number));
    if (wanted != Type::Moment) return std::nullopt;
    const auto* whole = std::get_if<std::int64_t>(&number);
    const double ms = whole != nullptr ? static_cast<double>(*whole) : std::get<double>(number);
    if (ms < static_cast<double>(kFirstMomentMs) || ms > static_cast<double>(kLastMomentMs)) {
        return std::nullopt;
    }
    return date_value(std::llround(ms), Type::Moment);
}

bool append_json(std::string& out, const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        out += '"';
        for (const char c : *text) {
            if (static_cast<unsigned char>(c) < 0x20) {
                std::array<char, 8> code;
                std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(c));
                out += code.data();
                continue;
            }
            if (c == '"' || c == '\\') out += '\\';
            out += c;
        }
        out += '"';
        return true;
    }
    if (is_null(value)) {
        out += "null";
    } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        append_integer(out, *whole);
    } else {
        const auto* real = std::get_if<double>(&value);
        if (real == nullptr || std::abs(*real) > kExactIntegers || std::trunc(*real) != *real) {
            return false;
        }
        append_integer(out, std::llround(*real));
    }
    return true;
}

}  // namespace

Value literal_value(const Node& literal, Type wanted, const std::vector<Node>& beside) {
    const auto& [kind, value] = std::get<Literal>(literal.what);
    if (kind == Literal::Kind::Null) return Null{};
    if (kind == Literal::Kind::Time) {
        return date_value(std::get<std::int64_t>(value), Type::Time);
    }
    if (kind == Literal::Kind::Number) {
        if (const std::optional<Value> fit = value_of_number(value, wanted)) return *fit;
        fail(literal, subject_of(beside) + " holds " + std::string(type_name(wanted)) + ", not " +
                          spelled(value));
    }
    const std::string& text = std::get<std::string>(value);
    if (const std::optional<Value> fit = value_of_text(text, wanted)) return *fit;
    fail(literal, subject_of(beside) + " holds " + std::string(type_name(wanted)) + ", not '" +
                      excerpt(text, kShownBytes) + "'");
}

Value date_value(std::int64_t ms, Type type) {
    if (type == Type::Day) return format_date(ms);
    const std::string moment = format_date_time(ms);
    constexpr std::size_t kTimeBegins = 11;
    constexpr std::size_t kTimeBytes = 12;
    return type == Type::Time ? moment.substr(kTimeBegins, kTimeBytes) : moment;
}

std::optional<std::string> glob_of_like(std::string_view pattern, std::string_view escape) {
    if (pattern.size() > kMaxPatternBytes) return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const bool escaped = !escape.empty() && pattern.substr(i).starts_with(escape);
        if (escaped) i += escape.size();
        if (i == pattern.size()) return std::nullopt;
        const char c = pattern[i];
        if (!escaped && (c == '%' || c == '_')) {
            out += c == '%' ? '*' : '?';
        } else if (c == '*' || c == '?' || c == '[') {
            out += {'[', c, ']'};
        } else {
            out += c;
        }
    }
    return out;
}

std::optional<std::string> json_list(const std::vector<Value>& values) {
    std::string out = "[";
    for (const Value& value : values) {
        if (out.size() > 1) out += ',';
        if (!append_json(out, value)) return std::nullopt;
    }
    out += ']';
    return out;
}

}  // namespace rhumb::geodb::where
