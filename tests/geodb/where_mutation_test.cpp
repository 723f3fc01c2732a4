// SPDX-License-Identifier: Apache-2.0
//
// Valid clauses, spoiled at random: each becomes an Error or SQL that the database takes.

#include "geodb/query/where_parser.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/hydrants.hpp"

#include <array>
#include <random>
#include <string>
#include <string_view>

using namespace rhumb;
using namespace rhumb::geodb;

namespace {

constexpr int kMutations = 200'000;
/// Running all would take minutes; every so many accepted clause is run.
constexpr int kRunEvery = 4;

constexpr std::array<std::string_view, 12> kClauses{
    "zone = 1 AND (code LIKE 'H!%%' ESCAPE '!' OR flow BETWEEN -2.5 AND 1e1)",
    "inspected >= CURRENT_TIMESTAMP - INTERVAL '1 02:03:04' DAY TO SECOND",
    "built + INTERVAL '2' DAY < DATE '2026-01-01' AND opens = TIME '08:00:00'",
    "globalid IN ('{11111111-AAAA-4AAA-8AAA-111111111111}', NULL) OR shape IS NOT NULL",
    "FLOOR(flow * 2) + CEILING(flow / 3) - MOD(zone, 2) <> ROUND(ABS(-flow), -1)",
    "SUBSTRING(UPPER(code) FROM 1 FOR 2) = CONCAT('H', TRIM(BOTH '-' FROM code))",
    "POSITION('x' IN straße) > CHAR_LENGTH(LOWER(\"a \"\"b\"\"\"))",
    "CAST(flow AS INTEGER) NOT IN (1, 2, '3') AND EXTRACT(YEAR FROM inspected) = 2026",
    "NOT (zone IS NULL) AND CAST(inspected AS DATE) = CURRENT_DATE",
    "TIMESTAMP '2026-01-01 10:00:00' > seen OR CURRENT_USER <> CAST(zone AS VARCHAR(5))",
    "1=1",
    "owner NOT BETWEEN '{1}' AND 'x' AND code NOT LIKE UPPER('%a_')",
};
constexpr std::array<std::string_view, 36> kPieces{
    "(",     ")",     "'",     "\"",     ",",         "=",     "<",      "-",    "+",
    "*",     "/",     " AND ", " OR ",   " NOT ",     "NULL",  " IN (",  "zone", "code",
    "shape", "flow",  "built", "opens",  "owner",     "5",     "1e5",    "'x'",  "%",
    " IS ",  "DATE ", "ABS(",  "FLOOR(", "INTERVAL ", "CAST(", " LIKE ", "é",    "\xF0"};

class Mutator {
public:
    std::string next() {
        std::string clause(pick(kClauses));
        for (std::size_t edits = 1 + below(4); edits > 0; --edits) spoil(clause);
        return clause;
    }

private:
    std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
    }
    template <typename Table>
    std::string_view pick(const Table& table) {
        return table[below(table.size())];
    }
    void spoil(std::string& clause) {
        const std::size_t at = below(clause.size() + 1);
        const std::size_t length = below(8);
        switch (below(5)) {
            case 0:
                clause.insert(at, pick(kPieces));
                break;
            case 1:
                clause.erase(at, length);
                break;
            case 2:
                clause.replace(at, length, pick(kPieces));
                break;
            case 3:
                clause += " AND " + std::string(pick(kClauses));
                break;
            default:
                clause.insert(at, clause.substr(below(clause.size() + 1), length * 4));
                break;
        }
    }
    std::mt19937 random_{20260301};
};

}  // namespace

TEST_CASE("a spoiled clause is an error or SQL, never a crash", "[where][fuzz]") {
    test::Hydrants hydrants;
    const WhereContext context = test::hydrant_context();
    Mutator mutator;
    int accepted = 0;
    for (int i = 0; i < kMutations; ++i) {
        const std::string clause = mutator.next();
        try {
            const WhereSql where = where_to_sql(parse_where(clause), context);
            if (++accepted % kRunEvery == 0) hydrants.rows(where);
        } catch (const Error& error) {
            if (error.message().rfind("where: ", 0) != 0) FAIL(clause << ": " << error.message());
        }
    }
    CHECK(accepted > kMutations / 20);
}

TEST_CASE("whatever nesting is accepted, the database takes it too", "[where][fuzz]") {
    constexpr std::array<std::array<std::string_view, 2>, 18> kWraps{
        {{"NOT (", ")"},
         {"fid = 1 AND (", ")"},
         {"fid = 1 OR (", " OR fid = 2)"},
         {"(", ") AND fid > 0"},
         {"ABS(", ")"},
         {"(flow + ", ")"},
         {"(", " * zone)"},
         {"-", ""},
         {"(flow / (2.5 + ", "))"},
         {"FLOOR(", ")"},
         {"MOD(flow, ", ")"},
         {"MOD(", ", 2.5)"},
         {"ROUND(", ", -2)"},
         {"CHAR_LENGTH(CAST(", " AS VARCHAR(9)))"},
         {"POSITION('1' IN CONCAT(code, ", "))"},
         {"POSITION(SUBSTRING(code, 1, ROUND(1)), 'a') + ", ""},
         {"CHAR_LENGTH(SUBSTRING(code, 1, CAST(", " AS INTEGER)))"},
         {"EXTRACT(YEAR FROM built) + ", ""}}};
    constexpr std::size_t kConditions = 4;
    test::Hydrants hydrants;
    const WhereContext context = test::hydrant_context();
    std::mt19937 random{7};
    const auto below = [&](std::size_t end) { return random() % end; };
    int accepted = 0;
    for (int i = 0; i < 4'000; ++i) {
        std::string clause = "zone";
        for (std::size_t depth = below(25); depth > 0; --depth) {
            const auto& wrap = kWraps[kConditions + below(kWraps.size() - kConditions)];
            clause = std::string(wrap[0]) + " " + clause + std::string(wrap[1]);
        }
        clause = below(2) == 0 ? clause + " > 1" : "1 NOT IN (2, " + clause + ")";
        for (std::size_t depth = below(60); depth > 0; --depth) {
            const auto& wrap = kWraps[below(kConditions)];
            clause = std::string(wrap[0]) + clause + std::string(wrap[1]);
        }
        try {
            const WhereSql where = where_to_sql(parse_where(clause), context);
            ++accepted;
            hydrants.rows(where);
        } catch (const Error& error) {
            if (error.message().rfind("where: ", 0) != 0) FAIL(clause << ": " << error.message());
        }
    }
    CHECK(accepted > 400);
}
