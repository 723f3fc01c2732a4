// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fault_proxy.hpp"
#include "tests/platform/http/http_fixture.hpp"
#include "tests/support/catch.hpp"

#include <atomic>
#include <thread>

using namespace rhumb;
using namespace rhumb::http;
using namespace rhumb::test;
using Kind = TransportFailure::Kind;

namespace {

/// A service behind a bad network, and a device before it.
struct BadNetwork {
    std::atomic<int> handled{0};
    LoopbackServer server{[this](const Request& request) {
        ++handled;
        return text_response("took " + request.whole_body().text());
    }};
    FaultProxy proxy{server.port()};
    BeastTransport transport;

    TransportResult send(const std::string& body = "edits") {
        return transport.send(post(proxy.origin() + "/", body), CancelToken());
    }
};

}  // namespace

TEST_CASE("a healthy proxy changes nothing", "[http][fault]") {
    BadNetwork net;
    const std::string large = pattern(1'000'000);
    CHECK(answer_of(net.send()).text() == "took edits");
    CHECK(answer_of(net.send(large)).text() == "took " + large);
    CHECK(net.proxy.connections() == 1);
    CHECK(net.proxy.requests() == 2);
}

TEST_CASE("a swallowed answer leaves a request that took effect", "[http][fault]") {
    BadNetwork net;
    net.proxy.on_request(1, Fault::swallow_answer());
    CHECK(answer_of(net.send()).status == 200);
    CHECK(failure_of(net.send()) == Kind::Interrupted);
    CHECK(net.handled == 2);
    CHECK(answer_of(net.send()).status == 200);
    CHECK(net.proxy.connections() == 2);
}

TEST_CASE("a request that is cut takes no effect", "[http][fault]") {
    BadNetwork net;
    net.proxy.on_request(0, Fault::cut_request_after(60));
    net.proxy.on_connection(1, Fault::refuse());
    CHECK(failure_of(net.send()) == Kind::Interrupted);
    CHECK(std::holds_alternative<TransportFailure>(net.send()));
    CHECK(net.handled == 0);
    CHECK(answer_of(net.send()).status == 200);
}

TEST_CASE("an answer cut after any number of bytes is noticed", "[http][fault]") {
    BadNetwork net;
    const std::size_t whole = 17 + 41 + 20 + 2 + 10;  // status line, two fields, end, body
    for (std::size_t bytes = 0; bytes < whole; bytes += 7) {
        net.proxy.on_request(net.proxy.requests(), Fault::cut_answer_after(bytes));
        CHECK(failure_of(net.send()) == Kind::Interrupted);
    }
    net.proxy.heal();
    CHECK(answer_of(net.send()).text() == "took edits");
}

TEST_CASE("a replaced answer is what the client sees", "[http][fault]") {
    BadNetwork net;
    net.proxy.on_every_request(
        Fault::replace_answer("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 4\r\n\r\nlies"));
    const Response response = answer_of(net.send());
    CHECK(response.status == 502);
    CHECK(response.text() == "lies");
    CHECK(net.handled == 1);
}

TEST_CASE("a stalled request goes on when it is released", "[http][fault]") {
    BadNetwork net;
    const bool answer_only = GENERATE(false, true);
    net.proxy.on_request(0, answer_only ? Fault::stall_answer() : Fault::stall());
    int handled_at_stall = -1;
    std::thread waiting([&] {
        while (net.proxy.stalled() == 0) std::this_thread::yield();
        handled_at_stall = net.handled;
        net.proxy.release();
    });
    const TransportResult result = net.send();
    waiting.join();
    CHECK(handled_at_stall == (answer_only ? 1 : 0));
    CHECK(answer_of(result).text() == "took edits");
}

TEST_CASE("a proxy that is down refuses, and comes back at its port", "[http][fault]") {
    BadNetwork net;
    CHECK(answer_of(net.send()).status == 200);
    net.proxy.go_down();
    CHECK(failure_of(net.send()) == Kind::Unreachable);
    net.proxy.come_back();
    CHECK(answer_of(net.send()).status == 200);
}
