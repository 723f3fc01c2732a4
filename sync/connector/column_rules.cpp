// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/column_rules.hpp"

#include "platform/number.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <array>

namespace rhumb::connector {
namespace {

using geodb::Domain;

/// One text in single quotes, quotes inside doubled.
bool is_text_literal(std::string_view sql) {
    if (sql.size() < 2 || sql.front() != '\'' || sql.back() != '\'') return false;
    sql = sql.substr(1, sql.size() - 2);
    for (std::size_t i = 0; i < sql.size(); ++i) {
        if (sql[i] != '\'') continue;
        if (i + 1 == sql.size() || sql[++i] != '\'') return false;
    }
    return true;
}

/// strftime('<format>','now'), which is how GDAL writes the current time.
bool is_current_time(std::string_view sql) {
    constexpr std::array<std::string_view, 3> kKeywords{"current_timestamp", "current_date",
                                                        "current_time"};
    if (std::find(kKeywords.begin(), kKeywords.end(), lowered(sql)) != kKeywords.end()) return true;
    std::string packed(sql);
    packed.erase(std::remove(packed.begin(), packed.end(), ' '), packed.end());
    constexpr std::string_view kBegin = "strftime(";
    constexpr std::string_view kEnd = ",'now')";
    const std::string_view text = packed;
    if (!lowered(text).starts_with(kBegin) || !text.ends_with(kEnd)) return false;
    return is_text_literal(text.substr(kBegin.size(), text.size() - kBegin.size() - kEnd.size()));
}

bool same_domain(const Domain& a, const Domain& b) {
    const auto same_choice = [](const Domain::Choice& x, const Domain::Choice& y) {
        return x.code == y.code && x.label == y.label;
    };
    return a.min == b.min && a.max == b.max && a.choices.size() == b.choices.size() &&
           std::is_permutation(a.choices.begin(), a.choices.end(), b.choices.begin(), same_choice);
}

const Domain* find_domain(const geodb::Geodatabase& in, const std::string& name) {
    for (const geodb::Layer& layer : in.layers()) {
        for (const geodb::Field& field : layer.fields) {
            if (field.domain && field.domain->name == name) return &*field.domain;
        }
    }
    return nullptr;
}

}  // namespace

bool is_plain_default(std::string_view sql) {
    sql = trimmed(sql);
    const bool word = equal_ignoring_case(sql, "null") || equal_ignoring_case(sql, "true") ||
                      equal_ignoring_case(sql, "false");
    return word || parse_double(sql) || is_text_literal(sql) || is_current_time(sql);
}

void keep_plain_default(geodb::Field& field, std::vector<std::string>& notes) {
    if (!field.default_sql) return;
    if (is_plain_default(*field.default_sql)) {
        // SQLite shows an expression without the brackets that it must be declared in.
        field.default_sql = "(" + *field.default_sql + ")";
        return;
    }
    notes.push_back("field '" + field.name + "' loses its default " +
                    excerpt(*field.default_sql, 60));
    field.default_sql.reset();
}

void keep_domain(const geodb::Geodatabase& into, geodb::Field& field,
                 std::vector<std::string>& notes) {
    if (!field.domain) return;
    const std::string name = field.domain->name;
    for (int n = 2;; ++n) {
        const Domain* there = find_domain(into, field.domain->name);
        if (there == nullptr || same_domain(*there, *field.domain)) break;
        field.domain->name = name + "_" + std::to_string(n);
    }
    if (field.domain->name == name) return;
    notes.push_back("domain '" + name + "' of field '" + field.name + "' is called '" +
                    field.domain->name + "' here");
}

}  // namespace rhumb::connector
