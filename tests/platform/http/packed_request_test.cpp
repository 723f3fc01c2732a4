// SPDX-License-Identifier: Apache-2.0
#include "platform/http/packed_request.hpp"

#include "platform/error.hpp"
#include "platform/zip/coding.hpp"
#include "tests/support/catch.hpp"

using namespace rhumb;

namespace {

http::Request packed_as(const std::string& coding, std::string body) {
    http::Request request;
    request.method = "POST";
    request.target = "/a?b=c";
    request.scheme = "https";
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    request.headers.set("Content-Encoding", coding);
    request.body = std::move(body);
    return request;
}

std::string form() {
    std::string text = "edits=";
    for (int i = 0; i < 5000; ++i) text += std::to_string(i * i);
    return text;
}

}  // namespace

TEST_CASE("a request whose body comes packed is read as what was packed", "[http][coding]") {
    for (const Coding coding : {Coding::Zstd, Coding::Gzip}) {
        const auto plain =
            http::unpacked_request(packed_as(std::string(name_of(coding)), packed(coding, form())));
        REQUIRE(plain);
        CHECK(plain->body == form());
        CHECK(plain->target == "/a?b=c");
        CHECK(plain->scheme == "https");
        CHECK(plain->headers.get("Content-Type") == "application/x-www-form-urlencoded");
        CHECK_FALSE(plain->headers.has("Content-Encoding"));
    }
    CHECK_FALSE(http::unpacked_request(packed_as("identity", form())));
    CHECK_FALSE(http::unpacked_request({}));
}

TEST_CASE("a packed body that is damaged, or packed as nobody knows, is refused",
          "[http][coding][hostile]") {
    const auto refused = [](const std::string& coding, const std::string& body,
                            const std::string& why) {
        CHECK_THROWS_WITH(http::unpacked_request(packed_as(coding, body)), Catch::Contains(why));
    };
    refused("br", form(), "'br', not zstd or gzip");
    for (const Coding coding : {Coding::Zstd, Coding::Gzip}) {
        const std::string name(name_of(coding));
        const std::string whole = packed(coding, form());
        refused(name, form(), "cannot be unpacked");
        refused(name, whole + "more", "cannot be unpacked");
        for (std::size_t size = 0; size < whole.size(); size += 97) {
            refused(name, whole.substr(0, size), "cannot be unpacked");
        }
        for (std::size_t at = 12; at < whole.size(); at += 97) {
            std::string spoilt = whole;
            spoilt[at] = static_cast<char>(spoilt[at] ^ 0x10);
            CHECK_THROWS_AS(http::unpacked_request(packed_as(name, spoilt)), Error);
        }
    }
}

TEST_CASE("a packed body that is a bomb does not go off", "[http][coding][hostile]") {
    const std::string bomb = packed(Coding::Zstd, std::string(64 * 1024 * 1024, 'x'));
    REQUIRE(bomb.size() < 20'000);
    CHECK_THROWS_WITH(http::unpacked_request(packed_as("zstd", bomb)),
                      Catch::Contains("times its size"));
}
