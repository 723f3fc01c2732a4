// SPDX-License-Identifier: Apache-2.0
#include "geodb/query/order_by.hpp"

#include "platform/error.hpp"
#include "tests/support/catch.hpp"

using namespace rhumb;
using namespace rhumb::geodb;

TEST_CASE("fields are sorted by in the order they are named", "[order_by]") {
    CHECK(parse_order_by("").empty());
    CHECK(parse_order_by("  ").empty());
    CHECK(parse_order_by("ZONE") == std::vector<OrderField>{{"ZONE", false}});
    CHECK(parse_order_by("zone ASC,\"a, \"\"b\"\"\" desc , Straße DESC") ==
          std::vector<OrderField>{{"zone", false}, {"a, \"b\"", true}, {"Straße", true}});
}

TEST_CASE("an order that cannot be read names the piece", "[order_by]") {
    const auto refused = [](const char* text, const char* fragment) {
        INFO(text);
        CHECK_THROWS_WITH(parse_order_by(text), Catch::Contains(fragment));
    };
    refused("ZONE,,CODE", "orderByFields: a field name is expected at character 6 near ',CODE'");
    refused("ZONE,", "a field name is expected at character 6, the end");
    refused("ZONE DOWN", "ASC, DESC or ',' is expected at character 6 near 'DOWN'");
    refused("ZONE DESC NULLS LAST", "near 'NULLS LAST'");
    refused("UPPER(ZONE)", "near '(ZONE)'");
    refused("1", "a field name is expected");
    refused("\"\"", "a field name is expected");
    refused("\"ZONE", "quote is never closed");
    refused("ZONE; DROP", "unexpected character");
    std::string many = "a";
    for (int i = 0; i < 100; ++i) many += ",a";
    refused(many.c_str(), "too many fields");
}
