// SPDX-License-Identifier: Apache-2.0
//
// Bodies that travel packed: what comes out is what went in, and no bomb goes off.
#include "platform/http/beast_transport.hpp"
#include "platform/http/packed_answer.hpp"
#include "tests/platform/http/http_fixture.hpp"

using namespace rhumb;
using namespace rhumb::http;
using namespace rhumb::test;
using Kind = TransportFailure::Kind;

namespace {

const CancelToken kNever;

std::string rows(int count) {
    std::string json = "[";
    for (int i = 0; i < count; ++i) {
        json += R"({"attributes":{"CODE":"H-)" + std::to_string(i * 7919 % 100'000) + R"("}},)";
    }
    return json + "null]";
}

Request asking(const std::string& accept) {
    Request request;
    if (!accept.empty()) request.headers.set("Accept-Encoding", accept);
    return request;
}

}  // namespace

TEST_CASE("what was packed comes out as it went in, in pieces of any size", "[http][packed]") {
    const Coding coding = GENERATE(Coding::Gzip, Coding::Zstd);
    for (const std::string& text : {std::string(), std::string("a"), rows(30'000)}) {
        const std::string small = packed(coding, text);
        CHECK(unpacked(coding, small) == text);
        std::string out;
        const auto unpacker = make_unpacker(coding, [&](std::string_view piece) { out += piece; });
        for (std::size_t at = 0; at < small.size(); at += 7) {
            unpacker->add(std::string_view(small).substr(at, 7));
        }
        unpacker->finish();
        CHECK(out == text);
    }
}

TEST_CASE("a damaged, cut or exploding body is refused", "[http][packed]") {
    const Coding coding = GENERATE(Coding::Gzip, Coding::Zstd);
    const std::string small = packed(coding, rows(3000));
    CHECK_THROWS_WITH(unpacked(coding, small.substr(0, small.size() - 1)),
                      Catch::Contains("cut off"));
    CHECK_THROWS_AS(unpacked(coding, small + "more"), Error);
    CHECK_THROWS_AS(unpacked(coding, "neither of them"), Error);
    std::string flipped = small;
    flipped[flipped.size() / 2] ^= 0x10;
    CHECK_THROWS_AS(unpacked(coding, flipped), Error);
    UnpackLimits limits;
    limits.bytes = 1000;
    CHECK_THROWS_WITH(unpacked(coding, small, limits), Catch::Contains("more than 1000 bytes"));
    limits = {};
    limits.ratio = 100;
    CHECK_THROWS_WITH(unpacked(coding, packed(coding, std::string(20'000'000, ' ')), limits),
                      Catch::Contains("100 times"));
}

TEST_CASE("an answer is packed for who asks for it, and only where that is of use",
          "[http][packed]") {
    const std::string text = rows(1000);
    const auto coding_for = [&](const std::string& accept) {
        return std::string(
            packed_answer(asking(accept), json_response(text)).headers.get("Content-Encoding"));
    };
    CHECK(coding_for("gzip, zstd") == "zstd");
    CHECK(coding_for("GZip;q=0.5, br") == "gzip");
    CHECK(coding_for("zstd;q=0, gzip") == "gzip");
    CHECK(coding_for("identity").empty());
    CHECK(coding_for("").empty());
    CHECK(coding_for("gzip;q=0.05") == "gzip");
    CHECK(coding_for("gzip;q=0.000").empty());
    CHECK(coding_for("gzip;q=0.9, zstd;q=0.2") == "gzip");
    CHECK(coding_for("*") == "zstd");
    CHECK(coding_for("*;q=0").empty());
    CHECK(coding_for("x-gzip") == "gzip");
    CHECK(coding_for("*, zstd;q=0") == "gzip");
    CHECK(coding_for("gzip;q=rubbish").empty());
    CHECK(coding_for(",;,q=1;").empty());
    CHECK(packed_answer(asking("gzip, identity;q=0"), json_response("{}"))
              .headers.get("Content-Encoding") == "gzip");
    CHECK_FALSE(packed_answer(asking("zstd"), json_response("{}")).headers.has("Content-Encoding"));
    const Response photo =
        packed_answer(asking("zstd"), text_response(std::string(9000, 'x'), "image/jpeg"));
    CHECK_FALSE(photo.headers.has("Content-Encoding"));
    const Response features =
        packed_answer(asking("zstd"), text_response(text, "application/x-protobuf"));
    CHECK(features.headers.get("Content-Encoding") == "zstd");
    Request part = asking("zstd");
    part.headers.set("Range", "bytes=0-9");
    CHECK(packed_answer(part, json_response(text)).text() == text);
    Response tagged = json_response(text);
    tagged.headers.set("ETag", "\"v1\"");
    CHECK(packed_answer(asking("zstd"), tagged).headers.get("ETag") == "\"v1-zstd\"");
}

TEST_CASE("a packed answer arrives unpacked, in memory and in a file", "[http][packed]") {
    const Scratch scratch;
    const std::string text = rows(50'000);
    const std::string only = GENERATE("gzip", "zstd");
    std::size_t sent = 0;
    LoopbackServer server([&](const Request& request) {
        CHECK(request.headers.get("Accept-Encoding") == "zstd, gzip");
        Response response = packed_answer(asking(only), json_response(text));
        sent = response.text().size();
        return response;
    });
    BeastTransport transport;
    TransportRequest request = get(server.url("/"));
    const Response whole = answer_of(transport.send(request, kNever));
    CHECK(whole.text() == text);
    CHECK(whole.headers.get("Content-Length") == std::to_string(sent));
    CHECK(sent * 4 < text.size());
    request.save_to = scratch / "answer";
    CHECK(answer_of(transport.send(request, kNever)).file()->length == text.size());
    CHECK(read_file(scratch / "answer") == text);
}

TEST_CASE("a bomb and a damaged body are told apart", "[http][packed]") {
    std::string body = packed(Coding::Zstd, std::string(40'000'000, ' '));
    LoopbackServer server([&](const Request&) {
        Response response = json_response(body);
        response.headers.set("Content-Encoding", "zstd");
        return response;
    });
    const auto failure = [&](const BeastTransport::Options& options) {
        const auto result = BeastTransport(options).send(get(server.url("/")), kNever);
        REQUIRE(std::holds_alternative<TransportFailure>(result));
        return std::get<TransportFailure>(result).message;
    };
    BeastTransport::Options options;
    CHECK_THAT(failure(options), Catch::Contains("2000 times its size"));
    body = packed(Coding::Zstd, rows(3000));
    options.max_answer_bytes = body.size() + 1000;
    CHECK_THAT(failure(options), Catch::Contains("unpacks to more than"));
    options.max_answer_bytes = 1000;
    CHECK_THAT(failure(options), Catch::Contains("limit of 1000 bytes"));
    options.max_answer_bytes = 20'000;
    CHECK_THAT(failure(options), Catch::Contains("20000 bytes"));
    body.resize(body.size() - 5);
    CHECK_THAT(failure({}), Catch::Contains("cut off"));
}
