// SPDX-License-Identifier: Apache-2.0
#include "platform/http/form.hpp"
#include "platform/error.hpp"
#include "platform/http/message.hpp"
#include "tests/support/catch.hpp"

using namespace rhumb;
using namespace rhumb::http;

namespace {

Request post(std::string target, std::string content_type, std::string body) {
    Request request;
    request.method = "POST";
    request.target = std::move(target);
    if (!content_type.empty()) request.headers.add("content-type", std::move(content_type));
    request.body = std::move(body);
    return request;
}

}  // namespace

TEST_CASE("a form is split at '&' and at the first '='", "[http][form]") {
    CHECK(parse_form("f=json&where=a%3D1+and+b=2&&empty=&bare&=x") ==
          NameValues{
              {"f", "json"}, {"where", "a=1 and b=2"}, {"empty", ""}, {"bare", ""}, {"", "x"}});
    CHECK(parse_form("").empty());
    CHECK(parse_form("&&&").empty());
    CHECK(parse_form("a=1&b=2", 2).size() == 2);
    CHECK_THROWS_WITH(parse_form("a=1&b=2&c=3", 2), Catch::Contains("more than 2 parameters"));
    std::string many;
    for (int i = 0; i < 1001; ++i) many += "&p=";
    CHECK_THROWS_AS(parse_form(many), Error);
}

TEST_CASE("JSON that nobody encoded survives a form", "[http][form]") {
    const std::string json = "[\n  {\"a\": \"5% of 3\", \"b\": {\"x=y\": 1}}\r\n]";
    const NameValues pairs = parse_form("edits=" + json + "&f=json");
    REQUIRE(pairs.size() == 2);
    CHECK(pairs[0].second == json);
}

TEST_CASE("an encoded form reads back the same", "[http][form]") {
    const NameValues pairs{{"edits", "[{\"n\":\"a&b=c+d %\"}]"}, {"na me", "é\r\n"}, {"e", ""}};
    CHECK(parse_form(encode_form(pairs)) == pairs);
    CHECK(encode_form(pairs).find(' ') == std::string::npos);
}

TEST_CASE("parameters ignore case and empty values, and the body wins", "[http][form]") {
    const Parameters parameters(parse_form("F=html&token=q&layers=&only=query"),
                                parse_form("f=json&TOKEN=&Layers=0,1&f=late"));
    CHECK(parameters.get("f") == "json");
    CHECK(parameters.get("Token") == "q");
    CHECK(parameters.get("LAYERS") == "0,1");
    CHECK(parameters.get("only") == "query");
    CHECK_FALSE(parameters.has("absent"));
    CHECK(parameters.get("absent").empty());
}

TEST_CASE("parameters come from every kind of body", "[http][form]") {
    CHECK(parameters_of(post("/q?a=1", "application/x-www-form-urlencoded; charset=UTF-8", "b=2"))
              .get("b") == "2");
    CHECK(parameters_of(post("/q?a=1", "", "b=2")).get("a") == "1");
    CHECK(parameters_of(post("/q?a=1", "", "b=2")).get("b") == "2");
    CHECK_FALSE(parameters_of(post("/q", "application/json", "b=2")).has("b"));

    const Request multipart =
        post("/q", "multipart/form-data; boundary=x",
             "--x\r\nContent-Disposition: form-data; name=\"F\"\r\n\r\njson\r\n"
             "--x\r\nContent-Disposition: form-data; name=\"file\"; "
             "filename=\"a\"\r\n\r\nbytes\r\n--x--");
    CHECK(parameters_of(multipart).get("f") == "json");
    CHECK_FALSE(parameters_of(multipart).has("file"));
    CHECK_THROWS_AS(parameters_of(post("/q", "multipart/form-data", "b=2")), Error);
}
