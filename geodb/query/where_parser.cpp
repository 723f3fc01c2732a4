// SPDX-License-Identifier: Apache-2.0
#include "geodb/query/where_parser.hpp"

#include "geodb/query/where_lexer.hpp"
#include "geodb/query/where_literals.hpp"
#include "geodb/query/where_vocabulary.hpp"
#include "platform/date_time.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rhumb::geodb {
namespace {

using namespace where;

/// How tightly an operator holds its operands. An operand of `a AND b` is parsed at And + 1.
enum Binding : int { kAnything, kOr, kAnd, kNot, kPredicate, kSum, kProduct, kSign };

/// Operator precedence climbing. Only brackets, calls and prefixes recurse without end in sight,
/// and those are counted by Level.
class Parser {
public:
    enum class Of { Rows, Groups };
    Parser(std::string_view text, Of of)
        : lexer_(text, of == Of::Rows ? "where" : "havingClause"), of_(of) {
        current_ = lexer_.next();
        ahead_ = lexer_.next();
    }

    Node whole() {
        if (current_.kind == Token::Kind::End) fail("is empty");
        Node root = condition(kAnything);
        if (current_.is_sign(")")) fail("closing bracket without an opening one");
        if (current_.kind != Token::Kind::End) fail("unexpected text after the condition");
        return root;
    }

private:
    /// One bracket, call or prefix; throws when there are too many inside one another.
    class Level {
    public:
        explicit Level(Parser& parser) : depth_(parser.depth_) {
            if (depth_ == kMaxWhereDepth) parser.fail_depth(parser.current_);
            ++depth_;
        }
        Level(const Level&) = delete;
        Level& operator=(const Level&) = delete;
        ~Level() { --depth_; }

    private:
        std::size_t& depth_;
    };

    // The stream of tokens.
    [[noreturn]] void fail(const std::string& problem) const { lexer_.fail(current_, problem); }
    [[noreturn]] void fail_depth(const Token& at) const;
    Token take();
    bool take_sign(std::string_view sign);
    bool take_word(std::string_view word);
    void expect_sign(std::string_view sign);
    void expect_word(std::string_view word);

    // Expressions: a condition or a value.
    Node make(const Token& at, What what, std::vector<Node> operands) const;
    Node expression(Binding lowest);
    Node condition(Binding lowest);
    Node value(Binding lowest = kSum);
    Node prefix();
    Node primary();
    Node word();
    Binding binding() const;
    Node extended(const Token& at, Node left, Binding found);

    // What stands between or after operands.
    Node junction(const Token& at, Node left, Binding found);
    Node predicate(const Token& at, Node left);
    Node in_list(const Token& at, Node left, bool negated);
    Node like(const Token& at, Node left, bool negated);
    Node sum_or_product(const Token& at, Node left, Binding found);
    std::int64_t interval();

    // Literals and calls.
    Node number(bool negative);
    Node dated_literal();
    Node call(const NamedFunction& named);
    Node statistic(Statistic statistic);
    Node cast();
    Node extract();
    Node trim();
    std::optional<std::int64_t> type_length();

    Lexer lexer_;
    Of of_;
    Token current_;
    Token ahead_;
    std::size_t depth_ = 0;
};

void Parser::fail_depth(const Token& at) const {
    lexer_.fail(at, "nested deeper than " + std::to_string(kMaxWhereDepth) + " levels");
}

Token Parser::take() {
    const Token taken = std::exchange(current_, ahead_);
    ahead_ = lexer_.next();
    return taken;
}

bool Parser::take_sign(std::string_view sign) {
    const bool there = current_.is_sign(sign);
    if (there) take();
    return there;
}

bool Parser::take_word(std::string_view word) {
    const bool there = current_.is_word(word);
    if (there) take();
    return there;
}

void Parser::expect_sign(std::string_view sign) {
    if (!take_sign(sign)) fail("'" + std::string(sign) + "' expected");
}

void Parser::expect_word(std::string_view word) {
    if (!take_word(word)) fail(std::string(word) + " expected");
}

Node Parser::make(const Token& at, What what, std::vector<Node> operands) const {
    std::size_t deepest = 0;
    for (const Node& operand : operands) deepest = std::max<std::size_t>(deepest, operand.depth);
    if (deepest >= kMaxWhereDepth) fail_depth(at);
    return {std::move(what), std::move(operands), at.position,
            static_cast<std::uint16_t>(deepest + 1)};
}

/// Braces around `Node` twice would copy: an initializer list cannot be moved from.
template <typename... Nodes>
std::vector<Node> operands_of(Nodes... nodes) {
    std::vector<Node> operands;
    operands.reserve(sizeof...(nodes));
    (operands.push_back(std::move(nodes)), ...);
    return operands;
}

Node Parser::expression(Binding lowest) {
    const Token at = current_;
    Node left = prefix();
    while (true) {
        const Binding found = binding();
        if (found == kAnything || found < lowest) return left;
        left = extended(at, std::move(left), found);
    }
}

Node Parser::condition(Binding lowest) {
    const Token at = current_;
    Node node = expression(lowest);
    if (!node.is_condition()) lexer_.fail(at, "a value stands where a condition is expected");
    return node;
}

Node Parser::value(Binding lowest) {
    const Token at = current_;
    Node node = expression(lowest);
    if (node.is_condition()) lexer_.fail(at, "a condition stands where a value is expected");
    return node;
}

Node Parser::prefix() {
    const Token at = current_;
    if (current_.is_word("NOT")) {
        const Level level{*this};
        take();
        return make(at, Not{}, operands_of(condition(kNot)));
    }
    if (!current_.is_sign("-") && !current_.is_sign("+")) return primary();
    const Level level{*this};
    const bool minus = take().raw == "-";
    if (current_.kind == Token::Kind::Number) return number(minus);
    Node operand = value(kSign);
    return minus ? make(at, Arithmetic::Negate, operands_of(std::move(operand)))
                 : std::move(operand);
}

Node Parser::primary() {
    const Token at = current_;
    switch (current_.kind) {
        case Token::Kind::Number:
            return number(false);
        case Token::Kind::Text:
            return make(at, Literal{Literal::Kind::Text, take().unquoted()}, {});
        case Token::Kind::QuotedName:
            if (current_.raw.size() == 2) fail("a name without letters");
            return make(at, Field{take().unquoted()}, {});
        case Token::Kind::Word:
            return word();
        case Token::Kind::End:
            fail("ends where a value is expected");
        case Token::Kind::Sign:
            break;
    }
    if (!current_.is_sign("(")) fail("a value is expected");
    const Level level{*this};
    take();
    Node inner = expression(kAnything);
    expect_sign(")");
    return inner;
}

Node Parser::word() {
    const Token at = current_;
    if (ahead_.kind == Token::Kind::Text) return dated_literal();
    if (ahead_.is_sign("(")) {
        if (at.is_word("CAST")) return cast();
        if (at.is_word("EXTRACT")) return extract();
        if (at.is_word("TRIM")) return trim();
        if (const NamedFunction* function = named(kFunctions, at)) return call(*function);
        const NamedStatistic* said = of_ == Of::Groups ? named(kStatistics, at) : nullptr;
        if (said != nullptr) return statistic(said->statistic);
        fail(is_reserved(at) ? "a value is expected" : "unknown function");
    }
    if (take_word("NULL")) return make(at, Literal{}, {});
    if (is_reserved(at)) fail("a value is expected");
    if (take_word("CURRENT_DATE")) return make(at, Current::Date, {});
    if (take_word("CURRENT_TIMESTAMP")) return make(at, Current::Timestamp, {});
    if (take_word("CURRENT_USER")) return make(at, Current::User, {});
    return make(at, Field{std::string(take().raw)}, {});
}

/// Of the operator that stands next; kAnything when there is none.
Binding Parser::binding() const {
    if (current_.is_word("OR")) return kOr;
    if (current_.is_word("AND")) return kAnd;
    if (current_.is_sign("+") || current_.is_sign("-")) return kSum;
    if (current_.is_sign("*") || current_.is_sign("/")) return kProduct;
    for (const std::string_view word : {"IN", "BETWEEN", "LIKE", "IS", "NOT"}) {
        if (current_.is_word(word)) return kPredicate;
    }
    return comparison_of(current_) ? kPredicate : kAnything;
}

Node Parser::extended(const Token& at, Node left, Binding found) {
    const bool wants_condition = found == kOr || found == kAnd;
    if (wants_condition && !left.is_condition()) {
        lexer_.fail(at, "a value stands where a condition is expected");
    }
    if (!wants_condition && left.is_condition()) {
        lexer_.fail(at, "a condition stands where a value is expected");
    }
    if (wants_condition) return junction(at, std::move(left), found);
    if (found == kPredicate) return predicate(at, std::move(left));
    return sum_or_product(at, std::move(left), found);
}

/// A long chain of ANDs or ORs is one node, so that its length costs no depth.
Node Parser::junction(const Token& at, Node left, Binding found) {
    const Junction kind = found == kOr ? Junction::Or : Junction::And;
    std::vector<Node> operands = operands_of(std::move(left));
    while (binding() == found) {
        take();
        operands.push_back(condition(found == kOr ? kAnd : kNot));
    }
    return make(at, kind, std::move(operands));
}

Node Parser::predicate(const Token& at, Node left) {
    if (const std::optional<Comparison> comparison = comparison_of(current_)) {
        take();
        Node right = value();
        return make(at, *comparison, operands_of(std::move(left), std::move(right)));
    }
    if (take_word("IS")) {
        const bool negated = take_word("NOT");
        expect_word("NULL");
        return make(at, IsNull{negated}, operands_of(std::move(left)));
    }
    const bool negated = take_word("NOT");
    if (take_word("IN")) return in_list(at, std::move(left), negated);
    if (take_word("LIKE")) return like(at, std::move(left), negated);
    if (!take_word("BETWEEN")) fail("IN, LIKE or BETWEEN expected");
    Node lower = value();
    expect_word("AND");
    Node upper = value();
    return make(at, Between{negated},
                operands_of(std::move(left), std::move(lower), std::move(upper)));
}

Node Parser::in_list(const Token& at, Node left, bool negated) {
    const Level level{*this};
    expect_sign("(");
    if (current_.is_sign(")")) fail("an IN list without elements");
    std::vector<Node> operands = operands_of(std::move(left));
    do {
        if (operands.size() > kMaxWhereListElements) {
            fail("an IN list of more than " + std::to_string(kMaxWhereListElements) + " elements");
        }
        operands.push_back(value());
    } while (take_sign(","));
    expect_sign(")");
    return make(at, In{negated}, std::move(operands));
}

Node Parser::like(const Token& at, Node left, bool negated) {
    Node pattern = value();
    std::string escape;
    if (take_word("ESCAPE")) {
        if (current_.kind != Token::Kind::Text) fail("ESCAPE takes a text");
        escape = current_.unquoted();
        if (utf8_length(escape) != 1) fail("ESCAPE takes one character");
        take();
    }
    return make(at, Like{negated, escape}, operands_of(std::move(left), std::move(pattern)));
}

Node Parser::sum_or_product(const Token& at, Node left, Binding found) {
    const Token sign = take();
    const bool minus = sign.is_sign("-");
    if (found == kSum && current_.is_word("INTERVAL") && ahead_.kind == Token::Kind::Text) {
        const std::int64_t ms = interval();
        return make(at, Shift{minus ? -ms : ms}, operands_of(std::move(left)));
    }
    Arithmetic operation = Arithmetic::Add;
    if (minus) operation = Arithmetic::Subtract;
    if (sign.is_sign("*")) operation = Arithmetic::Multiply;
    if (sign.is_sign("/")) operation = Arithmetic::Divide;
    Node right = value(found == kSum ? kProduct : kSign);
    return make(at, operation, operands_of(std::move(left), std::move(right)));
}

/// INTERVAL 'n' DAY|HOUR|MINUTE|SECOND or INTERVAL 'd hh:mm:ss' DAY TO SECOND, in ms.
std::int64_t Parser::interval() {
    take();
    const Token count = take();
    const NamedPart* part = named(kParts, current_);
    if (part == nullptr || part->unit_ms == 0) {
        fail("INTERVAL counts in DAY, HOUR, MINUTE, SECOND or DAY TO SECOND");
    }
    take();
    const bool day_to_second = part->part == Extract::Day && take_word("TO");
    if (day_to_second) expect_word("SECOND");
    const std::optional<std::int64_t> ms = day_to_second
                                               ? parse_day_to_second(count.unquoted())
                                               : parse_interval(count.unquoted(), part->unit_ms);
    if (!ms) lexer_.fail(count, "no interval of this unit");
    return *ms;
}

Node Parser::number(bool negative) {
    const Token at = take();
    const std::string text = (negative ? "-" : "") + std::string(at.raw);
    if (const std::optional<std::int64_t> whole = parse_integer(text)) {
        return make(at, Literal{Literal::Kind::Number, *whole}, {});
    }
    const std::optional<double> real = parse_double(text);
    if (!real) lexer_.fail(at, "not a number, or too large");
    return make(at, Literal{Literal::Kind::Number, *real}, {});
}

/// DATE '…', TIMESTAMP '…', TIME '…'. Clients write times of day after DATE too; then it is a
/// moment all the same.
Node Parser::dated_literal() {
    const Token at = current_;
    const bool date = current_.is_word("DATE");
    const bool time = current_.is_word("TIME");
    if (!date && !time && !current_.is_word("TIMESTAMP")) {
        fail(is_reserved(at) ? "a value is expected" : "a text after a name");
    }
    take();
    const std::string text = current_.unquoted();
    const std::optional<std::int64_t> ms = time ? parse_time_of_day(text) : parse_date_time(text);
    if (!ms) fail(time ? "not a time hh:mm:ss" : "not a date yyyy-mm-dd [hh:mm:ss]");
    take();
    const bool day = date && text.find(':') == std::string::npos;
    if (day) return make(at, Literal{Literal::Kind::Day, *ms}, {});
    return make(at, Literal{time ? Literal::Kind::Time : Literal::Kind::Moment, *ms}, {});
}

Node Parser::call(const NamedFunction& named) {
    const Level level{*this};
    const Token at = take();
    take();
    std::vector<Node> arguments;
    const bool substring = named.function == Function::Substring;
    const bool position = named.function == Function::Position;
    if (!current_.is_sign(")")) {
        do {
            arguments.push_back(value());
            // SUBSTRING(x FROM a FOR b) and POSITION(a IN b), besides the forms with commas.
        } while (arguments.size() < named.most &&
                 (take_sign(",") || (substring && arguments.size() == 1 && take_word("FROM")) ||
                  (substring && arguments.size() == 2 && take_word("FOR")) ||
                  (position && take_word("IN"))));
    }
    if (current_.is_sign(",") || arguments.size() < named.least) {
        lexer_.fail(at, "wrong number of arguments for " + std::string(named.name));
    }
    expect_sign(")");
    return make(at, named.function, std::move(arguments));
}

/// COUNT(FIELD), COUNT(*), SUM("FIELD") …
Node Parser::statistic(Statistic statistic) {
    const Token at = take();
    take();
    const bool all = statistic == Statistic::Count && current_.is_sign("*");
    const bool quoted = current_.kind == Token::Kind::QuotedName && current_.raw.size() > 2;
    if (!all && !quoted && current_.kind != Token::Kind::Word) fail("a field is expected");
    const Token field = take();
    expect_sign(")");
    return make(at, Field{quoted ? field.unquoted() : std::string(field.raw), statistic}, {});
}

/// TRIM(x) or TRIM([BOTH|LEADING|TRAILING] ['characters'] FROM x).
Node Parser::trim() {
    const Level level{*this};
    const Token at = take();
    take();
    Function function = Function::Trim;
    // Before a bracket, comma or end these words are fields.
    const bool sided = ahead_.kind == Token::Kind::Text || ahead_.is_word("FROM");
    if (sided && take_word("LEADING")) {
        function = Function::TrimLeading;
    } else if (sided && take_word("TRAILING")) {
        function = Function::TrimTrailing;
    } else if (sided) {
        take_word("BOTH");
    }
    std::vector<Node> arguments;
    if (!take_word("FROM")) arguments.push_back(value());
    if (arguments.empty() || take_word("FROM")) arguments.insert(arguments.begin(), value());
    expect_sign(")");
    return make(at, function, std::move(arguments));
}

Node Parser::cast() {
    const Level level{*this};
    const Token at = take();
    take();
    Node operand = value();
    expect_word("AS");
    const NamedType* type = named(kTypes, current_);
    if (type == nullptr) fail("no type to cast to");
    if (take().is_word("DOUBLE")) take_word("PRECISION");
    const std::optional<std::int64_t> length = type_length();
    expect_sign(")");
    return make(at, Cast{type->to, type->to == Cast::To::Text ? length : std::nullopt},
                operands_of(std::move(operand)));
}

/// `(n)` or `(n, m)` after a type; only the length of a text has an effect.
std::optional<std::int64_t> Parser::type_length() {
    if (!take_sign("(")) return std::nullopt;
    const std::optional<std::int64_t> length = parse_integer(current_.raw);
    if (!length || *length < 0) fail("a length is expected");
    take();
    if (take_sign(",") && !parse_integer(take().raw)) fail("a scale is expected");
    expect_sign(")");
    return length;
}

Node Parser::extract() {
    const Level level{*this};
    const Token at = take();
    take();
    const NamedPart* part = named(kParts, current_);
    if (part == nullptr) fail("EXTRACT takes YEAR, MONTH, DAY, HOUR, MINUTE or SECOND");
    take();
    expect_word("FROM");
    Node operand = value();
    expect_sign(")");
    return make(at, part->part, operands_of(std::move(operand)));
}

}  // namespace

Where parse_where(std::string_view text) {
    return {Parser(text, Parser::Of::Rows).whole()};
}

Where parse_having(std::string_view text) {
    return {Parser(text, Parser::Of::Groups).whole()};
}

}  // namespace rhumb::geodb
