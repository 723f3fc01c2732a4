// SPDX-License-Identifier: Apache-2.0
#include "platform/text.hpp"

#include "platform/number.hpp"
#include "tests/support/catch.hpp"

using namespace rhumb;

TEST_CASE("overlong forms, surrogates and cut sequences are no UTF-8", "[text]") {
    CHECK(is_utf8("Straße, 東京, 🌳"));
    for (const char* bytes : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF5\x80\x80\x80",
                              "\xE2\x82", "\x80", "\xFF"}) {
        CHECK_FALSE(is_utf8(bytes));
    }
}

TEST_CASE("a length counts characters, not bytes", "[text]") {
    CHECK(utf8_length("東京🌳") == 3);
}

TEST_CASE("an excerpt of binary rubbish can be shown", "[text]") {
    CHECK(excerpt(std::string_view("a\0b\n", 4), 10) == "a.b.");
    CHECK(is_utf8(excerpt("東京東京", 4)));
}

TEST_CASE("numbers are read whole or not at all", "[number]") {
    CHECK(parse_double(" -12.5e3 ") == -12500.0);
    CHECK(parse_integer("+42") == 42);
    for (const char* text : {"", "1.5x", "nan", "inf", "0x10", "1e400", "--1", "1 2"}) {
        INFO(text);
        CHECK_FALSE(parse_double(text));
        CHECK_FALSE(parse_integer(text));
    }
    CHECK(parse_double("0.00000000000000000001e-2147483639") == 0.0);
    std::string out;
    append_double(out, 0.1);
    CHECK(out == "0.1");
}
