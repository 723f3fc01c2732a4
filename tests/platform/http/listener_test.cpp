// SPDX-License-Identifier: Apache-2.0
#include "platform/http/listener.hpp"
#include "platform/error.hpp"
#include "tests/platform/http/http_fixture.hpp"
#include "tests/platform/http/raw_peer.hpp"
#include "tests/support/catch.hpp"

#include <poll.h>
#include <unistd.h>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace rhumb;
using namespace rhumb::http;
using namespace rhumb::test;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;

namespace {

const CancelToken kNever;

Response echo(const Request& request) {
    return text_response(request.method + " " + request.target + " " + request.whole_body().text());
}

/// What a server with small limits answers to `text`, until it closes.
std::string answer_to(const std::string& text) {
    Listener::Options options;
    options.body_limit = 100;
    options.header_limit = 1000;
    LoopbackServer server(echo, options);
    RawSocket client = RawSocket::to_port(server.port());
    client.send(text);
    return client.read_all();
}

}  // namespace

TEST_CASE("one connection carries many requests", "[http][listener]") {
    LoopbackServer server(echo);
    RawSocket client = RawSocket::to_port(server.port());
    for (int i = 0; i < 20; ++i) {
        client.send("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: box\r\n\r\n");
        CHECK_THAT(client.read_answer(), EndsWith("GET /" + std::to_string(i) + " "));
    }
}

TEST_CASE("requests sent in one go are answered in their order", "[http][listener]") {
    LoopbackServer server(echo);
    RawSocket client = RawSocket::to_port(server.port());
    client.send(
        "POST /1 HTTP/1.1\r\nHost: b\r\nContent-Length: 2\r\n\r\nab"
        "GET http://b/2?x=y HTTP/1.1\r\nHost: b\r\n\r\n"
        "GET /3 HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n");
    CHECK_THAT(client.read_answer(), EndsWith("POST /1 ab"));
    CHECK_THAT(client.read_answer(), EndsWith("GET /2?x=y "));
    const std::string last = client.read_all();
    CHECK_THAT(last, Contains("Connection: close\r\n"));
    CHECK_THAT(last, EndsWith("GET /3 "));
}

TEST_CASE("HEAD tells the length and sends no body", "[http][listener]") {
    LoopbackServer server([](const Request&) { return text_response("twelve bytes"); });
    RawSocket client = RawSocket::to_port(server.port());
    client.send("HEAD / HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n");
    const std::string answer = client.read_all();
    CHECK_THAT(answer, Contains("Content-Length: 12\r\n"));
    CHECK_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_CASE("204 and 304 have neither body nor length", "[http][listener]") {
    LoopbackServer server([](const Request&) { return Response{304, {{"ETag", "1"}}, "never"}; });
    RawSocket client = RawSocket::to_port(server.port());
    client.send("GET / HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n");
    const std::string answer = client.read_all();
    CHECK_THAT(answer, StartsWith("HTTP/1.1 304 Not Modified\r\n"));
    CHECK_THAT(answer, !Contains("Content-Length"));
    CHECK_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_CASE("a client that waits for 100 is told to go on", "[http][listener]") {
    LoopbackServer server(echo);
    RawSocket client = RawSocket::to_port(server.port());
    client.send("POST /p HTTP/1.1\r\nHost: b\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    CHECK(client.read_to("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc");
    CHECK_THAT(client.read_answer(), EndsWith("POST /p abc"));
}

TEST_CASE("a chunked request body arrives whole", "[http][listener]") {
    LoopbackServer server(echo);
    RawSocket client = RawSocket::to_port(server.port());
    client.send("POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    client.send("A\r\n0123456789\r\n0\r\n\r\n");
    CHECK_THAT(client.read_answer(), EndsWith("POST / abc0123456789"));
}

TEST_CASE("a long body goes through a file without a name, a form stays in memory",
          "[http][listener]") {
    const Scratch scratch;
    Listener::Options options;
    options.spool_folder = scratch / "bodies";
    const std::string bytes = pattern(3'000'001);
    LoopbackServer server(
        [&](const Request& request) {
            const Parameters parameters = parameters_of(request);
            const Part* file = parameters.file("photo");
            const std::string where = request.long_body ? "file" : "memory";
            return text_response(where + " " + parameters.get("f") + " " +
                                 (file != nullptr && file->body == bytes ? "whole" : "none"));
        },
        options);
    const auto form = encode_multipart(
        {{"photo", true, "a.jpg", "image/jpeg", bytes}, {"f", false, "", "", "json"}});
    BeastTransport transport;
    for (int i = 0; i < 2; ++i) {
        TransportRequest request = post(server.url("/"), form.body);
        request.headers.set("Content-Type", form.content_type);
        CHECK(answer_of(transport.send(request, kNever)).text() == "file json whole");
    }
    TransportRequest request = post(server.url("/"), "f=json&x=" + std::string(2'000'000, 'x'));
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    CHECK_THAT(std::string(answer_of(transport.send(request, kNever)).text()),
               EndsWith("json none"));
    CHECK(std::filesystem::is_empty(scratch / "bodies"));
}

TEST_CASE("a long body that breaks off leaves nothing and is not handled", "[http][listener]") {
    const Scratch scratch;
    Listener::Options options;
    options.spool_folder = scratch / "bodies";
    std::atomic<int> handled{0};
    {
        LoopbackServer server(
            [&](const Request&) {
                ++handled;
                return text_response("");
            },
            options);
        {
            RawSocket client = RawSocket::to_port(server.port());
            client.send(
                "POST / HTTP/1.1\r\nHost: b\r\nContent-Type: multipart/form-data; boundary=x\r\n"
                "Content-Length: 50000000\r\n\r\n");
            client.send(pattern(2'000'000));
        }
        RawSocket next = RawSocket::to_port(server.port());
        next.send("GET / HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n");
        next.read_all();
    }
    CHECK(handled == 1);
    CHECK((!std::filesystem::exists(scratch / "bodies") ||
           std::filesystem::is_empty(scratch / "bodies")));
}

TEST_CASE("a body that is made while it is sent arrives whole, or the connection ends",
          "[http][listener]") {
    const std::string bytes = pattern(2'000'000);
    LoopbackServer server([&](const Request& request) {
        const bool breaks = request.target == "/breaks";
        Response response;
        response.body = PulledBody{bytes.size(), [&bytes, breaks](std::uint64_t sent) {
                                       if (breaks && sent > 500'000) throw std::runtime_error("x");
                                       return bytes.substr(static_cast<std::size_t>(sent), 123'456);
                                   }};
        return response;
    });
    BeastTransport transport;
    CHECK(answer_of(transport.send(get(server.url("/")), kNever)).text() == bytes);
    TransportRequest head = get(server.url("/"));
    head.method = "HEAD";
    CHECK(answer_of(transport.send(head, kNever)).headers.get("Content-Length") == "2000000");
    CHECK(failure_of(transport.send(get(server.url("/breaks")), kNever)) ==
          TransportFailure::Kind::Interrupted);
}

TEST_CASE("a form has a limit of its own", "[http][listener]") {
    Listener::Options options;
    options.form_limit = 100;
    LoopbackServer server(echo, options);
    const auto answer_for = [&](const std::string& type) {
        RawSocket client = RawSocket::to_port(server.port());
        client.send("POST / HTTP/1.1\r\nHost: b\r\nConnection: close\r\nContent-Type: " + type +
                    "\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'));
        return client.read_all();
    };
    CHECK_THAT(answer_for("application/x-www-form-urlencoded"),
               StartsWith("HTTP/1.1 413 ") && Contains("larger than 100 bytes"));
    CHECK_THAT(answer_for("multipart/form-data; boundary=x"), StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("malformed requests are answered with a JSON error, then closed", "[http][listener]") {
    const char* const text = GENERATE(
        "no http at all\r\n\r\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/3.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET x HTTP/1.1\r\nHost: b\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: b\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\nzzzzzz\r\n");
    CAPTURE(text);
    const std::string answer = answer_to(text);
    CHECK_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
    CHECK_THAT(answer, Contains("Connection: close\r\n"));
    CHECK_THAT(answer, Contains("{\"error\":{\"code\":400,\"message\":\"malformed request"));
}

TEST_CASE("bodies and headers beyond the limit are refused", "[http][listener]") {
    CHECK_THAT(answer_to("POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 101\r\n\r\n"),
               StartsWith("HTTP/1.1 413 ") && Contains("\"code\":413"));
    CHECK_THAT(answer_to("POST / HTTP/1.1\r\nHost: b\r\nExpect: 100-continue\r\n"
                         "Content-Length: 101\r\n\r\n"),
               StartsWith("HTTP/1.1 413 "));
    CHECK_THAT(answer_to("POST / HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" +
                         std::string(101, 'x')),
               StartsWith("HTTP/1.1 413 "));
    CHECK_THAT(answer_to("GET / HTTP/1.1\r\nHost: b\r\nA: " + std::string(2000, 'x')),
               StartsWith("HTTP/1.1 431 "));
}

TEST_CASE("a request beyond a limit is answered and its connection goes on", "[http][listener]") {
    Listener::Options options;
    options.body_limit = 1000;
    options.form_limit = 100;
    options.url_limit = 50;
    options.refusal_headers = {{"Access-Control-Allow-Origin", "*"}};
    std::atomic<int> told{0};
    options.on_refusal = [&](const Request& request, const Response& response) {
        if (request.remote_address == "127.0.0.1" && response.status >= 400) ++told;
    };
    LoopbackServer server(echo, options);
    struct Case {
        std::string head, body;
        const char* answer;
    };
    const std::string many(200, 'x');
    const std::string too_many(1001, 'x');
    const Case cases[] = {
        {"POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 200\r\n\r\n", many, "HTTP/1.1 413 "},
        {"POST / HTTP/1.1\r\nHost: b\r\nContent-Type: application/x-www-form-urlencoded\r\n"
         "Content-Length: 200\r\n\r\n",
         many, "HTTP/1.1 413 "},
        {"POST / HTTP/1.1\r\nHost: b\r\nContent-Type: multipart/form-data; boundary=x\r\n"
         "Content-Length: 200\r\n\r\n",
         many, "HTTP/1.1 200 "},
        {"POST / HTTP/1.1\r\nHost: b\r\nContent-Type: multipart/form-data; boundary=x\r\n"
         "Content-Length: 1001\r\n\r\n",
         too_many, "HTTP/1.1 413 "},
        {"GET /" + many + " HTTP/1.1\r\nHost: b\r\n\r\n", "", "HTTP/1.1 414 "},
        {"POST /?" + many + " HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\n\r\n", "abc",
         "HTTP/1.1 414 "},
    };
    RawSocket client = RawSocket::to_port(server.port());
    for (const Case& one : cases) {
        INFO(one.head);
        REQUIRE(client.send(one.head + one.body));
        const std::string answer = client.read_answer();
        CHECK_THAT(answer, StartsWith(one.answer));
        const bool refused = answer.find(" 200 ") == std::string::npos;
        CHECK((answer.find("Access-Control-Allow-Origin: *") != std::string::npos) == refused);
        REQUIRE(client.send("GET /next HTTP/1.1\r\nHost: b\r\n\r\n"));
        CHECK_THAT(client.read_answer(), EndsWith("GET /next "));
    }
    CHECK(told == 5);
}

TEST_CASE("a long URL is taken", "[http][listener]") {
    LoopbackServer server(echo);
    RawSocket client = RawSocket::to_port(server.port());
    const std::string target = "/" + std::string(16 * 1024, 'u');
    client.send("GET " + target + " HTTP/1.1\r\nHost: b\r\n\r\n");
    CHECK_THAT(client.read_answer(), EndsWith("GET " + target + " "));
}

TEST_CASE("one connection too many is told so", "[http][listener]") {
    Listener::Options options;
    options.max_connections = 2;
    LoopbackServer server(echo, options);
    std::vector<RawSocket> clients;
    for (int i = 0; i < 2; ++i) {
        clients.push_back(RawSocket::to_port(server.port()));
        clients.back().send("GET / HTTP/1.1\r\nHost: b\r\n\r\n");
        CHECK_THAT(clients.back().read_answer(), StartsWith("HTTP/1.1 200 "));
    }
    RawSocket more = RawSocket::to_port(server.port());
    more.send("GET / HTTP/1.1\r\nHost: b\r\n\r\n");
    const std::string answer = more.read_answer();
    CHECK_THAT(answer, StartsWith("HTTP/1.1 503 ") && Contains("Retry-After: "));
    CHECK(server.listener().connections() >= 2);
}

TEST_CASE("a body that trickles is given up", "[http][listener]") {
    Listener::Options options;
    options.idle_ms = 100;
    options.least_body_rate = 1'000'000;
    LoopbackServer server(echo, options);
    RawSocket client = RawSocket::to_port(server.port());
    client.send("POST / HTTP/1.1\r\nHost: b\r\nContent-Length: 1000000\r\n\r\n");
    // Each piece comes well before the connection would count as idle, unless it is closed.
    pollfd closed{client.descriptor(), POLLIN, 0};
    int pieces = 0;
    while (::poll(&closed, 1, 10) == 0 && pieces < 5000 && client.send("xxxxxxxxxx")) ++pieces;
    CHECK(pieces < 5000);
    CHECK(client.read_all().empty());
}

TEST_CASE("a handler that throws answers 500 and the server lives on", "[http][listener]") {
    LoopbackServer server([](const Request& request) -> Response {
        if (request.target == "/ours") throw Error(Status::NotFound, "layer \"oak\" is gone");
        if (request.target == "/theirs") throw std::runtime_error("theirs");
        if (request.target == "/odd") throw 7;
        if (request.target == "/head") return Response{200, {{"A", "b\r\nc: d"}}, ""};
        if (request.target == "/file") return Response{200, {}, FileBody{"/no/such/file", 0, 1}};
        return text_response("fine");
    });
    RawSocket client = RawSocket::to_port(server.port());
    const auto answer = [&](const std::string& target) {
        client.send("GET " + target + " HTTP/1.1\r\nHost: b\r\n\r\n");
        return client.read_answer();
    };
    CHECK_THAT(
        answer("/ours"),
        StartsWith("HTTP/1.1 500 ") &&
            EndsWith(R"({"error":{"code":500,"message":"layer \"oak\" is gone","details":[]}})"));
    CHECK_THAT(answer("/theirs"), Contains("\"theirs\""));
    CHECK_THAT(answer("/odd"), StartsWith("HTTP/1.1 500 "));
    CHECK_THAT(answer("/head"), StartsWith("HTTP/1.1 500 "));
    CHECK_THAT(answer("/file"), StartsWith("HTTP/1.1 500 ") && Contains("/no/such/file"));
    CHECK_THAT(answer("/"), EndsWith("fine"));
}

TEST_CASE("a file is sent as it is and removed when told", "[http][listener]") {
    const Scratch scratch;
    const std::string content = pattern(3'000'000);
    write_file(scratch / "delta", content);
    LoopbackServer server([&](const Request&) {
        return Response{200, {}, FileBody{scratch / "delta", 1000, 2'500'000, true}};
    });
    RawSocket client = RawSocket::to_port(server.port());
    client.send("GET / HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n");
    CHECK_THAT(client.read_to("\r\n\r\n"), Contains("Content-Length: 2500000\r\n"));
    CHECK(client.read_all() == content.substr(1000, 2'500'000));
    server.listener().stop();
    CHECK_FALSE(std::filesystem::exists(scratch / "delta"));
}

TEST_CASE("a client that goes away in the middle of a file harms nobody", "[http][listener]") {
    const Scratch scratch;
    write_file(scratch / "big", std::string(20'000'000, 'x'));
    LoopbackServer server([&](const Request& request) {
        if (request.target == "/") return text_response("alive");
        return Response{200, {}, FileBody{scratch / "big", 0, 20'000'000}};
    });
    for (int i = 0; i < 5; ++i) {
        RawSocket client = RawSocket::to_port(server.port());
        client.send("GET /big HTTP/1.1\r\nHost: b\r\n\r\n");
        client.read_bytes(1000);
    }
    RawSocket client = RawSocket::to_port(server.port());
    client.send("GET / HTTP/1.1\r\nHost: b\r\n\r\n");
    CHECK_THAT(client.read_answer(), EndsWith("alive"));
}

TEST_CASE("slow handlers and idle connections hold up nobody else", "[http][listener]") {
    Gate gate;
    LoopbackServer server([&](const Request& request) {
        if (request.target == "/slow") gate.wait();
        return text_response(request.target);
    });
    std::vector<RawSocket> idle;
    for (int i = 0; i < 100; ++i) idle.push_back(RawSocket::to_port(server.port()));
    std::vector<RawSocket> slow;
    for (int i = 0; i < 3; ++i) {
        slow.push_back(RawSocket::to_port(server.port()));
        slow.back().send("GET /slow HTTP/1.1\r\nHost: b\r\n\r\n");
    }
    gate.await_visitors(3);
    RawSocket quick = RawSocket::to_port(server.port());
    quick.send("GET /quick HTTP/1.1\r\nHost: b\r\n\r\n");
    CHECK_THAT(quick.read_answer(), EndsWith("/quick"));
    gate.open();
    for (RawSocket& client : slow) CHECK_THAT(client.read_answer(), EndsWith("/slow"));
}

TEST_CASE("what is answered at once waits for no worker", "[http][listener]") {
    Gate gate;
    std::atomic<int> handled{0};
    Listener::Options options;
    options.threads = 1;
    const auto handler = [&](const Request& request) {
        ++handled;
        gate.wait();
        return text_response("handled " + request.target);
    };
    const auto at_once = [](const Request& request) -> std::optional<Response> {
        if (request.target == "/broken") throw std::runtime_error("no luck");
        if (request.target != "/light") return std::nullopt;
        return text_response("light");
    };
    LoopbackServer server(handler, options, at_once);
    RawSocket slow = RawSocket::to_port(server.port());
    slow.send("GET /slow HTTP/1.1\r\nHost: b\r\n\r\n");
    gate.await_visitors(1);
    RawSocket light = RawSocket::to_port(server.port());
    light.send("GET /light HTTP/1.1\r\nHost: b\r\n\r\nGET /light HTTP/1.1\r\nHost: b\r\n\r\n");
    CHECK_THAT(light.read_answer(), EndsWith("light"));
    CHECK_THAT(light.read_answer(), EndsWith("light"));
    light.send("GET /broken HTTP/1.1\r\nHost: b\r\n\r\n");
    CHECK_THAT(light.read_answer(), Contains("500") && Contains("no luck"));
    CHECK(handled == 1);
    // A body is for a worker, whatever the target.
    light.send("POST /light HTTP/1.1\r\nHost: b\r\nContent-Length: 1\r\n\r\na");
    gate.open();
    CHECK_THAT(light.read_answer(), EndsWith("handled /light"));
    CHECK_THAT(slow.read_answer(), EndsWith("handled /slow"));
}

TEST_CASE("an idle connection and a trickling header are closed in time", "[http][listener]") {
    Listener::Options options;
    options.idle_ms = 50;
    LoopbackServer server(echo, options);
    RawSocket idle = RawSocket::to_port(server.port());
    RawSocket half = RawSocket::to_port(server.port());
    half.send("GET / HTTP/1.1\r\nHo");
    CHECK(idle.read_all().empty());
    CHECK(half.read_all().empty());
}

TEST_CASE("stopping lets a running request finish", "[http][listener]") {
    Gate gate;
    auto server = std::make_unique<LoopbackServer>([&](const Request&) {
        gate.wait();
        return text_response("finished");
    });
    RawSocket idle = RawSocket::to_port(server->port());
    RawSocket busy = RawSocket::to_port(server->port());
    busy.send("GET / HTTP/1.1\r\nHost: b\r\n\r\n");
    gate.await_visitors(1);
    const std::uint16_t port = server->port();
    std::thread stopping([&] { server->listener().stop(); });
    CHECK(idle.read_all().empty());  // closed at once: the stop has begun
    CHECK_THROWS(RawSocket::to_port(port));
    gate.open();
    const std::string answer = busy.read_all();
    CHECK_THAT(answer, EndsWith("finished"));
    CHECK_THAT(answer, Contains("Connection: close"));
    stopping.join();
}

TEST_CASE("stopping does not wait longer than told for a client", "[http][listener]") {
    const Scratch scratch;
    write_file(scratch / "big", std::string(50'000'000, 'x'));
    Listener::Options options;
    options.drain_ms = 50;
    LoopbackServer server(
        [&](const Request&) {
            return Response{200, {}, FileBody{scratch / "big", 0, 50'000'000}};
        },
        options);
    RawSocket client = RawSocket::to_port(server.port());
    client.send("GET / HTTP/1.1\r\nHost: b\r\n\r\n");
    client.read_bytes(10);  // and never the rest
    server.listener().stop();
    CHECK(client.read_all().size() < 50'000'000);
}

TEST_CASE("a listener that never started stops, and one stops twice", "[http][listener]") {
    Listener never(Listener::Options{}, echo);
    never.stop();
    Listener twice(Listener::Options{}, echo);
    twice.start();
    twice.stop();
    twice.stop();
}

TEST_CASE("a port in use is told by its number", "[http][listener]") {
    const Listener first(Listener::Options{}, echo);
    Listener::Options options;
    options.port = first.port();
    try {
        const Listener second(options, echo);
        FAIL("bound twice");
    } catch (const Error& error) {
        CHECK(error.status() == Status::AlreadyExists);
        CHECK(error.message() ==
              "port " + std::to_string(first.port()) + " on 127.0.0.1 is in use");
    }
}

TEST_CASE("a host of another machine is no place to listen", "[http][listener]") {
    Listener::Options options;
    options.host = GENERATE("", "192.0.2.1", "no such host", "300.1.1.1");
    CAPTURE(options.host);
    try {
        const Listener listener(options, echo);
        FAIL("bound");
    } catch (const Error& error) {
        CHECK(error.status() == Status::InvalidArgument);
    }
}

TEST_CASE("the handler learns who asked and how", "[http][listener]") {
    LoopbackServer server([](const Request& request) {
        return text_response(request.remote_address + " " + request.scheme);
    });
    RawSocket client = RawSocket::to_port(server.port());
    client.send("GET / HTTP/1.1\r\nHost: b\r\n\r\n");
    CHECK_THAT(client.read_answer(), EndsWith("127.0.0.1 http"));
}
