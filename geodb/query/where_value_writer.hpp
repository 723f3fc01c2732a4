// SPDX-License-Identifier: Apache-2.0
//
// Writes the values of a where-clause as SQL: fields, literals, arithmetic, functions.
//
// Each value is written so that no operator beside it can tear it apart, and with an eye on how
// deep SQLite's parser has to go for it.

#pragma once

#include "geodb/query/where_sql.hpp"
#include "geodb/query/where_tree.hpp"
#include "geodb/query/where_types.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rhumb::geodb::where {

/// SQLite's parser has a stack of 100 entries; the statement around the clause needs some itself.
inline constexpr int kParserStack = 70;
/// What one construct takes of it (measured: the entries that wait while its inside is read).
inline constexpr int kFirstBracket = 1;
inline constexpr int kLaterBracket = 3;
inline constexpr int kRightOperand = 2;
inline constexpr int kNotBracket = 2;
inline constexpr int kCall = 5;
inline constexpr int kSubquery = 11;

/// As what a value is written, and beside which others it stands, for messages.
struct As {
    Type type = Type::Any;
    const std::vector<Node>* beside = nullptr;
    bool ordered = false;  ///< under < > or BETWEEN
};

/// The literal that `node` is; null when it is none.
inline const Literal* literal_of(const Node& node) {
    return std::get_if<Literal>(&node.what);
}

inline bool is_text_literal(const Node& node) {
    const Literal* literal = literal_of(node);
    return literal != nullptr && literal->kind == Literal::Kind::Text;
}

class ValueWriter {
public:
    explicit ValueWriter(const WhereContext& context) : context_(context), types_(context) {}

    void value(const Node& node, const As& as);
    /// A Field as it is stored, while value() brings dates into their one form.
    void column(const Node& field);
    /// A placeholder and what it stands for.
    void bind(Value value);
    /// The same for an element of a list, which SQLite takes more lightly.
    void bind_element(Value value);
    void append(std::string_view sql) { sql_ += sql; }

    /// Writes `inside` while its brackets take `cost` entries of SQLite's parser stack.
    template <typename Inside>
    void nested(int cost, std::string_view open, const Inside& inside, std::string_view close) {
        take_stack(cost);
        sql_ += open;
        inside();
        sql_ += close;
        take_stack(-cost);
    }

    Types& types() { return types_; }
    /// Later messages that concern no single value point at this condition.
    void begin_condition(const Node& condition) { condition_ = &condition; }
    WhereSql finished() && { return {std::move(sql_), std::move(values_), types_.columns()}; }

private:
    void take_stack(int cost);
    void literal(const Node& node, const As& as);
    void field(const Node& node);
    void number(const Node& node, const std::vector<Node>& beside);
    void text(const Node& node);
    void dated(const Node& node, Type literal_type);
    void shift(const Node& node, std::int64_t ms);
    void arithmetic(const Node& node, Arithmetic operation);
    void cast(const Node& node, const Cast& cast);
    void extract(const Node& node, Extract part);

    // Functions.
    void function(const Node& node, Function function);
    void text_call(const Node& node, std::string_view open);
    void substring(const Node& node);
    void at_least(const Node& node, std::int64_t least);
    void concat(const Node& node);
    void round(const Node& node);
    void floor_or_ceiling(const Node& node, char beyond);
    void mod(const Node& node);

    const WhereContext& context_;
    Types types_;
    std::string sql_;
    std::vector<Value> values_;
    std::size_t literals_ = 0;  // outside lists
    int stack_ = 0;
    const Node* condition_ = nullptr;
};

}  // namespace rhumb::geodb::where
