// SPDX-License-Identifier: Apache-2.0
#include "platform/uuid.hpp"

#include "platform/random.hpp"
#include "tests/support/catch.hpp"

using namespace rhumb;

TEST_CASE("a GUID is the same with or without braces, in any letter case", "[uuid]") {
    const auto upper = Uuid::parse("{9CCC5175-DF19-5E14-85AB-64C3E72CFC95}");
    REQUIRE(upper);
    CHECK(upper == Uuid::parse("9ccc5175-df19-5e14-85ab-64c3e72cfc95"));
    CHECK(upper->braced() == "{9CCC5175-DF19-5E14-85AB-64C3E72CFC95}");
    CHECK(upper->plain() == "9ccc5175-df19-5e14-85ab-64c3e72cfc95");
}

TEST_CASE("text that is no GUID is refused", "[uuid]") {
    for (const char* text :
         {"", "{}", "9ccc5175df195e1485ab64c3e72cfc95", "9ccc5175-df19-5e14-85ab-64c3e72cfc9",
          "9ccc5175-df19-5e14-85ab-64c3e72cfc9g", "{9ccc5175-df19-5e14-85ab-64c3e72cfc95",
          "9ccc5175-df19-5e14-85ab_64c3e72cfc95"}) {
        INFO(text);
        CHECK_FALSE(Uuid::parse(text));
    }
}

TEST_CASE("random GUIDs say that they are version 4", "[uuid]") {
    SystemRandom random;
    const Uuid uuid = Uuid::random(random);
    CHECK((uuid.bytes[6] >> 4) == 4);
    CHECK((uuid.bytes[8] >> 6) == 2);
    CHECK(uuid != Uuid::random(random));
}
