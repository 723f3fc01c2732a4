// SPDX-License-Identifier: Apache-2.0
#include "platform/error.hpp"
#include "tests/platform/http/http_fixture.hpp"
#include "tests/platform/http/raw_peer.hpp"
#include "tests/support/catch.hpp"

#include <cstdlib>

using namespace rhumb;
using namespace rhumb::http;
using namespace rhumb::test;
using Kind = TransportFailure::Kind;

namespace {

const CancelToken kNever;

/// A self-signed certificate for `name`, made by the openssl program.
struct Certificate {
    Certificate(const Scratch& scratch, const std::string& name, const std::string& san)
        : certificate(scratch / (name + ".pem")), key(scratch / (name + ".key")) {
        const std::string command =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
            " -subj /CN=" +
            name + " -addext subjectAltName=" + san + " -keyout '" + key.string() + "' -out '" +
            certificate.string() + "' 2>/dev/null";
        REQUIRE(std::system(command.c_str()) == 0);
    }
    Listener::Options server() const {
        Listener::Options options;
        options.certificate_file = certificate;
        options.private_key_file = key;
        return options;
    }
    BeastTransport::Options trusted() const {
        BeastTransport::Options options;
        options.extra_ca_file = certificate;
        return options;
    }
    std::filesystem::path certificate;
    std::filesystem::path key;
};

}  // namespace

TEST_CASE("https carries bodies, files and many requests", "[http][https]") {
    const Scratch scratch;
    const Certificate certificate(scratch, "box", "IP:127.0.0.1,DNS:localhost");
    const std::string content = pattern(5'000'000);
    write_file(scratch / "delta", content);
    LoopbackServer server(
        [&](const Request& request) {
            if (request.target == "/file") {
                return Response{200, {}, FileBody{scratch / "delta", 10, content.size() - 10}};
            }
            return text_response(request.scheme + request.whole_body().text());
        },
        certificate.server());
    BeastTransport transport(certificate.trusted());
    for (int i = 0; i < 3; ++i) {
        CHECK(answer_of(transport.send(post(server.url("/"), content), kNever)).text() ==
              "https" + content);
    }
    TransportRequest download = get(server.url("/file"));
    download.save_to = scratch / "got";
    answer_of(transport.send(download, kNever));
    CHECK(read_file(scratch / "got") == content.substr(10));
    const std::string by_name = "https://localhost:" + std::to_string(server.port()) + "/";
    CHECK(answer_of(transport.send(get(by_name), kNever)).text() == "https");
}

TEST_CASE("a certificate nobody vouches for is refused unless a test says so", "[http][https]") {
    const Scratch scratch;
    const Certificate certificate(scratch, "box", "IP:127.0.0.1");
    LoopbackServer server([](const Request&) { return text_response("x"); }, certificate.server());
    CHECK(failure_of(BeastTransport().send(get(server.url("/")), kNever)) == Kind::Tls);
    BeastTransport::Options lax;
    lax.verify_certificates = false;
    CHECK(answer_of(BeastTransport(lax).send(get(server.url("/")), kNever)).text() == "x");
}

TEST_CASE("a certificate of another host is refused", "[http][https]") {
    const Scratch scratch;
    const Certificate certificate(scratch, "other", "DNS:other.example");
    LoopbackServer server([](const Request&) { return text_response("x"); }, certificate.server());
    CHECK(failure_of(BeastTransport(certificate.trusted()).send(get(server.url("/")), kNever)) ==
          Kind::Tls);
}

TEST_CASE("a server without TLS is no https server", "[http][https]") {
    LoopbackServer plain([](const Request&) { return text_response("x"); });
    const std::string url = "https://127.0.0.1:" + std::to_string(plain.port()) + "/";
    CHECK(failure_of(BeastTransport().send(get(url), kNever)) == Kind::Tls);
}

TEST_CASE("a server that hangs up during the handshake is unreachable", "[http][https]") {
    RawServer server([](RawSocket&) {});
    const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
    CHECK(failure_of(BeastTransport().send(get(url), kNever)) == Kind::Unreachable);
}

TEST_CASE("a plain or garbled hello does not trouble an https server", "[http][https]") {
    const Scratch scratch;
    const Certificate certificate(scratch, "box", "IP:127.0.0.1");
    LoopbackServer server([](const Request&) { return text_response("x"); }, certificate.server());
    RawSocket client = RawSocket::to_port(server.port());
    client.send("GET / HTTP/1.1\r\nHost: b\r\n\r\n");
    client.read_all();
    CHECK(answer_of(BeastTransport(certificate.trusted()).send(get(server.url("/")), kNever))
              .text() == "x");
}

TEST_CASE("unusable certificate files are named", "[http][https]") {
    const Scratch scratch;
    write_file(scratch / "empty.pem", "no certificate");
    BeastTransport::Options client;
    client.extra_ca_file = scratch / "empty.pem";
    CHECK_THROWS_AS(BeastTransport(client), Error);

    Listener::Options server;
    const auto handler = [](const Request&) { return Response{}; };
    server.certificate_file = scratch / "empty.pem";
    CHECK_THROWS_AS(Listener(server, handler), Error);
    server.private_key_file = scratch / "empty.pem";
    CHECK_THROWS_WITH(Listener(server, handler), Catch::Contains("empty.pem"));
}
