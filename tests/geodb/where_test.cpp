// SPDX-License-Identifier: Apache-2.0
#include "geodb/query/where_sql.hpp"

#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/hydrants.hpp"

#include <string>
#include <vector>

using namespace rhumb;
using namespace rhumb::geodb;
using rhumb::test::hydrant_context;
using rhumb::test::Hydrants;

namespace {

struct Selection {
    std::string clause;
    std::string rows;
};

/// Checks the clause, and that its negation selects none of its rows.
void check_all(const std::vector<Selection>& selections) {
    Hydrants hydrants;
    for (const Selection& selection : selections) {
        INFO(selection.clause);
        const std::string rows = hydrants.rows(selection.clause);
        CHECK(rows == selection.rows);
        const std::string others = hydrants.rows("NOT (" + selection.clause + ")");
        for (const char row : rows) CHECK((row == ' ' || others.find(row) == std::string::npos));
    }
}

WhereSql sql_of(std::string_view clause) {
    return where_to_sql(parse_where(clause), hydrant_context());
}

}  // namespace

TEST_CASE("constants, comparisons and junctions select rows", "[where]") {
    check_all({
        {"1=1", "1 2 3 4 5"},
        {"1=0", ""},
        {"  ( ( 1 = 1 ) )\n", "1 2 3 4 5"},
        {"'a'='a' AND '1'=1 AND 0.5 < 1", "1 2 3 4 5"},
        {"fid=3", "3"},
        {"FID = 3 OR \"Fid\" = 4", "3 4"},
        {"zone <> 1", "2 3 4"},
        {"zone != 1", "2 3 4"},
        {"zone >= 2 AND zone <= 3", "2 3"},
        {"zone > 1 and zone < 7", "2 3"},
        {"not zone = 1", "2 3 4"},
        {"NOT NOT zone = 1", "1"},
        {"zone=1 OR zone=2 AND flow=10.5", "1"},
        {"(zone=1 OR zone=2) AND flow=7", "2"},
        {"zone = '7'", "4"},
        {"flow = 7", "2"},
        {"flow = ' 1.05e1 '", "1"},
        {"flow = -2.5", "3"},
        {"flow > .5 AND flow < 3.", "5"},
        {"fid = 1 OR 1 = 1 OR fid = 2 AND 1 = 0", "1 2 3 4 5"},
    });
}

TEST_CASE("NULL follows SQL", "[where]") {
    check_all({
        {"zone IS NULL", "5"},
        {"zone is not null", "1 2 3 4"},
        {"zone = NULL", ""},
        {"zone <> NULL", ""},
        {"NULL IS NULL", "1 2 3 4 5"},
        {"zone IN (1, NULL)", "1"},
        {"zone NOT IN (1, NULL)", ""},
        {"shape IS NULL", "2"},
        {"SHAPE IS NOT NULL", "1 3 4 5"},
        {"geom IS NULL", "2"},
        {"photo IS NOT NULL", "1"},
        {"flow + 1 IS NULL", "4"},
        {"flow / 0 IS NULL", "1 2 3 4 5"},
        {"inspected IS NULL", "4"},
        {"code LIKE NULL", ""},
    });
}

TEST_CASE("lists and ranges select rows", "[where]") {
    check_all({
        {"zone IN (1)", "1"},
        {"zone IN (1, '3', 7.0, 1+1)", "1 2 3 4"},
        {"zone NOT IN (1,2)", "3 4"},
        {"code in ('H-1','東京')", "1 5"},
        {"code IN (5, 'h-1')", "2"},
        {"zone BETWEEN 2 AND 3", "2 3"},
        {"zone NOT BETWEEN 2 AND 3 AND fid < 4", "1"},
        {"flow BETWEEN zone - 10 AND zone + 10", "1 2 3"},
        {"code BETWEEN 'H' AND 'I'", "1 3"},
    });
}

TEST_CASE("text compares case-sensitively, in LIKE too", "[where]") {
    check_all({
        {"code = 'H-1'", "1"},
        {"code = 'h-1'", "2"},
        {"code LIKE 'H%'", "1 3"},
        {"code NOT LIKE 'H%'", "2 4 5"},
        {"code LIKE '__1'", "1 2"},
        {"code LIKE '_'", ""},
        {"code LIKE '__'", "5"},
        {"code LIKE '*[x]?'", "4"},
        {"code LIKE '%[%'", "4"},
        {"code LIKE '?%'", ""},
        {"code LIKE 'H!%%' ESCAPE '!'", "3"},
        {"code LIKE 'H→%2' ESCAPE '→'", "3"},
        {"\"a \"\"b\"\"\" LIKE '%\\_%' ESCAPE '\\'", "3"},
        {"\"a \"\"b\"\"\" = 'it''s'", "1"},
        {"\"a \"\"b\"\"\" = 5", "5"},
        {"straße = 'Hauptstraße'", "1"},
        {"\"straße\" = ''", "3"},
        {"UPPER(code) LIKE UPPER('%h-%')", "1 2"},
        {"LOWER(code) LIKE CONCAT('h', '-%')", "1 2"},
        {"fid LIKE '1%'", "1"},
        {"Code <> ''", "1 2 3 4 5"},
    });
}

TEST_CASE("text functions work on characters", "[where]") {
    check_all({
        {"UPPER(code) = 'H-1'", "1 2"},
        {"lower(Code) = 'h-1'", "1 2"},
        {"CHAR_LENGTH(code) = 2", "5"},
        {"SUBSTRING(code, 1, 1) = 'H'", "1 3"},
        {"SUBSTRING(code, 3) = '1'", "1 2"},
        {"SUBSTRING(code FROM 2 FOR 1) = '京'", "5"},
        {"SUBSTRING(code FROM 3) = '2'", "3"},
        {"SUBSTRING(code, 0, 2) = 'H'", "1 3"},
        {"SUBSTRING(code, -5, 3) = ''", "1 2 3 4 5"},
        {"SUBSTRING(code, zone, 1) = '-'", "2"},
        {"TRIM(straße) = 'Ring'", "2"},
        {"TRIM(LEADING FROM straße) = 'Ring '", "2"},
        {"TRIM(TRAILING ' ' FROM straße) = '  Ring'", "2"},
        {"TRIM(BOTH '*?' FROM code) = '[x]'", "4"},
        {"TRIM('H' FROM code) = '-1'", "1"},
        {"CONCAT(code, '/', zone) = 'H-1/1'", "1"},
        {"POSITION('-' IN code) = 2", "1 2"},
        {"POSITION('x', code) > 0", "4"},
        {"'H-1' = code", "1"},
    });
}

TEST_CASE("arithmetic keeps whole numbers whole and real ones real", "[where]") {
    check_all({
        {"zone + 1 = 2", "1"},
        {"zone * 2 - 1 = 5", "3"},
        {"zone - -1 = 2", "1"},
        {"-zone = -7", "4"},
        {"+zone = 7", "4"},
        {"1 + 2 * 3 = 7 AND (1 + 2) * 3 = 9", "1 2 3 4 5"},
        {"10 - 4 - 3 = 3 AND 16 / 4 / 2 = 2", "1 2 3 4 5"},
        {"zone / 2 = 3", "4"},
        {"zone / 2.0 = 3.5", "4"},
        {"limit / 2 = 3.5", "1"},
        {"ABS(flow) = 2.5", "3"},
        {"ROUND(flow) = 11", "1"},
        {"ROUND(flow, 1) = -2.5", "3"},
        {"ROUND(flow, -1) = 10", "1 2"},
        {"FLOOR(flow) = 10", "1"},
        {"FLOOR(flow) = -3", "3"},
        {"CEILING(flow) = -2", "3"},
        {"CEILING(flow) = 7", "2"},
        {"FLOOR(zone) = 7 AND FLOOR(FLOOR(flow + 0.5)) IS NULL", "4"},
        {"CEILING(flow * 1e300) > 1e300", "1 2 5"},
        {"MOD(zone, 2) = 1", "1 3 4"},
        {"MOD(flow, 4) = 2.5", "1"},
        {"MOD(flow, 2) = -0.5", "3"},
        {"MOD(flow, 0) IS NULL", "1 2 3 4 5"},
        {"CAST(flow AS INTEGER) = 10", "1"},
        {"CAST(zone AS VARCHAR(5)) LIKE '7'", "4"},
        {"CAST(\"a \"\"b\"\"\" AS VARCHAR(2)) = '10'", "2"},
        {"CAST(\"a \"\"b\"\"\" AS DOUBLE PRECISION) = 100", "2"},
        {"CAST(zone AS DECIMAL(10, 2)) / 2 = 0.5", "1"},
        {"9223372036854775807 > zone AND -9223372036854775808 < zone", "1 2 3 4"},
        {"9223372036854775808 > zone", "1 2 3 4"},
    });
}

TEST_CASE("dates compare as instants however they are written", "[where][date]") {
    check_all({
        {"inspected = DATE '2026-01-01'", "1 2"},
        {"inspected = TIMESTAMP '2026-01-01 00:00:00'", "1 2"},
        {"inspected = date '2026-01-01 00:00:00.000'", "1 2"},
        {"inspected = '2026-01-01'", "1 2"},
        {"inspected = '2026-01-01T01:00:00+01:00'", "1 2"},
        {"inspected = 1767225600000", "1 2"},
        {"inspected = -436388032911", "3"},
        {"inspected < TIMESTAMP '1956-03-04 05:06:07.090'", "3"},
        {"inspected < TIMESTAMP '1956-03-04 05:06:07.089'", ""},
        {"inspected >= DATE '2026-02-01'", "5"},
        {"inspected BETWEEN DATE '2026-01-01' AND DATE '2026-03-01'", "1 2 5"},
        {"inspected IN ('2026-01-01', DATE '1970-01-01')", "1 2"},
        {"seen = TIMESTAMP '2026-01-01 00:00:00'", "1"},
        {"seen = TIMESTAMP '2026-01-01 00:00:00.250'", "2"},
        {"seen > inspected AND seen < CURRENT_DATE", "2"},
        {"built = '2001-05-04'", "1"},
        {"built > DATE '2001-05-04'", "2 5"},
        {"built < inspected", "1 2 3"},
        {"built = CURRENT_DATE", "5"},
        {"built > TIMESTAMP '2026-02-28 23:59:59'", "5"},
        {"opens = '08:00'", "1"},
        {"opens = TIME '08:00:00.5'", "2"},
        {"opens BETWEEN TIME '08:00:00' AND TIME '12:30:00'", "1 2 5"},
        {"date < CURRENT_TIMESTAMP", "1 2"},
        {"\"DATE\" > CURRENT_TIMESTAMP", "5"},
        {"date > CURRENT_TIMESTAMP - INTERVAL '1' DAY", "2 5"},
        {"date >= CURRENT_TIMESTAMP - INTERVAL '1' DAY", "1 2 5"},
        {"date > CURRENT_TIMESTAMP - INTERVAL '1' SECOND", "5"},
        {"date >= CURRENT_TIMESTAMP - INTERVAL '0 00:00:01' DAY TO SECOND", "2 5"},
        {"date > CURRENT_TIMESTAMP - INTERVAL '90' MINUTE + INTERVAL '1' HOUR", "2 5"},
        {"built >= CURRENT_DATE - INTERVAL '9999' DAY", "1 2 5"},
        {"inspected + INTERVAL '1' DAY = DATE '2026-01-02'", "1 2"},
        {"inspected - INTERVAL '0.089' SECOND = TIMESTAMP '1956-03-04 05:06:07'", "3"},
        {"inspected + INTERVAL '0.001' SECOND = CURRENT_DATE", "5"},
        {"built + INTERVAL '1' DAY = DATE '2001-05-05'", "1"},
        {"built + INTERVAL '6' HOUR = TIMESTAMP '2001-05-04 06:00:00'", "1"},
        {"EXTRACT(YEAR FROM inspected) = 1956", "3"},
        {"EXTRACT(MONTH FROM built) = 5 AND EXTRACT(DAY FROM built) = 4", "1"},
        {"EXTRACT(HOUR FROM opens) = 8 AND EXTRACT(SECOND FROM opens) = 0.5", "2"},
        {"CAST(inspected AS DATE) = DATE '2026-02-28'", "5"},
        {"CAST(inspected AS VARCHAR(4)) = '1956'", "3"},
        {"CAST('2026-01-01' AS TIMESTAMP) = inspected", "1 2"},
        {"CAST(inspected AS TIME) = TIME '05:06:07.089'", "3"},
    });
}

TEST_CASE("GUIDs compare without regard to braces and case", "[where][guid]") {
    check_all({
        {"globalid = '{11111111-aaaa-4aaa-8aaa-111111111111}'", "1"},
        {"GlobalID = '11111111-AAAA-4AAA-8AAA-111111111111'", "1"},
        {"owner IN ('99999999-bbbb-4bbb-8bbb-999999999999')", "1 3"},
        {"owner <> '{99999999-BBBB-4BBB-8BBB-999999999999}'", "5"},
        {"owner = 'no guid'", ""},
        {"owner NOT IN ('no guid', '{88888888-cccc-4ccc-8ccc-888888888888}')", "1 3"},
        {"owner < 'no guid'", ""},
        {"owner > 'no guid'", ""},
        {"owner = globalid", ""},
        {"globalid LIKE '%aaa-11%'", "1"},
        {"LOWER(globalid) = '{11111111-aaaa-4aaa-8aaa-111111111111}'", "1"},
        {"CURRENT_USER = 'ana' AND fid = 1", "1"},
    });
}

TEST_CASE("a literal is never part of the SQL", "[where]") {
    const WhereSql where = sql_of("code = 'x'' OR 1=1' AND zone IN (1, 2.5) AND CODE <> 'y'");
    CHECK(where.sql == "\"Code\" = ? AND \"Zone\" IN (?, ?) AND \"Code\" <> ?");
    CHECK(where.values == std::vector<Value>{"x' OR 1=1", std::int64_t{1}, 2.5, "y"});
    CHECK(where.columns == std::vector<std::string>{"Code", "Zone"});
}

TEST_CASE("a list of 100,000 elements is one value", "[where]") {
    std::string ids = "fid IN (2";
    std::string names = "code IN ('東京'";
    std::string fractions = "flow IN (10.5";
    for (int i = 1; i < 100'000; ++i) {
        ids += "," + std::to_string(i + 1000);
        names += ",'\"\\" + std::to_string(i) + "'";
        if (i < 20'000) fractions += "," + std::to_string(i) + ".25";
    }
    Hydrants hydrants;
    CHECK(sql_of(ids + ")").values.size() == 1);
    CHECK(hydrants.rows(ids + ")") == "2");
    CHECK(hydrants.rows("NOT " + ids + ")") == "1 3 4 5");
    CHECK(hydrants.rows(names.substr(0, names.rfind(',')) + ")") == "5");
    CHECK(hydrants.rows(fractions + ")") == "1");
}

TEST_CASE("long chains cost no depth", "[where]") {
    std::string any = "fid = 2";
    std::string all = "fid > 2";
    for (int i = 0; i < 2'000; ++i) {
        any += " OR zone = " + std::to_string(100 + i);
        all += " AND fid <> " + std::to_string(100 + i);
    }
    Hydrants hydrants;
    CHECK(hydrants.rows(any) == "2");
    CHECK(hydrants.rows(all) == "3 4 5");
}

TEST_CASE("conditions may stand fifty brackets deep", "[where]") {
    std::string clause = "fid = 1";
    for (int i = 0; i < 50; ++i) {
        clause = i % 2 == 0 ? "fid < 9 AND (" + clause + ")" : "fid > 9 OR (" + clause + ")";
    }
    CHECK(Hydrants{}.rows(clause) == "1");
}
