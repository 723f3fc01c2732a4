// SPDX-License-Identifier: Apache-2.0
#include "geodb/query/where_sql.hpp"

#include "geodb/query/where_types.hpp"
#include "geodb/query/where_value_writer.hpp"
#include "geodb/query/where_values.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace rhumb::geodb {
namespace {

using namespace where;

/// SQLite also bounds the height of an expression at 1000, and `a OR b OR c …` is as high as it is
/// long: long chains are cut into groups of groups.
constexpr std::size_t kGroup = 8;
/// Conditions up to this depth stay in the order in which they were written.
constexpr std::uint16_t kShallow = 4;
/// SQLite writes lists up to this length out as comparisons.
constexpr std::size_t kMaxComparedList = 2;
/// Longer IN lists are bound as one JSON array.
constexpr std::size_t kMaxPlainList = 200;

std::string_view operator_of(Comparison comparison) {
    static constexpr std::array<std::string_view, 6> kOperators{" = ",  " <> ", " < ",
                                                                " <= ", " > ",  " >= "};
    return kOperators[static_cast<std::size_t>(comparison)];
}

bool is_ordering(Comparison comparison) {
    return comparison != Comparison::Equal && comparison != Comparison::NotEqual;
}

/// As SQLite's upper() does it: ASCII letters only.
std::string uppered(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return text;
}

class ConditionWriter {
public:
    explicit ConditionWriter(const WhereContext& context) : out_(context) {}

    void condition(const Node& node);
    WhereSql finished() && { return std::move(out_).finished(); }

private:
    void junction(std::span<const Node* const> operands, std::string_view word);
    void in_list(const Node& node, bool negated);
    void constant_list(const Node& node, const As& as);
    void between(const Node& node, bool negated);
    void is_null(const Node& node, bool negated);
    void like(const Node& node, const Like& like);
    std::optional<std::string> constant_text(const Node& node) const;

    ValueWriter out_;
};

void ConditionWriter::condition(const Node& node) {
    out_.begin_condition(node);
    if (const auto* junction_kind = std::get_if<Junction>(&node.what)) {
        std::vector<const Node*> operands;
        for (const Node& operand : node.operands) operands.push_back(&operand);
        // In front, depth costs SQLite's parser least.
        const auto deepest =
            std::max_element(operands.begin(), operands.end(),
                             [](const Node* a, const Node* b) { return a->depth < b->depth; });
        if ((*deepest)->depth > kShallow) std::rotate(operands.begin(), deepest, deepest + 1);
        junction(operands, *junction_kind == Junction::And ? " AND " : " OR ");
    } else if (std::holds_alternative<Not>(node.what)) {
        out_.nested(
            kNotBracket, "NOT (", [&] { condition(node.operands[0]); }, ")");
    } else if (const auto* comparison = std::get_if<Comparison>(&node.what)) {
        const As as{out_.types().common(node.operands), &node.operands, is_ordering(*comparison)};
        out_.value(node.operands[0], as);
        out_.nested(
            kRightOperand, operator_of(*comparison), [&] { out_.value(node.operands[1], as); }, "");
    } else if (const auto* in = std::get_if<In>(&node.what)) {
        in_list(node, in->negated);
    } else if (const auto* range = std::get_if<Between>(&node.what)) {
        between(node, range->negated);
    } else if (const auto* null_test = std::get_if<IsNull>(&node.what)) {
        is_null(node, null_test->negated);
    } else {
        like(node, std::get<Like>(node.what));
    }
}

void ConditionWriter::junction(std::span<const Node* const> operands, std::string_view word) {
    const std::size_t size =
        operands.size() <= kGroup ? 1 : (operands.size() + kGroup - 1) / kGroup;
    for (std::size_t begin = 0; begin < operands.size(); begin += size) {
        const auto group = operands.subspan(begin, std::min(size, operands.size() - begin));
        if (begin > 0) out_.append(word);
        const int cost = begin > 0 ? kLaterBracket : kFirstBracket;
        if (group.size() > 1) {
            out_.nested(
                cost, "(", [&] { junction(group, word); }, ")");
        } else {
            const bool bracket = std::holds_alternative<Junction>(group[0]->what);
            out_.nested(
                cost, bracket ? "(" : "", [&] { condition(*group[0]); }, bracket ? ")" : "");
        }
    }
}

void ConditionWriter::in_list(const Node& node, bool negated) {
    const As as{out_.types().common(node.operands), &node.operands};
    out_.value(node.operands[0], as);
    out_.append(negated ? " NOT IN (" : " IN (");
    const std::span<const Node> elements = std::span(node.operands).subspan(1);
    const bool constant = std::all_of(elements.begin(), elements.end(), [](const Node& element) {
        return literal_of(element) != nullptr;
    });
    if (constant && elements.size() > kMaxComparedList) {
        constant_list(node, as);
    } else {
        for (const Node& element : elements) {
            const bool first = &element == &elements[0];
            out_.nested(
                kCall, first ? "" : ", ", [&] { out_.value(element, as); }, "");
        }
    }
    out_.append(")");
}

void ConditionWriter::constant_list(const Node& node, const As& as) {
    std::vector<Value> elements;
    for (const Node& element : std::span(node.operands).subspan(1)) {
        const std::optional<std::int64_t> ms = out_.types().constant_date(element);
        elements.push_back(ms ? date_value(*ms, as.type)
                              : literal_value(element, as.type, node.operands));
    }
    std::optional<std::string> json;
    if (elements.size() > kMaxPlainList) json = json_list(elements);
    if (json) {
        return out_.nested(
            kSubquery, "SELECT value FROM json_each(", [&] { out_.bind(std::move(*json)); }, ")");
    }
    out_.bind(std::move(elements[0]));  // the list as a whole counts as one literal
    for (Value& element : std::span(elements).subspan(1)) {
        out_.append(", ");
        out_.bind_element(std::move(element));
    }
}

void ConditionWriter::between(const Node& node, bool negated) {
    const As as{out_.types().common(node.operands), &node.operands, true};
    out_.value(node.operands[0], as);
    out_.nested(
        kRightOperand, negated ? " NOT BETWEEN " : " BETWEEN ",
        [&] { out_.value(node.operands[1], as); }, "");
    out_.nested(
        kCall, " AND ", [&] { out_.value(node.operands[2], as); }, "");
}

void ConditionWriter::is_null(const Node& node, bool negated) {
    const Node& operand = node.operands[0];
    if (std::holds_alternative<Field>(operand.what)) {
        out_.column(operand);  // as it is stored: a date nobody can read is not NULL
    } else {
        out_.value(operand, {out_.types().of(operand), &node.operands});
    }
    out_.append(negated ? " IS NOT NULL" : " IS NULL");
}

/// SQLite's LIKE ignores the case of ASCII letters and cannot be told otherwise in one statement;
/// its GLOB does not.
void ConditionWriter::like(const Node& node, const Like& like) {
    const Node& operand = node.operands[0];
    const Node& pattern = node.operands[1];
    const Type type = out_.types().of(operand);
    if (is_dated(type) || type == Type::Time || type == Type::Opaque) {
        fail(operand, subject_of(node.operands) + " holds " + std::string(type_name(type)) +
                          ", and LIKE compares text");
    }
    out_.value(operand, {type, &node.operands});
    out_.append(like.negated ? " NOT GLOB " : " GLOB ");
    const Literal* constant = literal_of(pattern);
    if (constant != nullptr && constant->kind == Literal::Kind::Null) return out_.bind(Null{});
    const std::optional<std::string> text = constant_text(pattern);
    if (!text) fail(pattern, "the pattern of LIKE is not a text in quotes");
    std::optional<std::string> glob = glob_of_like(*text, like.escape);
    if (!glob) fail(pattern, "the pattern of LIKE ends in its escape character or is too long");
    if (type == Type::Guid) {
        *glob = uppered(std::move(*glob));
    }
    out_.bind(std::move(*glob));
}

/// Clients write LIKE UPPER('%oak%').
std::optional<std::string> ConditionWriter::constant_text(const Node& node) const {
    if (is_text_literal(node)) return std::get<std::string>(literal_of(node)->value);
    const auto* function = std::get_if<Function>(&node.what);
    if (function == nullptr) return std::nullopt;
    std::string out;
    for (const Node& operand : node.operands) {
        const std::optional<std::string> part = constant_text(operand);
        if (!part) return std::nullopt;
        out += *part;
    }
    if (*function == Function::Concat) return out;
    if (*function == Function::Lower) return lowered(out);
    if (*function != Function::Upper) return std::nullopt;
    return uppered(std::move(out));
}

}  // namespace

WhereSql where_to_sql(const Where& where, const WhereContext& context) {
    ConditionWriter writer(context);
    writer.condition(where.root);
    return std::move(writer).finished();
}

}  // namespace rhumb::geodb
