// SPDX-License-Identifier: Apache-2.0
//
// Five hydrants in a database in memory, to ask where-clauses of.
//
// Dates stand as different programs write them; row 4 is mostly NULL.

#pragma once

#include "geodb/query/where_parser.hpp"
#include "geodb/query/where_sql.hpp"
#include "geodb/sqlite/database.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/date_time.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb::test {

inline constexpr const char* kHydrants = R"sql(
CREATE TABLE hydrants (fid INTEGER PRIMARY KEY, "GlobalID" TEXT, "Code" TEXT, "Zone" INTEGER,
  "Flow" DOUBLE, "Inspected" DATETIME, "Built" DATE, "Opens" TEXT, "Seen" TEXT, "Owner" TEXT,
  "Straße" TEXT, "a ""b""" TEXT, "Date" DATETIME, "Photo" BLOB, geom BLOB, "Limit" NUMERIC);
INSERT INTO hydrants VALUES
 (1, '{11111111-AAAA-4AAA-8AAA-111111111111}', 'H-1', 1, 10.5, '2026-01-01T00:00:00Z',
  '2001-05-04', '08:00:00', '2026-01-01T02:00:00+02:00', '{99999999-BBBB-4BBB-8BBB-999999999999}',
  'Hauptstraße', 'it''s', '2026-02-28T12:00:00.000Z', x'00', x'00', 7),
 (2, '{22222222-AAAA-4AAA-8AAA-222222222222}', 'h-1', 2, 7, '2026-01-01T00:00:00.000Z',
  '2001-05-05', '08:00:00.500', '2026-01-01T02:00:00.250+02:00', NULL,
  '  Ring ', '100%', '2026-03-01T11:59:59Z', NULL, NULL, 8),
 (3, '{33333333-AAAA-4AAA-8AAA-333333333333}', 'H%2', 3, -2.5, '1956-03-04T05:06:07.089Z',
  '1956-03-04', '23:59:59', NULL, '{99999999-BBBB-4BBB-8BBB-999999999999}',
  '', 'a_b', NULL, NULL, x'00', NULL),
 (4, '{44444444-AAAA-4AAA-8AAA-444444444444}', '*[x]?', 7, NULL, NULL,
  NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, x'00', NULL),
 (5, '{55555555-AAAA-4AAA-8AAA-555555555555}', '東京', NULL, 2, '2026-02-28T23:59:59.999Z',
  '2026-03-01', '12:30:00', '2026-03-01T00:00:00-05:00', '{88888888-CCCC-4CCC-8CCC-888888888888}',
  '東京', '5', '2026-03-01T12:00:00.001Z', NULL, x'00', NULL);
)sql";

inline std::optional<geodb::WhereField> hydrant_field(std::string_view name) {
    using geodb::FieldType;
    static const std::array<geodb::WhereField, 15> kFields{{{"fid", FieldType::ObjectId},
                                                            {"GlobalID", FieldType::GlobalId},
                                                            {"Code", FieldType::String},
                                                            {"Zone", FieldType::Integer},
                                                            {"Flow", FieldType::Double},
                                                            {"Inspected", FieldType::Date},
                                                            {"Built", FieldType::DateOnly},
                                                            {"Opens", FieldType::TimeOnly},
                                                            {"Seen", FieldType::TimestampOffset},
                                                            {"Owner", FieldType::Guid},
                                                            {"Straße", FieldType::String},
                                                            {"a \"b\"", FieldType::String},
                                                            {"Date", FieldType::Date},
                                                            {"Photo", FieldType::Blob},
                                                            {"Limit", FieldType::Double}}};
    const auto found = std::find_if(
        kFields.begin(), kFields.end(),
        [&](const geodb::WhereField& field) { return equal_ignoring_case(field.column, name); });
    return found == kFields.end() ? std::nullopt : std::optional(*found);
}

/// It is noon of 1 March 2026, and ana asks.
inline geodb::WhereContext hydrant_context() {
    geodb::WhereContext context;
    context.field = hydrant_field;
    context.now_ms = *parse_date_time("2026-03-01T12:00:00Z");
    context.current_user = "ana";
    context.geometry_column = "geom";
    return context;
}

class Hydrants {
public:
    Hydrants() : database_(geodb::sqlite::Database::open_memory()) { database_.execute(kHydrants); }

    /// The object ids that a clause selects: "1 2 5".
    std::string rows(std::string_view clause) {
        return rows(geodb::where_to_sql(geodb::parse_where(clause), hydrant_context()));
    }

    std::string rows(const geodb::WhereSql& where) {
        geodb::sqlite::Statement select{
            database_, "SELECT fid FROM hydrants WHERE (" + where.sql + ") ORDER BY fid"};
        int parameter = 0;
        for (const geodb::Value& value : where.values) select.bind(++parameter, value);
        std::string out;
        while (select.step()) {
            out += (out.empty() ? "" : " ") + std::to_string(select.column_int64(0));
        }
        return out;
    }

private:
    geodb::sqlite::Database database_;
};

}  // namespace rhumb::test
