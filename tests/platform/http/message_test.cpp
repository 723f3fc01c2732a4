// SPDX-License-Identifier: Apache-2.0
#include "platform/http/message.hpp"
#include "platform/error.hpp"
#include "platform/http/message_head.hpp"
#include "tests/support/catch.hpp"

using namespace rhumb;
using namespace rhumb::http;

TEST_CASE("header names compare without regard to case", "[http][message]") {
    Headers headers{{"ETag", "1"}, {"X", "a"}, {"x", "b"}};
    CHECK(headers.get("etag") == "1");
    CHECK(headers.count("X") == 2);
    headers.set("x", "c");
    CHECK(headers.count("X") == 1);
    CHECK(headers.get("X") == "c");
    headers.remove("ETAG");
    CHECK_FALSE(headers.has("ETag"));
}

TEST_CASE("a target falls into path and query", "[http][message]") {
    Request request;
    request.target = "/a/b?x=1?y";
    CHECK(request.path() == "/a/b");
    CHECK(request.query() == "x=1?y");
    request.target = "/a";
    CHECK(request.query().empty());
}

TEST_CASE("an error's JSON is valid whatever the message holds", "[http][message]") {
    CHECK(error_response(400, "layer \"a\\b\"\n").text() ==
          R"({"error":{"code":400,"message":"layer \"a\\b\".","details":[]}})");
    CHECK(error_response(500, "\xFF").text().find('\xFF') == std::string_view::npos);
}

TEST_CASE("no value can smuggle a field into a head", "[http][message]") {
    CHECK_THROWS_AS(request_head("GET", "/", {{"A", "b\r\nEvil: 1"}}), Error);
    CHECK_THROWS_AS(request_head("GET", "/", {{"A b", "c"}}), Error);
    CHECK_THROWS_AS(request_head("GET /", "/", {}), Error);
    CHECK_THROWS_AS(response_head(200, {{"A", std::string("b\0c", 3)}}), Error);
    CHECK(response_head(200, {{"A", "b"}}) == "HTTP/1.1 200 OK\r\nA: b\r\n\r\n");
}
