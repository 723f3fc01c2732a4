// SPDX-License-Identifier: Apache-2.0
#include "platform/http/message_reader.hpp"
#include "tests/support/catch.hpp"

using namespace rhumb::http;
using Step = MessageReader::Step;
using Kind = MessageReader::Kind;
using Problem = MessageReader::Problem;

namespace {

constexpr std::size_t kLimit = 1024;

/// Feeds `text` in pieces of `size` bytes, until the message is whole or failed.
Step feed(MessageReader& reader, std::string_view text, std::size_t size) {
    std::string pending;
    Step step = Step::NeedMore;
    while (!text.empty() && step != Step::Done && step != Step::Failed) {
        pending += text.substr(0, size);
        text.remove_prefix(std::min(size, text.size()));
        do {
            step = reader.take(pending);
        } while (step == Step::HeaderDone);
    }
    return step;
}

}  // namespace

TEST_CASE("a chunked request is read in pieces of any size", "[http][reader]") {
    const std::string text =
        "POST /a?b HTTP/1.1\r\nHost: box\r\nTransfer-Encoding: chunked\r\n\r\n"
        "4\r\nWiki\r\n6;ext=1\r\npedia \r\n0\r\nX-Trailer: 1\r\n\r\n";
    for (std::size_t size = 1; size <= text.size(); ++size) {
        CAPTURE(size);
        MessageReader reader(Kind::Request, kLimit);
        REQUIRE(feed(reader, text, size) == Step::Done);
        CHECK(reader.method() == "POST");
        CHECK(reader.target() == "/a?b");
        CHECK(reader.body() == "Wikipedia ");
        CHECK(reader.headers().size() == 2);
    }
}

TEST_CASE("an empty chunked body is read byte by byte", "[http][reader]") {
    for (std::size_t size = 1; size < 8; ++size) {
        MessageReader reader(Kind::Request, kLimit);
        CHECK(feed(reader,
                   "POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                   size) == Step::Done);
    }
}

TEST_CASE("a message that can be understood in two ways is malformed", "[http][reader]") {
    const std::string head = "POST / HTTP/1.1\r\nHost: b\r\n";
    const std::string text = GENERATE_COPY(
        head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        head + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        head + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        head + "Transfer-Encoding: gzip\r\n\r\nabc",
        head + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        head + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        head + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", head + "Content-Length: -1\r\n\r\n",
        head + "Content-Length: 0x3\r\n\r\nabc",
        head + "Content-Length: 99999999999999999999\r\n\r\nabc",
        head + "Content-Length : 3\r\n\r\nabc",
        head + "Transfer-Encoding: chunked\r\n\r\nzzzzz\r\n",
        head + "Transfer-Encoding: chunked\r\n\r\n-1\r\nabcde",
        head + "Transfer-Encoding: chunked\r\n\r\n11111111111111111\r\nabc",
        head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcXX0\r\n\r\n", head + "no colon\r\n\r\n",
        head + "A\nB: c\r\n\r\n", head + "A: b\nC: d\r\n\r\n", std::string("GET  HTTP/1.1\r\n\r\n"),
        std::string("GET / HTTP/2.0\r\n\r\n"), std::string("GET /\r\n\r\n"),
        std::string("G\x01T / HTTP/1.1\r\n\r\n"),
        std::string("\x16\x03\x01\x02\x01\x01\xfc\x03", 8));
    CAPTURE(text);
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, text.size()}) {
        MessageReader reader(Kind::Request, kLimit);
        CHECK(feed(reader, text, size) == Step::Failed);
        CHECK(reader.problem() == Problem::Malformed);
        CHECK_FALSE(reader.problem_text().empty());
    }
}

TEST_CASE("a header has a bound, however it comes", "[http][reader]") {
    std::string many = "GET / HTTP/1.1\r\n";
    for (int i = 0; i < 1000; ++i) many += "A: b\r\n";
    const std::vector<std::string> texts{
        many, "GET /" + std::string(5000, 'a') + " HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nA: " + std::string(5000, 'a') + "\r\n\r\n", std::string(5000, 'G')};
    const std::string text = texts[static_cast<std::size_t>(GENERATE(range(0, 4)))];
    CAPTURE(text.substr(0, 20));
    for (const std::size_t size : {std::size_t{1}, std::size_t{100}, text.size()}) {
        MessageReader reader(Kind::Request, kLimit);
        CHECK(feed(reader, text, size) == Step::Failed);
        CHECK(reader.problem() == Problem::HeaderTooLarge);
    }
}

TEST_CASE("the head of a chunk has a bound too", "[http][reader]") {
    const std::string text =
        "POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n4;a=" +
        std::string(5000, 'x');
    MessageReader reader(Kind::Request, kLimit);
    CHECK(feed(reader, text, 100) == Step::Failed);
    CHECK(reader.problem() == Problem::Malformed);
}

TEST_CASE("a body has a bound, told or found out", "[http][reader]") {
    const std::string head = "POST / HTTP/1.1\r\nHost: b\r\n";
    const std::string text =
        GENERATE_COPY(head + "Content-Length: 11\r\n\r\n",
                      head + "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\nabcde\r\n",
                      head + "Transfer-Encoding: chunked\r\n\r\nffffffff\r\nabcdefghijk");
    for (const std::size_t size : {std::size_t{1}, text.size()}) {
        MessageReader reader(Kind::Request, kLimit);
        reader.limit_body(10);
        const Step step = feed(reader, text + "more bytes", size);
        CHECK(step == Step::Failed);
        CHECK(reader.problem() == Problem::BodyTooLarge);
    }
}

TEST_CASE("what follows a message stays for the next one", "[http][reader]") {
    std::string pending =
        "POST /1 HTTP/1.1\r\nContent-Length: 2\r\n\r\nab\r\nGET /2 HTTP/1.1\r\nHost: b\r\n\r\n";
    MessageReader first(Kind::Request, kLimit);
    CHECK(first.take(pending) == Step::HeaderDone);
    CHECK(first.take(pending) == Step::Done);
    CHECK(first.body() == "ab");
    MessageReader second(Kind::Request, kLimit);
    CHECK(second.take(pending) == Step::HeaderDone);
    CHECK(second.take(pending) == Step::Done);
    CHECK(second.target() == "/2");
    CHECK(pending.empty());
}

TEST_CASE("a response without a length says so", "[http][reader]") {
    MessageReader open(Kind::Response, kLimit);
    std::string pending = "HTTP/1.0 200 OK\r\n\r\nbytes";
    CHECK(open.take(pending) == Step::HeaderDone);
    CHECK(open.ends_with_connection());

    MessageReader head(Kind::ResponseToHead, kLimit);
    pending = "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n";
    CHECK(head.take(pending) == Step::HeaderDone);
    CHECK(head.take(pending) == Step::Done);

    MessageReader none(Kind::Response, kLimit);
    pending = "HTTP/1.1 304 Not Modified\r\n\r\n";
    CHECK(none.take(pending) == Step::HeaderDone);
    CHECK_FALSE(none.ends_with_connection());
    CHECK(none.take(pending) == Step::Done);
}
