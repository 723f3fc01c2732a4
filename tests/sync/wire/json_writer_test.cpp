// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/json_writer.hpp"

#include "platform/number.hpp"
#include "platform/random.hpp"
#include "platform/text.hpp"
#include "sync/wire/json.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace rhumb;
using namespace rhumb::wire;

namespace {

std::string quoted(std::string_view text) {
    std::string out;
    JsonWriter(out).string(text);
    return out;
}

std::string rounded(double value, int decimals) {
    std::string out;
    JsonWriter(out).number(value, decimals);
    return out;
}

}  // namespace

TEST_CASE("commas come by themselves", "[wire][json]") {
    std::string out;
    JsonWriter writer(out);
    writer.begin_object();
    writer.key("a").begin_array().integer(-1).number(0.5).null().boolean(true).end_array();
    writer.key("b").begin_object().end_object();
    writer.key("c").raw("[1]").key("d").begin_array().begin_array().end_array();
    writer.begin_array().end_array().end_array().end_object();
    CHECK(out == R"({"a":[-1,0.5,null,true],"b":{},"c":[1],"d":[[],[]]})");
}

TEST_CASE("every character survives the way through a JSON text", "[wire][json]") {
    for (std::size_t before = 0; before < 17; ++before) {
        for (int c = 0; c < 0x80; ++c) {
            const std::string text = std::string(before, 'a') + static_cast<char>(c) + "é東🌳";
            REQUIRE(*parse_json(quoted(text), "text").text() == text);
        }
    }
    CHECK(quoted(std::string_view("\0\x1F\n\"\\/", 6)) == R"("\u0000\u001f\n\"\\/")");
}

TEST_CASE("bytes that are no UTF-8 are written as U+FFFD", "[wire][json]") {
    CHECK(quoted("a\xFF\"é\xC3") == "\"a\xEF\xBF\xBD\\\"é\xEF\xBF\xBD\"");
    for (const char* bytes : {"\x80", "\xE2\x82", "\xED\xA0\x80", "\xF0\x9F\x8C", "\xC0\x80z"}) {
        INFO(bytes);
        CHECK(is_utf8(quoted(bytes)));
        CHECK_NOTHROW(parse_json(quoted(bytes), "text"));
    }
}

TEST_CASE("numbers that JSON does not know are written as null", "[wire][json]") {
    std::string out;
    JsonWriter writer(out);
    writer.begin_array();
    writer.number(std::nan("")).number(std::numeric_limits<double>::infinity());
    writer.number(-std::numeric_limits<double>::infinity(), 2).number(-0.0).end_array();
    CHECK(out == "[null,null,null,-0]");
}

TEST_CASE("a name that is written often may be quoted in advance", "[wire][json]") {
    const JsonName name("a \"b\"");
    std::string out;
    JsonWriter writer(out);
    writer.begin_object().key(name).integer(1).key(name).null().end_object();
    CHECK(out == R"({"a \"b\"":1,"a \"b\"":null})");
}

TEST_CASE("every number reads back the same, in its shortest form", "[wire][json][law]") {
    SeededRandom random(1);
    for (int round = 0; round < 100'000; ++round) {
        const auto digits = static_cast<double>(random.below(std::uint64_t{1} << (round % 60)));
        const double sign = round % 2 == 0 ? 1 : -1;
        const double value = sign * digits / std::pow(10, round % 23);
        std::string text;
        JsonWriter(text).number(value);
        std::string shortest;
        append_double(shortest, value);
        INFO(shortest);
        const auto back = to_double(parse_json(text, "number"));
        REQUIRE(back.has_value());
        REQUIRE(*back == value);
        REQUIRE(std::signbit(*back) == std::signbit(value));
        const auto is_digit = [](char c) { return c >= '1' && c <= '9'; };
        if (text.find('e') == std::string::npos && shortest.find('e') == std::string::npos) {
            REQUIRE(std::count_if(text.begin(), text.end(), is_digit) ==
                    std::count_if(shortest.begin(), shortest.end(), is_digit));
        }
    }
}

TEST_CASE("a number is rounded to the digits asked for", "[wire][json]") {
    CHECK(rounded(-120.123456789, 6) == "-120.123457");
    CHECK(rounded(0.00095, 3) == "0.001");
    CHECK(rounded(0.5004, 3) == "0.5");
    CHECK(rounded(-0.0001, 3) == "0");
    CHECK(rounded(1200, 3) == "1200");
    CHECK(rounded(99.9999, 2) == "100");
    CHECK(rounded(-7.05, 2) == "-7.05");
    CHECK(rounded(2.5, 0) == "3");
    CHECK(rounded(1e300, 8) == "1e+300");
    CHECK(rounded(0.1, -1) == "0.1");
}
