// SPDX-License-Identifier: Apache-2.0
//
// A where-clause as a tree: what was asked, before anything is known about the layer's fields.
//
// Every node keeps where it began, so that later messages can still point into the text.

#pragma once

#include "geodb/query/statistic.hpp"
#include "geodb/value.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace rhumb::geodb::where {

// Values. The operands they take stand in Node::operands, in the order of the text.

struct Literal {
    enum class Kind : std::uint8_t { Null, Number, Text, Day, Moment, Time };
    Kind kind = Kind::Null;
    /// Number: integer or double. Text: text. Day, Moment: ms since 1970. Time: ms since midnight.
    Value value;
};
struct Field {
    std::string name;  ///< as written, without quotes
    /// In a HAVING: not the field but what is said of its values. COUNT(*) has the name "*".
    std::optional<Statistic> statistic = std::nullopt;
};
enum class Current : std::uint8_t { Date, Timestamp, User };
/// A date plus or minus an INTERVAL.
struct Shift {
    std::int64_t ms = 0;
};
enum class Arithmetic : std::uint8_t { Add, Subtract, Multiply, Divide, Negate };
enum class Function : std::uint8_t {
    Upper,
    Lower,
    CharLength,
    Substring,  ///< text, first character, and perhaps how many
    Trim,       ///< text, and perhaps the characters to cut
    TrimLeading,
    TrimTrailing,
    Concat,
    Position,  ///< what is looked for, and where
    Abs,
    Round,  ///< number, and perhaps decimals
    Floor,
    Ceiling,
    Mod,
};
struct Cast {
    enum class To : std::uint8_t { Integer, Real, Text, Day, Moment, Time };
    To to = To::Text;
    std::optional<std::int64_t> length;  ///< of VARCHAR(n)
};
enum class Extract : std::uint8_t { Year, Month, Day, Hour, Minute, Second };

// Conditions.

enum class Junction : std::uint8_t { And, Or };  ///< two operands or many
struct Not {};
enum class Comparison : std::uint8_t {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual
};
struct In {  ///< the value, then the elements
    bool negated = false;
};
struct Between {  ///< the value, the lower and the upper bound
    bool negated = false;
};
struct IsNull {
    bool negated = false;
};
struct Like {  ///< the text and the pattern
    bool negated = false;
    std::string escape;  ///< one character, or empty
};

using What = std::variant<Literal, Field, Current, Shift, Arithmetic, Function, Cast, Extract,
                          Junction, Not, Comparison, In, Between, IsNull, Like>;

inline constexpr std::size_t kFirstCondition = 8;
static_assert(std::is_same_v<std::variant_alternative_t<kFirstCondition, What>, Junction>);

struct Node {
    What what;
    std::vector<Node> operands;
    std::uint32_t position = 0;  ///< of its first word, in characters, counted from 1
    std::uint16_t depth = 1;     ///< of the tree that begins here; bounded by the parser

    bool is_condition() const { return what.index() >= kFirstCondition; }
};

}  // namespace rhumb::geodb::where

namespace rhumb::geodb {

/// A parsed where-clause; the root is a condition.
struct Where {
    where::Node root;
};

}  // namespace rhumb::geodb
