// SPDX-License-Identifier: Apache-2.0
#include "geodb/query/where_parser.hpp"

#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/hydrants.hpp"

#include <string>
#include <vector>

using namespace rhumb;
using namespace rhumb::geodb;
using rhumb::test::hydrant_context;

namespace {

struct Refusal {
    std::string clause;
    std::string fragment;
};

std::string refusal_of(const std::string& clause) {
    try {
        static_cast<void>(where_to_sql(parse_where(clause), hydrant_context()));
    } catch (const Error& error) {
        CHECK(error.status() == Status::InvalidArgument);
        CHECK(error.message().rfind("where: ", 0) == 0);
        return error.message();
    }
    return "nothing";
}

void check_all(const std::vector<Refusal>& refusals) {
    for (const Refusal& refusal : refusals) {
        INFO(excerpt(refusal.clause, 100));
        CHECK_THAT(refusal_of(refusal.clause), Catch::Contains(refusal.fragment));
    }
}

}  // namespace

TEST_CASE("text that is no condition is refused with its place", "[where]") {
    check_all({
        {"", "is empty at character 1, the end"},
        {"  ", "is empty"},
        {"zone", "a value stands where a condition is expected at character 1 near 'zone'"},
        {"1", "a value stands where a condition"},
        {"zone = ", "ends where a value is expected at character 8, the end"},
        {"= 1", "a value is expected at character 1 near '= 1'"},
        {"zone = 1 zone = 2", "unexpected text after the condition at character 10"},
        {"東 = 1 2", "character 7 near '2'"},
        {"(zone = 1", "')' expected at character 10, the end"},
        {"zone = 1)", "closing bracket without an opening one at character 9"},
        {"zone = 1; DROP TABLE x", "unexpected character at character 9 near ';"},
        {"zone = 1 -- x", "comment mark at character 10"},
        {"zone = --1", "comment mark"},
        {"zone /* x */ = 1", "comment mark at character 6"},
        {"zone = 'a", "quote is never closed at character 8"},
        {"\"zone = 1", "quote is never closed at character 1"},
        {"\"\" = 1", "a name without letters"},
        {"zone = 1 AND", "ends where a value is expected"},
        {"zone = 1 AND OR zone = 2", "a value is expected at character 14"},
        {"zone = 1 AND 2", "a value stands where a condition is expected at character 14"},
        {"1 OR zone = 1", "a value stands where a condition is expected at character 1"},
        {"NOT zone", "a value stands where a condition is expected at character 5"},
        {"zone = 1 = 1", "a condition stands where a value is expected"},
        {"zone = NOT zone = 1", "a condition stands where a value"},
        {"(zone = 1) + 1 = 2", "a condition stands where a value"},
        {"UPPER(zone = 1) = 'A'", "')' expected at character 12"},
        {"(zone = 1) IS NULL", "a condition stands where a value"},
        {"zone NOT 1", "IN, LIKE or BETWEEN expected"},
        {"zone IS 1", "NULL expected at character 9"},
        {"zone IN ()", "an IN list without elements"},
        {"zone IN (1,)", "a value is expected"},
        {"zone IN 1", "'(' expected"},
        {"zone IN (SELECT fid FROM hydrants)", "')' expected"},
        {"zone BETWEEN 1 OR 2", "AND expected"},
        {"code LIKE 'a' ESCAPE 'ab'", "ESCAPE takes one character"},
        {"code LIKE 'a' ESCAPE 5", "ESCAPE takes a text"},
        {"zone = 12abc", "not a number, or too large at character 8 near '12abc'"},
        {"zone = 1.2.3", "not a number"},
        {"zone = 1e999", "not a number, or too large"},
        {"zone = 0x10", "not a number"},
        {"zone = ?", "unexpected character"},
        {"zone | 1 = 1", "unexpected character"},
        {"code || 'a' = 'b'", "unexpected character"},
        {"[zone] = 1", "unexpected character"},
        {"`zone` = 1", "unexpected character"},
        {"hydrants.zone = 1", "unexpected character at character 9"},
        {std::string("zone\0= 1", 8), "has a NUL character"},
        {"zone = '\xFF'", "is not UTF-8"},
        {"zone == 1", "a value is expected at character 7"},
    });
}

TEST_CASE("functions, types and literals outside the dialect are refused", "[where]") {
    check_all({
        {"load_extension('x') = 1", "unknown function at character 1 near 'load_extension"},
        {"RANDOM() = 1", "unknown function"},
        {"\"UPPER\"(code) = 'A'", "a value stands where a condition"},
        {"UPPER() = 'A'", "wrong number of arguments for UPPER"},
        {"UPPER(code, code) = 'A'", "wrong number of arguments for UPPER"},
        {"MOD(zone) = 1", "wrong number of arguments for MOD"},
        {"SUBSTRING(code) = 'A'", "wrong number of arguments for SUBSTRING"},
        {"SUBSTRING(code FROM 1, 2, 3) = 'A'", "wrong number of arguments"},
        {"CAST(zone AS MONEY) = 1", "no type to cast to"},
        {"CAST(zone, INTEGER) = 1", "AS expected"},
        {"CAST(zone AS VARCHAR(x)) = '1'", "a length is expected"},
        {"EXTRACT(WEEK FROM inspected) = 1", "EXTRACT takes YEAR"},
        {"EXTRACT(YEAR, inspected) = 1", "FROM expected"},
        {"inspected = DATE '2026-02-30'", "not a date yyyy-mm-dd"},
        {"inspected = DATE 'now'", "not a date"},
        {"inspected = TIMESTAMP '2026-01-01 25:00:00'", "not a date"},
        {"opens = TIME '8 am'", "not a time hh:mm:ss"},
        {"code = N'x'", "a text after a name"},
        {"inspected > CURRENT_DATE - INTERVAL '1' MONTH", "INTERVAL counts in DAY"},
        {"inspected > CURRENT_DATE - INTERVAL 'x' DAY", "no interval of this unit"},
        {"inspected > CURRENT_DATE - INTERVAL '1 25:00:00' DAY TO SECOND", "no interval"},
        {"inspected > CURRENT_DATE - INTERVAL '1e20' DAY", "no interval"},
    });
}

TEST_CASE("what does not fit the fields of the layer is refused by name", "[where]") {
    check_all({
        {"nope = 1", "unknown field 'nope' at character 1"},
        {"1=1 OR \"no field\" = 1", "unknown field 'no field' at character 8"},
        {"zone = 'abc'", "field 'zone' holds numbers, not 'abc' at character 8"},
        {"zone IN (1, 'x')", "field 'zone' holds numbers, not 'x'"},
        {"zone + 'x' = 1", "field 'zone' holds numbers, not 'x'"},
        {"inspected = 'yesterday'", "field 'inspected' holds dates and times, not 'yesterday'"},
        {"inspected = 'now'", "field 'inspected' holds dates and times"},
        {"inspected > 1e300", "holds dates and times, not 1e+300"},
        {"built = '2026-01-01 10:00'", "field 'built' holds dates, not"},
        {"built = 5", "field 'built' holds dates, not 5"},
        {"opens = '25:00'", "field 'opens' holds times of day, not '25:00'"},
        {"owner = 5", "field 'owner' holds GUIDs, not 5"},
        {"code = zone", "field 'code': text do not compare with numbers"},
        {"code = DATE '2026-01-01'", "field 'code': text do not compare with dates"},
        {"inspected = zone", "field 'inspected'"},
        {"opens = inspected", "field 'opens'"},
        {"zone = CURRENT_USER", "field 'zone'"},
        {"inspected - 1 > CURRENT_DATE", "field 'inspected': a date is moved by INTERVAL"},
        {"inspected - built > 1", "a date is moved by INTERVAL"},
        {"zone + INTERVAL '1' DAY = 1", "INTERVAL can only be added to a date"},
        {"'2026-01-01' + INTERVAL '1' DAY = inspected", "INTERVAL can only be added to a date"},
        {"CURRENT_DATE + INTERVAL '3000000' DAY + INTERVAL '3000000' DAY = built",
         "a date out of range"},
        {"code + 1 = 2", "field 'code': text where a number is expected"},
        {"ABS(code) = 1", "field 'code': text where a number is expected"},
        {"UPPER(zone) = '1'", "field 'zone': numbers where a text is expected"},
        {"CONCAT(code, inspected) = '1'", "field 'inspected'"},
        {"SUBSTRING(code, 1, -1) = ''", "SUBSTRING of a negative length"},
        {"SUBSTRING(code, flow) = ''", "a whole number is expected"},
        {"ROUND(flow, zone) = 1", "ROUND takes"},
        {"EXTRACT(YEAR FROM zone) = 1", "field 'zone': numbers where a date is expected"},
        {"EXTRACT(YEAR FROM opens) = 1", "a time of day has no year"},
        {"CAST(inspected AS INTEGER) = 1", "field 'inspected'"},
        {"CAST(zone AS DATE) = CURRENT_DATE", "field 'zone'"},
        {"code LIKE code", "the pattern of LIKE is not a text in quotes"},
        {"code LIKE 5", "the pattern of LIKE"},
        {"code LIKE 'a!' ESCAPE '!'", "ends in its escape character"},
        {"inspected LIKE '2026%'", "field 'inspected' holds dates and times, and LIKE compares"},
        {"shape = 1", "field 'shape' can only be tested with IS NULL"},
        {"photo = 'x'", "field 'photo' can only be tested with IS NULL"},
        {"UPPER(photo) = 'X'", "field 'photo'"},
        {"CAST(shape AS VARCHAR(9)) = 'X'", "cannot be cast"},
        {"shape LIKE '%'", "field 'shape'"},
    });
}

TEST_CASE("a table has no shape to test", "[where]") {
    WhereContext context = hydrant_context();
    context.geometry_column.clear();
    CHECK_THROWS_WITH(where_to_sql(parse_where("shape IS NULL"), context),
                      Catch::Contains("unknown field 'shape'"));
}

TEST_CASE("depth, length and lists have limits", "[where]") {
    const auto repeated = [](const std::string& piece, std::size_t times) {
        std::string out;
        for (std::size_t i = 0; i < times; ++i) out += piece;
        return out;
    };
    CHECK(refusal_of(repeated("(", 100) + "1=1" + repeated(")", 100)) == "nothing");
    check_all({
        {repeated("(", 101) + "1=1" + repeated(")", 101), "nested deeper than 100 levels"},
        {repeated("(", 1'000'000), "nested deeper than 100 levels"},
        {repeated("NOT ", 200'000), "nested deeper"},
        {repeated("- ", 200'000), "nested deeper"},
        {repeated("ABS(", 200'000), "nested deeper"},
        {repeated("TRIM(", 200'000), "nested deeper"},
        {repeated("CAST(", 200'000), "nested deeper"},
        {"zone IN " + repeated("((1 + ", 100'000), "nested deeper"},
        {"zone = 1" + repeated(" + 1", 100'000), "nested deeper"},
        {"code = " + repeated("UPPER(", 50) + "code" + repeated(")", 50), "nested too deeply"},
        {repeated(" ", 1 << 20) + "1=1", "longer than 1048576 bytes"},
        {"zone IN (1" + repeated(",1", 100'000) + ")", "more than 100000 elements"},
        {"1=1" + repeated(" OR zone=1", 5'000), "more than 5000 literals outside lists"},
        {"flow IN (0.5" + repeated(",1.5", 40'000) + ")", "more than 30000 values"},
        {"code LIKE '" + repeated("a", 20'000) + "'", "too long"},
    });
}
