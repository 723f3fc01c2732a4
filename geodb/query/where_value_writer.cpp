// SPDX-License-Identifier: Apache-2.0
#include "geodb/query/where_value_writer.hpp"

#include "geodb/query/where_literals.hpp"
#include "geodb/query/where_values.hpp"
#include "platform/uuid.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace rhumb::geodb::where {
namespace {

constexpr std::string_view kMomentFormat = "strftime('%Y-%m-%dT%H:%M:%fZ', ";
constexpr std::string_view kDayFormat = "strftime('%Y-%m-%d', ";
constexpr std::string_view kTimeFormat = "strftime('%H:%M:%f', ";

std::string_view format_of(Type type) {
    if (type == Type::Day) return kDayFormat;
    return type == Type::Time ? kTimeFormat : kMomentFormat;
}

std::optional<std::int64_t> whole_literal(const Node& node) {
    const Literal* literal = literal_of(node);
    if (literal == nullptr || literal->kind != Literal::Kind::Number) return std::nullopt;
    const auto* whole = std::get_if<std::int64_t>(&literal->value);
    return whole != nullptr ? std::optional(*whole) : std::nullopt;
}

}  // namespace

void ValueWriter::take_stack(int cost) {
    stack_ += cost;
    if (stack_ > kParserStack) fail(*condition_, "nested too deeply for the database");
}

void ValueWriter::bind(Value value) {
    if (literals_++ == kMaxWhereLiterals) {
        fail(*condition_,
             "more than " + std::to_string(kMaxWhereLiterals) + " literals outside lists");
    }
    bind_element(std::move(value));
}

void ValueWriter::bind_element(Value value) {
    if (values_.size() == kMaxWhereValues) {
        fail(*condition_, "more than " + std::to_string(kMaxWhereValues) + " values");
    }
    sql_ += '?';
    values_.push_back(std::move(value));
}

void ValueWriter::column(const Node& field) {
    sql_ += '"';
    for (const char c : types_.column(field).name) {
        if (c == '"') sql_ += '"';
        sql_ += c;
    }
    sql_ += '"';
}

void ValueWriter::value(const Node& node, const As& as) {
    const Type own = types_.of(node);
    if (const std::optional<std::int64_t> ms = types_.constant_date(node)) {
        bind(date_value(*ms, as.type == Type::Moment ? Type::Moment : own));
    } else if (literal_of(node) != nullptr) {
        literal(node, as);
    } else if (own == Type::Day && as.type == Type::Moment) {
        nested(
            kCall, kMomentFormat,
            [&] {
                value(node, {own, as.beside});
            },
            ")");
    } else if (std::holds_alternative<Field>(node.what)) {
        field(node);
    } else if (std::holds_alternative<Current>(node.what)) {
        bind(context_.current_user);
    } else if (const auto* moved = std::get_if<Shift>(&node.what)) {
        shift(node, moved->ms);
    } else if (const auto* operation = std::get_if<Arithmetic>(&node.what)) {
        arithmetic(node, *operation);
    } else if (const auto* called = std::get_if<Function>(&node.what)) {
        function(node, *called);
    } else if (const auto* target = std::get_if<Cast>(&node.what)) {
        cast(node, *target);
    } else {
        extract(node, std::get<Extract>(node.what));
    }
}

void ValueWriter::literal(const Node& node, const As& as) {
    Value bound = literal_value(node, as.type, *as.beside);
    const auto* text = std::get_if<std::string>(&bound);
    // A text that is no GUID is neither before nor after one.
    const bool nowhere = as.ordered && as.type == Type::Guid && text && !Uuid::parse(*text);
    bind(nowhere ? Value(Null{}) : std::move(bound));
}

void ValueWriter::field(const Node& node) {
    const Type type = types_.of(node);
    if (type == Type::Moment || type == Type::Time) {
        nested(
            kCall, format_of(type), [&] { column(node); }, ")");
    } else {
        column(node);
    }
}

/// A number, or a text literal that spells one.
void ValueWriter::number(const Node& node, const std::vector<Node>& beside) {
    const Type type = types_.of(node);
    if (!is_number(type) && type != Type::Any && !is_text_literal(node)) {
        fail(node, subject_of(beside) + ": " + std::string(type_name(type)) +
                       " where a number is expected");
    }
    value(node, {is_number(type) ? type : Type::Real, &beside});
}

/// A text, a GUID, or a number literal as it is spelled.
void ValueWriter::text(const Node& node) {
    const Type type = types_.of(node);
    const bool number_literal = is_number(type) && literal_of(node) != nullptr;
    if (type != Type::Text && type != Type::Guid && type != Type::Any && !number_literal) {
        fail(node, subject_of({node}) + ": " + std::string(type_name(type)) +
                       " where a text is expected");
    }
    value(node, {Type::Text, &node.operands});
}

/// What a date function of SQLite can take: a column as it is stored, or a value. A text literal
/// is read as `literal_type`.
void ValueWriter::dated(const Node& node, Type literal_type) {
    const Type type = types_.of(node);
    if (is_number(type) || type == Type::Guid || type == Type::Opaque) {
        fail(node, subject_of({node}) + ": " + std::string(type_name(type)) +
                       " where a date is expected");
    }
    if (std::holds_alternative<Field>(node.what)) return column(node);
    value(node, {is_text_literal(node) ? literal_type : type, &node.operands});
}

void ValueWriter::shift(const Node& node, std::int64_t ms) {
    const Node& operand = node.operands[0];
    if (!is_dated(types_.of(operand))) fail(operand, "INTERVAL can only be added to a date");
    nested(
        kCall, format_of(types_.of(node)),
        [&] {
            dated(operand, Type::Moment);
            const std::int64_t size = std::abs(ms);
            std::array<char, 48> modifier;
            std::snprintf(modifier.data(), modifier.size(), "%c%lld.%03lld seconds",
                          ms < 0 ? '-' : '+', static_cast<long long>(size / kSecondMs),
                          static_cast<long long>(size % kSecondMs));
            sql_ += ", ";
            bind(std::string(modifier.data()));
        },
        ")");
}

void ValueWriter::arithmetic(const Node& node, Arithmetic operation) {
    static constexpr std::array<std::string_view, 4> kSigns{" + ", " - ", " * ", " / "};
    if (operation == Arithmetic::Negate) {
        return nested(
            kNotBracket, "(-", [&] { number(node.operands[0], node.operands); }, ")");
    }
    // A real column may hold whole numbers as integers, which SQLite would divide as such.
    const bool real_division = operation == Arithmetic::Divide && types_.of(node) == Type::Real;
    nested(
        real_division ? kCall : kFirstBracket, real_division ? "(CAST(" : "(",
        [&] { number(node.operands[0], node.operands); }, real_division ? " AS REAL)" : "");
    nested(
        kLaterBracket, kSigns[static_cast<std::size_t>(operation)],
        [&] { number(node.operands[1], node.operands); }, ")");
}

void ValueWriter::cast(const Node& node, const Cast& cast) {
    const Node& operand = node.operands[0];
    const Type from = types_.of(operand);
    const Type to = types_.of(node);
    if (from == Type::Opaque) fail(operand, subject_of({operand}) + " cannot be cast");
    if (is_dated(to) || to == Type::Time) {
        return nested(
            kCall, format_of(to), [&] { dated(operand, to == Type::Day ? Type::Moment : to); },
            ")");
    }
    const bool limited = cast.length.has_value();
    const auto inside = [&] {
        if (is_number(to) && from != Type::Text) return number(operand, node.operands);
        value(operand, {from, &node.operands});
    };
    nested(limited ? kCall + kCall : kCall, limited ? "substr(CAST(" : "CAST(", inside,
           to == Type::Text      ? " AS TEXT)"
           : to == Type::Integer ? " AS INTEGER)"
                                 : " AS REAL)");
    if (!limited) return;
    sql_ += ", 1, ";
    bind(*cast.length);
    sql_ += ')';
}

void ValueWriter::extract(const Node& node, Extract part) {
    static constexpr std::array<std::string_view, 6> kFormats{
        "CAST(strftime('%Y', ", "CAST(strftime('%m', ", "CAST(strftime('%d', ",
        "CAST(strftime('%H', ", "CAST(strftime('%M', ", "CAST(strftime('%f', "};
    const Node& operand = node.operands[0];
    if (types_.of(operand) == Type::Time && part <= Extract::Day) {
        fail(operand, subject_of({operand}) + ": a time of day has no year, month and day");
    }
    nested(
        kCall + kLaterBracket, kFormats[static_cast<std::size_t>(part)],
        [&] { dated(operand, Type::Moment); },
        part == Extract::Second ? ") AS REAL)" : ") AS INTEGER)");
}

void ValueWriter::function(const Node& node, Function function) {
    const std::vector<Node>& operands = node.operands;
    switch (function) {
        case Function::Upper:
            return text_call(node, "upper(");
        case Function::Lower:
            return text_call(node, "lower(");
        case Function::CharLength:
            return text_call(node, "length(");
        case Function::Trim:
            return text_call(node, "trim(");
        case Function::TrimLeading:
            return text_call(node, "ltrim(");
        case Function::TrimTrailing:
            return text_call(node, "rtrim(");
        case Function::Substring:
            return substring(node);
        case Function::Concat:
            return concat(node);
        case Function::Position:
            nested(
                kCall, "instr(", [&] { text(operands[1]); }, ", ");
            return nested(
                kCall, "", [&] { text(operands[0]); }, ")");
        case Function::Abs:
            return nested(
                kCall, "abs(", [&] { number(operands[0], operands); }, ")");
        case Function::Round:
            return round(node);
        case Function::Floor:
            return floor_or_ceiling(node, '<');
        case Function::Ceiling:
            return floor_or_ceiling(node, '>');
        case Function::Mod:
            return mod(node);
    }
}

/// A function of SQLite all of whose arguments are texts.
void ValueWriter::text_call(const Node& node, std::string_view open) {
    for (const Node& operand : node.operands) {
        nested(
            kCall, &operand == &node.operands[0] ? open : ", ", [&] { text(operand); }, "");
    }
    sql_ += ')';
}

/// In standard SQL the first character is number 1, and a start before it shortens the piece;
/// SQLite would count from the end.
void ValueWriter::substring(const Node& node) {
    nested(
        kCall, "substr(", [&] { text(node.operands[0]); }, ", ");
    const std::optional<std::int64_t> start = whole_literal(node.operands[1]);
    const std::optional<std::int64_t> length =
        node.operands.size() > 2 ? whole_literal(node.operands[2]) : std::nullopt;
    if (length && *length < 0) fail(node.operands[2], "SUBSTRING of a negative length");
    if (start && length && *start < 1) {
        constexpr std::int64_t kFarBefore = -1'000'000'000'000;
        bind(std::int64_t{1});
        sql_ += ", ";
        bind(std::max<std::int64_t>(0, *length + std::max(*start, kFarBefore) - 1));
    } else {
        at_least(node.operands[1], 1);
        if (node.operands.size() > 2) sql_ += ", ";
        if (node.operands.size() > 2) at_least(node.operands[2], 0);
    }
    sql_ += ')';
}

void ValueWriter::at_least(const Node& node, std::int64_t least) {
    if (const std::optional<std::int64_t> whole = whole_literal(node)) {
        return bind(std::max(*whole, least));
    }
    const Type type = types_.of(node);
    if (type != Type::Integer && type != Type::Any) fail(node, "a whole number is expected");
    nested(
        kCall + kCall, "max(" + std::to_string(least) + ", ",
        [&] {
            value(node, {type, &node.operands});
        },
        ")");
}

void ValueWriter::concat(const Node& node) {
    for (const Node& operand : node.operands) {
        const bool first = &operand == &node.operands[0];
        const bool number_value = is_number(types_.of(operand)) && literal_of(operand) == nullptr;
        nested(
            first ? kFirstBracket : kLaterBracket, first ? "(" : " || ",
            [&] { number_value ? number(operand, node.operands) : text(operand); }, "");
    }
    sql_ += ')';
}

void ValueWriter::round(const Node& node) {
    const auto inside = [&] { number(node.operands[0], node.operands); };
    if (node.operands.size() == 1) return nested(kCall, "round(", inside, ")");
    const std::optional<std::int64_t> decimals = whole_literal(node.operands[1]);
    constexpr std::int64_t kMostDecimals = 15;  // a double has no more
    if (!decimals || *decimals < -kMostDecimals || *decimals > kMostDecimals) {
        fail(node.operands[1], "ROUND takes -15 to 15 decimals, as a number in the text");
    }
    if (*decimals >= 0) {
        nested(kCall, "round(", inside, ", ");
        bind(*decimals);
        sql_ += ')';
        return;
    }
    const double unit = std::pow(10.0, static_cast<double>(-*decimals));
    nested(kCall + kFirstBracket, "(round(", inside, " / ");
    bind(unit);
    sql_ += ") * ";
    bind(unit);
    sql_ += ')';
}

/// floor() and ceil() are there only in some builds of SQLite. The inner SELECT evaluates the
/// operand once; beyond 2^52 a double has no fraction to cut.
void ValueWriter::floor_or_ceiling(const Node& node, char beyond) {
    const auto inside = [&] { number(node.operands[0], node.operands); };
    if (types_.of(node) == Type::Integer) return inside();
    const std::string step = beyond == '<' ? " - (rhumb_x < " : " + (rhumb_x > ";
    nested(
        kSubquery,
        "(SELECT CAST(CASE WHEN abs(rhumb_x) < 4503599627370496.0 THEN CAST(rhumb_x AS INTEGER)" +
            step + "CAST(rhumb_x AS INTEGER)) ELSE rhumb_x END AS REAL) FROM (SELECT ",
        inside, " AS rhumb_x))");
}

/// SQLite's % cuts its operands to integers.
void ValueWriter::mod(const Node& node) {
    const auto operand = [&](std::size_t i) { number(node.operands[i], node.operands); };
    if (types_.of(node) == Type::Integer) {
        nested(
            kFirstBracket, "(", [&] { operand(0); }, " % ");
        return nested(
            kLaterBracket, "", [&] { operand(1); }, ")");
    }
    nested(
        kSubquery + kCall,
        "(SELECT CASE WHEN abs(rhumb_x / rhumb_y) < 4503599627370496.0 THEN "
        "rhumb_x - rhumb_y * CAST(rhumb_x / rhumb_y AS INTEGER) END FROM (SELECT CAST(",
        [&] { operand(0); }, " AS REAL) AS rhumb_x, CAST(");
    nested(
        kSubquery + kCall, "", [&] { operand(1); }, " AS REAL) AS rhumb_y))");
}

}  // namespace rhumb::geodb::where
