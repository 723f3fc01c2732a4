// SPDX-License-Identifier: Apache-2.0
#include "platform/error.hpp"
#include "tests/platform/http/http_fixture.hpp"
#include "tests/platform/http/raw_peer.hpp"
#include "tests/support/catch.hpp"

#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <thread>
#include <vector>

using namespace rhumb;
using namespace rhumb::http;
using namespace rhumb::test;
using Kind = TransportFailure::Kind;

namespace {

const CancelToken kNever;

/// A server that says `answer` to one request on each connection and closes.
std::function<void(RawSocket&)> says(std::string answer) {
    return [answer = std::move(answer)](RawSocket& peer) {
        peer.read_to("\r\n\r\n");
        peer.send(answer);
    };
}

/// A service that answers ranges of one file.
Response ranged(const Request& request, const std::filesystem::path& path) {
    const std::uint64_t size = rhumb::file_size(path);
    const std::string_view range = request.headers.get("Range");
    if (range.empty()) return Response{200, {}, FileBody{path, 0, size}};
    const auto from = static_cast<std::uint64_t>(std::stoull(std::string(range.substr(6))));
    return Response{206,
                    {{"Content-Range", "bytes " + std::to_string(from) + "-" +
                                           std::to_string(size - 1) + "/" + std::to_string(size)}},
                    FileBody{path, from, size - from}};
}

}  // namespace

TEST_CASE("a request and its answer cross the loopback", "[http][transport]") {
    LoopbackServer server([](const Request& request) {
        Response response = text_response(
            request.method + " " + request.target + " " + request.whole_body().text() + " " +
                std::string(request.headers.get("X-Esri-Authorization")),
            "text/plain", 498);
        response.headers.add("X-Answer", "yes");
        return response;
    });
    BeastTransport transport;
    TransportRequest request = post(server.url("/a b?c=d"), "body");
    request.headers.add("X-Esri-Authorization", "Bearer t");
    const Response response = answer_of(transport.send(request, kNever));
    CHECK(response.status == 498);
    CHECK(response.headers.get("x-answer") == "yes");
    CHECK(response.text() == "POST /a%20b?c=d body Bearer t");
}

TEST_CASE("requests to one origin share a connection", "[http][transport]") {
    std::atomic<int> connections{0};
    RawServer server([&](RawSocket& peer) {
        ++connections;
        while (!peer.read_to("\r\n\r\n").empty()) {
            peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        }
    });
    {
        BeastTransport transport;
        for (int i = 0; i < 5; ++i) {
            CHECK(answer_of(transport.send(get(server.url()), kNever)).text() == "ok");
        }
    }
    CHECK(connections == 1);
}

TEST_CASE("large bodies cross in both directions", "[http][transport]") {
    const std::string body = pattern(5'000'000);
    LoopbackServer server([&](const Request& request) {
        return request.whole_body() == body ? text_response(body) : text_response("other");
    });
    BeastTransport transport;
    TransportRequest request = post(server.url("/"), body);
    std::uint64_t seen = 0;
    std::optional<std::uint64_t> total;
    request.on_progress = [&](std::uint64_t received, std::optional<std::uint64_t> all) {
        CHECK(received > seen);
        seen = received;
        total = all;
    };
    CHECK(answer_of(transport.send(request, kNever)).text() == body);
    CHECK(seen == body.size());
    CHECK(total == body.size());
}

TEST_CASE("a chunked answer is put together", "[http][transport]") {
    RawServer server(
        says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n"
             "0\r\nTrailer: 1\r\n\r\n"));
    CHECK(answer_of(BeastTransport().send(get(server.url()), kNever)).text() == "abcde");
}

TEST_CASE("interim answers are passed over", "[http][transport]") {
    RawServer server(
        says("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Wait\r\nA: b\r\n\r\n"
             "HTTP/1.1 201 Made\r\nContent-Length: 1\r\n\r\nx"));
    const Response response = answer_of(BeastTransport().send(get(server.url()), kNever));
    CHECK(response.status == 201);
    CHECK(response.text() == "x");
}

TEST_CASE("HEAD brings the length and no body", "[http][transport]") {
    LoopbackServer server([](const Request&) { return text_response("twelve bytes"); });
    BeastTransport transport;
    TransportRequest request = get(server.url("/"));
    request.method = "HEAD";
    const Response response = answer_of(transport.send(request, kNever));
    CHECK(response.headers.get("Content-Length") == "12");
    CHECK(response.text().empty());
    CHECK(answer_of(transport.send(get(server.url("/")), kNever)).text() == "twelve bytes");
}

TEST_CASE("redirects are not followed", "[http][transport]") {
    RawServer server(
        says("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
             "Content-Length: 0\r\n\r\n"));
    const Response response = answer_of(BeastTransport().send(get(server.url()), kNever));
    CHECK(response.status == 302);
    CHECK(response.headers.get("Location") == "http://127.0.0.1:1/");
}

TEST_CASE("an answer that is cut, garbled or endless is never taken for whole",
          "[http][transport]") {
    const char* const answer =
        GENERATE("", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
                 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
                 "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabcd",
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
                 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n0\r\n",
                 "HTTP/1.1 200 OK\r\n\r\nno length", "HTTP/1.1 100 Continue\r\n\r\n",
                 "SSH-2.0-OpenSSH_9.2\r\n", "<html>garbage</html>",
                 "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab");
    CAPTURE(answer);
    RawServer server(says(answer));
    CHECK(failure_of(BeastTransport().send(post(server.url(), "edits"), kNever)) ==
          Kind::Interrupted);
    CHECK(server.connections() == 1);  // a POST is not sent twice
}

TEST_CASE("a server that ends its answers by closing, and says so, is understood",
          "[http][transport]") {
    const char* const head =
        GENERATE("HTTP/1.0 200 OK\r\n", "HTTP/1.1 200 OK\r\nConnection: Close\r\n",
                 "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n");
    RawServer server(says(std::string(head) + "\r\n{\"a\":1}"));
    const Response response = answer_of(BeastTransport().send(get(server.url()), kNever));
    CHECK(response.text() == "{\"a\":1}");
    CHECK_FALSE(response.headers.has("Content-Length"));
}

TEST_CASE("an answer that the disk has no room for gives back the room that it took",
          "[http][transport]") {
    const std::string body(3'000'000, 'x');
    RawServer server(says("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                          "\r\n\r\n" + body));
    const Scratch scratch;
    const auto file = scratch / "answer";
    TransportRequest request = get(server.url());
    request.save_to = file;
    rlimit before{};
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
    const rlimit little{1'000'000, before.rlim_max};
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    REQUIRE(setrlimit(RLIMIT_FSIZE, &little) == 0);
    CHECK_THROWS_WITH(BeastTransport().send(request, kNever), Catch::Contains("cannot write"));
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
    CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE("where nothing listens, the server is unreachable", "[http][transport]") {
    const std::string url = "http://127.0.0.1:" + std::to_string(unused_port()) + "/";
    const TransportResult result = BeastTransport().send(post(url, "edits"), kNever);
    CHECK(failure_of(result) == Kind::Unreachable);
    CHECK_THAT(std::get<TransportFailure>(result).message, Catch::Contains("127.0.0.1"));
}

TEST_CASE("a malformed URL or header is an argument error", "[http][transport]") {
    BeastTransport transport;
    CHECK_THROWS_AS(transport.send(get("ftp://box/"), kNever), Error);
    TransportRequest request = get("http://127.0.0.1:1/");
    request.headers.add("A", "b\r\nEvil: 1");
    CHECK_THROWS_AS(transport.send(request, kNever), Error);
}

TEST_CASE("an answer beyond the limit is too large", "[http][transport]") {
    const char* const answer = GENERATE(
        "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nabcdefghijk",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nabcdefghijk\r\n0\r\n\r\n");
    RawServer server(says(answer));
    BeastTransport::Options options;
    options.max_answer_bytes = 10;
    CHECK(failure_of(BeastTransport(options).send(get(server.url()), kNever)) == Kind::TooLarge);
}

TEST_CASE("a server that falls silent is given up", "[http][transport]") {
    Gate gate;
    RawServer server([&](RawSocket& peer) {
        peer.read_to("\r\n\r\n");
        gate.wait();
    });
    BeastTransport::Options options;
    options.silence_ms = 50;
    CHECK(failure_of(BeastTransport(options).send(get(server.url()), kNever)) == Kind::Interrupted);
    gate.open();
}

TEST_CASE("another thread can cancel a request under way", "[http][transport]") {
    Gate gate;
    RawServer server([&](RawSocket& peer) {
        peer.read_to("\r\n\r\n");
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun");
        gate.wait();
    });
    CancelToken token;
    std::thread canceller([&] {
        gate.await_visitors(1);
        token.cancel();
    });
    CHECK(failure_of(BeastTransport().send(get(server.url()), token)) == Kind::Cancelled);
    canceller.join();
    gate.open();
    CHECK(failure_of(BeastTransport().send(get(server.url()), token)) == Kind::Cancelled);
}

TEST_CASE("a file goes on where it was left", "[http][transport]") {
    const Scratch scratch;
    const std::string content = pattern(1'000'000);
    write_file(scratch / "source", content);
    write_file(scratch / "part", content.substr(0, 300'000) + "stale bytes behind");
    LoopbackServer server(
        [&](const Request& request) { return ranged(request, scratch / "source"); });
    BeastTransport transport;
    TransportRequest request = get(server.url("/"));
    request.save_to = scratch / "part";
    request.save_offset = 300'000;
    const Response part = answer_of(transport.send(request, kNever));
    CHECK(part.status == 206);
    REQUIRE(part.file());
    CHECK(*part.file() == FileBody{scratch / "part", 300'000, 700'000});
    CHECK(read_file(scratch / "part") == content);

    request.save_offset = 0;
    const Response whole = answer_of(transport.send(request, kNever));
    CHECK(whole.status == 200);
    CHECK(*whole.file() == FileBody{scratch / "part", 0, 1'000'000});
    CHECK(read_file(scratch / "part") == content);
}

TEST_CASE("a whole answer replaces a part of another version", "[http][transport]") {
    const Scratch scratch;
    write_file(scratch / "part", std::string(500, 'o'));
    std::string type = "application/octet-stream";
    LoopbackServer server([&](const Request&) { return text_response("new version", type); });
    TransportRequest request = get(server.url("/"));
    request.save_to = scratch / "part";
    request.save_offset = 400;
    const Response response = answer_of(BeastTransport().send(request, kNever));
    CHECK(*response.file() == FileBody{scratch / "part", 0, 11});
    CHECK(read_file(scratch / "part") == "new version");
}

TEST_CASE("a short text in place of the rest of a file leaves the file alone",
          "[http][transport]") {
    const Scratch scratch;
    write_file(scratch / "part", std::string(500, 'o'));
    LoopbackServer server([](const Request&) { return json_response(R"({"error":{}})"); });
    TransportRequest request = get(server.url("/"));
    request.save_to = scratch / "part";
    request.save_offset = 500;
    const Response response = answer_of(BeastTransport().send(request, kNever));
    CHECK(response.text() == R"({"error":{}})");
    CHECK(read_file(scratch / "part") == std::string(500, 'o'));
}

TEST_CASE("an error page never gets into the file", "[http][transport]") {
    const Scratch scratch;
    write_file(scratch / "part", "kept");
    LoopbackServer server([](const Request&) { return error_response(404, "gone"); });
    TransportRequest request = get(server.url("/"));
    request.save_to = scratch / "part";
    CHECK(answer_of(BeastTransport().send(request, kNever)).status == 404);
    CHECK(read_file(scratch / "part") == "kept");
}

TEST_CASE("a part that begins elsewhere is refused and the file is left", "[http][transport]") {
    const Scratch scratch;
    write_file(scratch / "part", "0123456789");
    const char* const range =
        GENERATE("Content-Range: bytes 4-8/20\r\n", "Content-Range: bytes */20\r\n", "",
                 "Content-Range: bytes 9-5/20\r\n", "Content-Range: lines 5-9/20\r\n");
    RawServer server(says("HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n" +
                          std::string(range) + "\r\nabcde"));
    TransportRequest request = get(server.url());
    request.save_to = scratch / "part";
    request.save_offset = 5;
    CHECK(failure_of(BeastTransport().send(request, kNever)) == Kind::Interrupted);
    CHECK(read_file(scratch / "part") == "0123456789");
}

TEST_CASE("what came before a cut stays in the file", "[http][transport]") {
    const Scratch scratch;
    RawServer server(says("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123"));
    TransportRequest request = get(server.url());
    request.save_to = scratch / "part";
    CHECK(failure_of(BeastTransport().send(request, kNever)) == Kind::Interrupted);
    CHECK(read_file(scratch / "part") == "0123");
    request.save_offset = 5;  // there are only four bytes to go on behind
    CHECK_THROWS_AS(BeastTransport().send(request, kNever), Error);
}

TEST_CASE("a file that cannot be written is the disk's error", "[http][transport]") {
    LoopbackServer server([](const Request&) { return text_response("x"); });
    TransportRequest request = get(server.url("/"));
    request.save_to = "/no/such/folder/file";
    CHECK_THROWS_AS(BeastTransport().send(request, kNever), Error);
}

TEST_CASE("a kept connection that died is replaced when nothing was lost", "[http][transport]") {
    RawServer server(says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));  // and closes
    BeastTransport transport;
    for (int i = 0; i < 5; ++i) {
        CHECK(answer_of(transport.send(get(server.url()), kNever)).text() == "ok");
    }
    CHECK(server.connections() == 5);
}

TEST_CASE("a POST that may have arrived is not sent again", "[http][transport]") {
    std::atomic<int> posts{0};
    RawServer server([&](RawSocket& peer) {
        peer.read_to("\r\n\r\n");
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        if (peer.read_to("edits").find("edits") != std::string::npos) ++posts;  // and closes
    });
    BeastTransport transport;
    CHECK(answer_of(transport.send(get(server.url()), kNever)).text() == "ok");
    CHECK(failure_of(transport.send(post(server.url(), "edits"), kNever)) == Kind::Interrupted);
    CHECK(posts == 1);
    CHECK(server.connections() == 1);
}

TEST_CASE("a GET is tried once more on a new connection", "[http][transport]") {
    RawServer server([](RawSocket& peer) {
        peer.read_to("\r\n\r\n");
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        peer.read_to("\r\n\r\n");  // takes the second request and closes
    });
    BeastTransport transport;
    CHECK(answer_of(transport.send(get(server.url()), kNever)).text() == "ok");
    CHECK(answer_of(transport.send(get(server.url()), kNever)).text() == "ok");
    CHECK(server.connections() == 2);
}

TEST_CASE("an early refusal of a large body is heard", "[http][transport]") {
    Listener::Options options;
    options.body_limit = 1000;
    LoopbackServer server([](const Request&) { return text_response("taken"); }, options);
    const Response response = answer_of(
        BeastTransport().send(post(server.url("/"), std::string(5'000'000, 'x')), kNever));
    CHECK(response.status == 413);
}

TEST_CASE("many requests at the same time are all answered", "[http][transport]") {
    LoopbackServer server([](const Request& request) { return text_response(request.target); });
    BeastTransport transport;
    std::atomic<int> right{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 200; ++i) {
        threads.emplace_back([&, i] {
            const std::string target = "/" + std::to_string(i);
            const TransportResult result = transport.send(get(server.url(target)), kNever);
            const auto* response = std::get_if<Response>(&result);
            if (response != nullptr && response->text() == target) ++right;
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(right == 200);
}
