// SPDX-License-Identifier: Apache-2.0
//
// The words and signs of the where dialect, and what they stand for.

#pragma once

#include "geodb/query/where_lexer.hpp"
#include "geodb/query/where_literals.hpp"
#include "geodb/query/where_tree.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rhumb::geodb::where {

inline constexpr std::array<std::string_view, 8> kReserved{"AND", "OR",   "NOT",  "IN",
                                                           "IS",  "LIKE", "NULL", "BETWEEN"};

struct NamedFunction {
    std::string_view name;
    Function function;
    std::size_t least;
    std::size_t most;
};
inline constexpr std::size_t kMaxConcat = 10;  // each costs depth in the SQL
inline constexpr std::array<NamedFunction, 11> kFunctions{{
    {"UPPER", Function::Upper, 1, 1},
    {"LOWER", Function::Lower, 1, 1},
    {"CHAR_LENGTH", Function::CharLength, 1, 1},
    {"SUBSTRING", Function::Substring, 2, 3},
    {"CONCAT", Function::Concat, 2, kMaxConcat},
    {"POSITION", Function::Position, 2, 2},
    {"ABS", Function::Abs, 1, 1},
    {"ROUND", Function::Round, 1, 2},
    {"FLOOR", Function::Floor, 1, 1},
    {"CEILING", Function::Ceiling, 1, 1},
    {"MOD", Function::Mod, 2, 2},
}};

struct NamedStatistic {
    std::string_view name;
    Statistic statistic;
};
inline constexpr std::array<NamedStatistic, 9> kStatistics{{{"COUNT", Statistic::Count},
                                                            {"SUM", Statistic::Sum},
                                                            {"MIN", Statistic::Min},
                                                            {"MAX", Statistic::Max},
                                                            {"AVG", Statistic::Average},
                                                            {"STDDEV", Statistic::StdDev},
                                                            {"STDEV", Statistic::StdDev},
                                                            {"VAR", Statistic::Variance},
                                                            {"VARIANCE", Statistic::Variance}}};

struct NamedType {
    std::string_view name;
    Cast::To to;
};
inline constexpr std::array<NamedType, 14> kTypes{{{"SMALLINT", Cast::To::Integer},
                                                   {"INT", Cast::To::Integer},
                                                   {"INTEGER", Cast::To::Integer},
                                                   {"BIGINT", Cast::To::Integer},
                                                   {"FLOAT", Cast::To::Real},
                                                   {"REAL", Cast::To::Real},
                                                   {"DOUBLE", Cast::To::Real},
                                                   {"NUMERIC", Cast::To::Real},
                                                   {"DECIMAL", Cast::To::Real},
                                                   {"VARCHAR", Cast::To::Text},
                                                   {"CHAR", Cast::To::Text},
                                                   {"DATE", Cast::To::Day},
                                                   {"TIMESTAMP", Cast::To::Moment},
                                                   {"TIME", Cast::To::Time}}};

struct NamedPart {
    std::string_view name;
    Extract part;
    std::int64_t unit_ms;  ///< 0 when an INTERVAL cannot count it: its length varies
};
inline constexpr std::array<NamedPart, 6> kParts{{{"YEAR", Extract::Year, 0},
                                                  {"MONTH", Extract::Month, 0},
                                                  {"DAY", Extract::Day, kDayMs},
                                                  {"HOUR", Extract::Hour, kHourMs},
                                                  {"MINUTE", Extract::Minute, kMinuteMs},
                                                  {"SECOND", Extract::Second, kSecondMs}}};

/// The row of a table of names that `token` spells; null when there is none.
template <typename Table>
const typename Table::value_type* named(const Table& table, const Token& token) {
    const auto found = std::find_if(table.begin(), table.end(),
                                    [&](const auto& row) { return token.is_word(row.name); });
    return found == table.end() ? nullptr : &*found;
}

inline bool is_reserved(const Token& token) {
    return std::any_of(kReserved.begin(), kReserved.end(),
                       [&](std::string_view word) { return token.is_word(word); });
}

inline std::optional<Comparison> comparison_of(const Token& token) {
    if (token.kind != Token::Kind::Sign) return std::nullopt;
    if (token.raw == "=") return Comparison::Equal;
    if (token.raw == "<>" || token.raw == "!=") return Comparison::NotEqual;
    if (token.raw == "<") return Comparison::Less;
    if (token.raw == "<=") return Comparison::LessOrEqual;
    if (token.raw == ">") return Comparison::Greater;
    if (token.raw == ">=") return Comparison::GreaterOrEqual;
    return std::nullopt;
}

}  // namespace rhumb::geodb::where
