// SPDX-License-Identifier: Apache-2.0
#include "geodb/query/where_types.hpp"

#include "geodb/query/where_literals.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rhumb::geodb::where {
namespace {

Type type_of(FieldType type) {
    switch (type) {
        case FieldType::ObjectId:
        case FieldType::SmallInteger:
        case FieldType::Integer:
        case FieldType::BigInteger:
            return Type::Integer;
        case FieldType::Single:
        case FieldType::Double:
            return Type::Real;
        case FieldType::String:
            return Type::Text;
        case FieldType::GlobalId:
        case FieldType::Guid:
            return Type::Guid;
        case FieldType::Date:
        case FieldType::TimestampOffset:
            return Type::Moment;
        case FieldType::DateOnly:
            return Type::Day;
        case FieldType::TimeOnly:
            return Type::Time;
        case FieldType::Blob:
            break;
    }
    return Type::Opaque;
}

Type type_of(const Literal& literal) {
    switch (literal.kind) {
        case Literal::Kind::Null:
            return Type::Any;
        case Literal::Kind::Number:
            return std::holds_alternative<std::int64_t>(literal.value) ? Type::Integer : Type::Real;
        case Literal::Kind::Text:
            return Type::Text;
        case Literal::Kind::Day:
            return Type::Day;
        case Literal::Kind::Moment:
            return Type::Moment;
        case Literal::Kind::Time:
            break;
    }
    return Type::Time;
}

Type type_of(Cast::To to) {
    static constexpr std::array<Type, 6> kTypes{Type::Integer, Type::Real,   Type::Text,
                                                Type::Day,     Type::Moment, Type::Time};
    return kTypes[static_cast<std::size_t>(to)];
}

/// As what values of both types compare; nothing when they do not.
std::optional<Type> merged(Type a, Type b) {
    if (a == b || b == Type::Any) return a;
    if (a == Type::Any) return b;
    if (is_number(a) && is_number(b)) return Type::Real;
    if (is_dated(a) && is_dated(b)) return Type::Moment;
    const bool texts = (a == Type::Text || a == Type::Guid) && (b == Type::Text || b == Type::Guid);
    return texts ? std::optional(Type::Text) : std::nullopt;
}

/// A literal that is read as whatever stands beside it.
bool adapts(const Node& node) {
    const auto* literal = std::get_if<Literal>(&node.what);
    return literal != nullptr &&
           (literal->kind == Literal::Kind::Number || literal->kind == Literal::Kind::Text);
}

const Node* first_field(const Node& node) {
    if (std::holds_alternative<Field>(node.what)) return &node;
    for (const Node& operand : node.operands) {
        if (const Node* found = first_field(operand)) return found;
    }
    return nullptr;
}

}  // namespace

std::string_view type_name(Type type) {
    static constexpr std::array<std::string_view, 9> kNames{
        "nothing", "numbers",         "numbers",      "text",           "GUIDs",
        "dates",   "dates and times", "times of day", "blobs or shapes"};
    return kNames[static_cast<std::size_t>(type)];
}

void fail(const Node& node, const std::string& problem) {
    throw Error(Status::InvalidArgument,
                "where: " + problem + " at character " + std::to_string(node.position));
}

std::string subject_of(const std::vector<Node>& values) {
    for (const Node& value : values) {
        if (const Node* field = first_field(value)) {
            return "field '" + std::get<Field>(field->what).name + "'";
        }
    }
    return "the value";
}

const Types::Column& Types::column(const Node& node) {
    const Field& field = std::get<Field>(node.what);
    const std::string name =
        field.statistic ? std::to_string(static_cast<int>(*field.statistic)) + "(" + field.name
                        : field.name;
    const auto known = known_.find(name);
    if (known != known_.end()) return known->second;
    Column column = resolved(node, field);
    if (std::find(columns_.begin(), columns_.end(), column.name) == columns_.end()) {
        columns_.push_back(column.name);
    }
    return known_.emplace(name, std::move(column)).first->second;
}

Types::Column Types::resolved(const Node& node, const Field& wanted) const {
    const std::string& name = wanted.name;
    if (wanted.statistic) {
        const auto said = context_.statistic(*wanted.statistic, name);
        if (!said) fail(node, "unknown field '" + name + "'");
        return {said->column, type_of(said->type)};
    }
    if (const std::optional<WhereField> field = context_.field(name)) {
        return {field->column, type_of(field->type)};
    }
    const std::string& shape = context_.geometry_column;
    const bool means_shape = equal_ignoring_case(name, "shape") || equal_ignoring_case(name, shape);
    if (shape.empty() || !means_shape) fail(node, "unknown field '" + name + "'");
    return {shape, Type::Opaque};
}

Type Types::of(const Node& node) {
    if (const auto* literal = std::get_if<Literal>(&node.what)) return type_of(*literal);
    if (std::holds_alternative<Field>(node.what)) return column(node).type;
    if (const auto* current = std::get_if<Current>(&node.what)) {
        if (*current == Current::User) return Type::Text;
        return *current == Current::Date ? Type::Day : Type::Moment;
    }
    if (const auto* shift = std::get_if<Shift>(&node.what)) {
        // A day moved by whole days is a day; by hours it becomes a moment.
        const bool day = of(node.operands[0]) == Type::Day && shift->ms % kDayMs == 0;
        return day ? Type::Day : Type::Moment;
    }
    if (const auto* function = std::get_if<Function>(&node.what)) {
        return of_function(*function, node);
    }
    if (const auto* cast = std::get_if<Cast>(&node.what)) return type_of(cast->to);
    if (const auto* part = std::get_if<Extract>(&node.what)) {
        return *part == Extract::Second ? Type::Real : Type::Integer;
    }
    return of_arithmetic(node);
}

Type Types::of_arithmetic(const Node& node) {
    Type type = Type::Integer;
    for (const Node& operand : node.operands) {
        const Type own = of(operand);
        if (is_dated(own)) {
            fail(operand, subject_of(node.operands) +
                              ": a date is moved by INTERVAL 'n' DAY, not by numbers");
        }
        if (own != Type::Integer && own != Type::Any) type = Type::Real;
    }
    return type;
}

Type Types::of_function(Function function, const Node& node) {
    switch (function) {
        case Function::CharLength:
        case Function::Position:
            return Type::Integer;
        case Function::Round:
            return Type::Real;
        case Function::Abs:
        case Function::Floor:
        case Function::Ceiling:
            return of(node.operands[0]) == Type::Integer ? Type::Integer : Type::Real;
        case Function::Mod: {
            const bool whole =
                of(node.operands[0]) == Type::Integer && of(node.operands[1]) == Type::Integer;
            return whole ? Type::Integer : Type::Real;
        }
        default:
            return Type::Text;
    }
}

Type Types::common(const std::vector<Node>& values) {
    Type type = Type::Any;
    Type literals = Type::Any;
    for (const Node& value : values) {
        const Type own = of(value);
        if (own == Type::Opaque) {
            fail(value, subject_of({value}) + " can only be tested with IS NULL");
        }
        if (adapts(value)) {
            // Among literals alone a number decides: '1' = 1.
            if (!is_number(literals)) literals = own;
            continue;
        }
        const std::optional<Type> both = merged(type, own);
        if (!both) {
            fail(value, subject_of(values) + ": " + std::string(type_name(type)) +
                            " do not compare with " + std::string(type_name(own)));
        }
        type = *both;
    }
    return type == Type::Any ? literals : type;
}

std::optional<std::int64_t> Types::constant_date(const Node& node) const {
    if (const auto* literal = std::get_if<Literal>(&node.what)) {
        const bool dated =
            literal->kind == Literal::Kind::Day || literal->kind == Literal::Kind::Moment;
        return dated ? std::optional(std::get<std::int64_t>(literal->value)) : std::nullopt;
    }
    if (const auto* current = std::get_if<Current>(&node.what)) {
        if (*current == Current::User) return std::nullopt;
        if (*current == Current::Timestamp) return context_.now_ms;
        const std::int64_t into_day = context_.now_ms % kDayMs;
        return context_.now_ms - into_day - (into_day < 0 ? kDayMs : 0);
    }
    const auto* shift = std::get_if<Shift>(&node.what);
    if (shift == nullptr) return std::nullopt;
    const std::optional<std::int64_t> from = constant_date(node.operands[0]);
    if (!from) return std::nullopt;
    const std::int64_t shifted = *from + shift->ms;
    if (shifted < kFirstMomentMs || shifted > kLastMomentMs) fail(node, "a date out of range");
    return shifted;
}

}  // namespace rhumb::geodb::where
