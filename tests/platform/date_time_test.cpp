// SPDX-License-Identifier: Apache-2.0
#include "platform/date_time.hpp"

#include "tests/support/catch.hpp"

using namespace rhumb;

TEST_CASE("a planting date before 1970 is a negative number of milliseconds", "[date]") {
    const auto planted = parse_date_time("1956-10-03");
    REQUIRE(planted);
    CHECK(*planted < 0);
    CHECK(format_date_time(*planted) == "1956-10-03T00:00:00.000Z");
    CHECK(format_date(*planted) == "1956-10-03");
}

TEST_CASE("a date with an offset is the same instant in UTC", "[date]") {
    CHECK(parse_date_time("2026-03-09T17:05:09.250-05:00") ==
          parse_date_time("2026-03-09T22:05:09.250Z"));
    CHECK(parse_date_time("2019/09/15 00:00:40+00") == parse_date_time("2019-09-15T00:00:40Z"));
}

TEST_CASE("every day of four centuries survives text and back", "[date][law]") {
    for (std::int64_t day = -146097; day <= 146097; day += 1) {
        const std::int64_t ms = day * 86'400'000 + 1;
        REQUIRE(parse_date_time(format_date_time(ms)) == ms);
        REQUIRE(parse_formatted_date_time(format_date_time(ms)) == ms);
    }
}

TEST_CASE("instants far away are written in full", "[date]") {
    CHECK(format_date_time(253'402'300'799'999) == "9999-12-31T23:59:59.999Z");
    CHECK(format_date_time(253'402'300'800'000) == "10000-01-01T00:00:00.000Z");
    CHECK(format_date_time(-62'167'219'200'000) == "0000-01-01T00:00:00.000Z");
    CHECK(format_date_time(-62'167'219'200'001) == "-001-12-31T23:59:59.999Z");
}

TEST_CASE("what is read as formatted is the same as any date, and formats to the same text",
          "[date][law]") {
    const std::string date = "2024-02-29T23:59:59.999Z";
    REQUIRE(parse_formatted_date_time(date) == parse_date_time(date));
    for (std::size_t at = 0; at < date.size(); ++at) {
        for (int c = 0; c < 256; ++c) {
            std::string text = date;
            text[at] = static_cast<char>(c);
            const auto any = parse_date_time(text);
            const bool formatted = any && format_date_time(*any) == text;
            INFO(text);
            REQUIRE(parse_formatted_date_time(text) == (formatted ? any : std::nullopt));
        }
    }
    for (const char* other : {"", "2024-02-29", "2024-02-29T23:59:59Z", "10000-01-01T00:00:00.000Z",
                              "2024-02-29T23:59:59.9990"}) {
        INFO(other);
        CHECK_FALSE(parse_formatted_date_time(other));
    }
}

TEST_CASE("text that is no date is refused", "[date]") {
    for (const char* text :
         {"", "2026", "2026-13-01", "2026-02-29", "2026-01-32", "2026-01-01T24:00", "2026-01-01T10",
          "2026-01-01x", "2026-01-01T10:00:00.Z", "26-01-01"}) {
        INFO(text);
        CHECK_FALSE(parse_date_time(text));
    }
    CHECK(parse_date_time("2024-02-29"));
}
