// SPDX-License-Identifier: Apache-2.0
//
// A server that asks who comes, over real sockets: devices that sign in, TLS, the log, the figures,
// and what keeps it from starting.
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/http/beast_transport.hpp"
#include "runtime/server/feature_server.hpp"
#include "sync/client/credentials.hpp"
#include "sync/client/ladder.hpp"
#include "sync/client/signed_transport.hpp"
#include "tests/platform/http/http_fixture.hpp"
#include "tests/platform/http/raw_peer.hpp"
#include "tests/runtime/tool_fixture.hpp"
#include "tests/support/loopback.hpp"

#include <atomic>
#include <cstdlib>

using namespace rhumb;
using namespace rhumb::test;
using wire::Json;

namespace {

constexpr const char* kSecret = "open sesame";
constexpr PasswordCost kLittleWork{16, 8, 1};

/// The machine's time, moved on when a test says so.
class MovedClock final : public Clock {
public:
    std::int64_t now_ms() override { return machine_.now_ms() + moved_ms; }
    std::int64_t steady_ms() override { return machine_.steady_ms() + moved_ms; }
    std::atomic<std::int64_t> moved_ms{0};

private:
    SystemClock machine_;
};

void put(const std::filesystem::path& path, const std::string& text) {
    make_file(path, [&](FileWriter& writer) { writer.write(text); });
}

/// A folder with a service "field", users Ed (editor) and Vera (viewer), and a server over it.
struct Town {
    TempFolder folder;
    MovedClock clock;
    SystemRandom random;
    geodb::World world{clock, random};
    runtime::FeatureServer::Options options;
    std::unique_ptr<runtime::FeatureServer> server;

    Town() {
        {
            auto file = geodb::Geodatabase::create(folder / "field.gpkg", world);
            make_layer(file, trees_plan());
            make_layer(file, visits_plan());
            add_feature(file, "trees", {{"species", geodb::Value{std::string("oak")}}},
                        point(1, 1));
        }
        service::UserList users;
        users.add("Ed", service::Role::Editor, kSecret, random, clock.now_ms(), kLittleWork);
        users.add("Vera", service::Role::Viewer, kSecret, random, clock.now_ms(), kLittleWork);
        users.write(folder / "users.json");
        options.path = folder / "field.gpkg";
        options.security.users_file = folder / "users.json";
        options.log_file = folder / "requests.log";
    }
    void start() {
        server = std::make_unique<runtime::FeatureServer>(options, world);
        server->start();
    }
    std::string url() const { return server->services().at(0).url; }
    std::string root() const {
        const std::string all = server->root_url();
        return all.substr(0, all.find("/arcgis"));
    }
    std::vector<Json> log() const {
        std::vector<Json> lines;
        std::string text = read_file(folder / "requests.log");
        for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos;) {
            lines.push_back(wire::parse_json(text.substr(0, end), "line of the log"));
            text.erase(0, end + 1);
        }
        return lines;
    }
};

/// Carries requests, and moves the server's clock before one of them.
class LateCarrier final : public http::Transport {
public:
    LateCarrier(http::Transport& carrier, MovedClock& clock, int late)
        : carrier_(carrier), clock_(clock), late_(late) {}
    http::TransportResult send(const http::TransportRequest& request,
                               const CancelToken& cancel) override {
        sign_ins += request.url.find("generateToken") != std::string::npos ? 1 : 0;
        if (requests_++ == late_) clock_.moved_ms += 61LL * 60 * 1000;
        return carrier_.send(request, cancel);
    }
    int sign_ins = 0;

private:
    http::Transport& carrier_;
    MovedClock& clock_;
    int late_;
    int requests_ = 0;
};

struct PocketDevice {
    PocketDevice(Town& office, http::Transport& carrier, const std::string& user)
        : town(office),
          transport(carrier, std::make_shared<sync::PasswordSignIn>(user, kSecret), office.url(),
                    machine) {}

    void join(const std::string& name) {
        file.emplace(geodb::Geodatabase::create(town.folder / name, {machine, town.random}));
        sync::CreateOptions options;
        options.service_url = town.url();
        climb(*sync::create_replica_ladder(*file, options, nullptr));
        file->reload();
    }
    void sync() { climb(*sync::synchronize_ladder(*file, {}, nullptr)); }
    void climb(sync::Ladder& ladder) {
        sync::climb(ladder, transport, {}, [](std::int64_t) {});
    }

    Town& town;
    SystemClock machine;
    sync::SignedTransport transport;
    std::optional<geodb::Geodatabase> file;
};

/// A self-signed certificate for this machine, made by the openssl program.
void make_certificate(const TempFolder& folder, const std::string& name) {
    const std::string at = (folder / name).string();
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        " -subj /CN=box -addext subjectAltName=IP:127.0.0.1 -keyout '" +
        at + ".key' -out '" + at + ".pem' 2>/dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
}

std::string body_of(const std::string& url, const http::BeastTransport::Options& options = {}) {
    http::BeastTransport transport(options);
    return std::string(answer_of(transport.send(get(url), CancelToken())).text());
}

}  // namespace

TEST_CASE("a device signs in and synchronizes, whenever its token ends", "[server][security]") {
    Town town;
    town.start();
    http::BeastTransport sockets;
    for (int late = 0; late < 12; ++late) {
        INFO("the token ends before request " << late);
        LateCarrier carrier(sockets, town.clock, late);
        PocketDevice device(town, carrier, "Ed");
        const std::string name = "device" + std::to_string(late) + ".gpkg";
        device.join(name);
        const std::string note = "note " + std::to_string(late);
        add_feature(*device.file, "visits", {{"note", geodb::Value{note}}});
        device.sync();
        auto served = geodb::Geodatabase::open(town.folder / "field.gpkg", town.world,
                                                     geodb::Geodatabase::Access::Read);
        CHECK(served.database().int64_of("SELECT count(*) FROM visits") == late + 1);
        CHECK(carrier.sign_ins >= 1);
        CHECK(carrier.sign_ins <= 2);
    }
}

TEST_CASE("a viewer's device takes and sends nothing", "[server][security]") {
    Town town;
    town.start();
    http::BeastTransport sockets;
    PocketDevice device(town, sockets, "Vera");
    device.join("viewer.gpkg");
    CHECK(device.file->database().int64_of("SELECT count(*) FROM trees") == 1);
    device.sync();
    sync::SignedTransport nobody(sockets, nullptr, town.url(), town.clock);
    http::TransportRequest request;
    request.url = town.url() + "?f=json";
    CHECK_THROWS_WITH(nobody.send(request, CancelToken()), Catch::Contains("Token Required"));
}

TEST_CASE("the whole of it goes over TLS", "[server][https]") {
    Town town;
    make_certificate(town.folder, "box");
    town.options.certificate_file = town.folder / "box.pem";
    town.options.private_key_file = town.folder / "box.key";
    town.start();
    CHECK_THAT(town.url(), Catch::StartsWith("https://127.0.0.1:"));
    http::BeastTransport::Options trusted;
    trusted.extra_ca_file = town.folder / "box.pem";
    http::BeastTransport sockets(trusted);
    PocketDevice device(town, sockets, "Ed");
    device.join("device.gpkg");
    add_feature(*device.file, "visits", {{"note", geodb::Value{std::string("over TLS")}}});
    device.sync();
    CHECK(device.file->database().int64_of("SELECT count(*) FROM trees") == 1);
    CHECK_THAT(body_of(town.root() + "/arcgis/rest/info?f=json", trusted),
               Catch::Contains("https://127.0.0.1:"));

    RawSocket plain = RawSocket::to_port(town.server->port());
    plain.send("GET / HTTP/1.1\r\nHost: b\r\n\r\n");
    plain.read_all();
    CHECK_THAT(body_of(town.root() + "/healthz", trusted), Catch::Contains("\"ok\""));

    // Older versions are not spoken.
    const std::string port = std::to_string(town.server->port());
    const std::string hello = "echo | openssl s_client -connect 127.0.0.1:" + port;
    CHECK(std::system((hello + " -tls1_2 >/dev/null 2>&1").c_str()) == 0);
    CHECK(std::system((hello + " -tls1_1 -cipher 'DEFAULT@SECLEVEL=0' >/dev/null 2>&1").c_str()) !=
          0);
}

TEST_CASE("what cannot be served keeps the server from starting, by file and key", "[server]") {
    Town town;
    make_certificate(town.folder, "one");
    make_certificate(town.folder, "two");
    const auto settings = town.folder / "field.service.json";
    const auto refusal = [&] {
        try {
            runtime::FeatureServer server(town.options, town.world);
        } catch (const Error& error) {
            CHECK(error.message().find('\n') == std::string::npos);
            return error.message();
        }
        return std::string("it started");
    };
    SECTION("an unknown key") {
        put(settings, R"({"colour":1})");
        CHECK_THAT(refusal(), Catch::Contains("field.service.json") && Catch::Contains("colour"));
    }
    SECTION("settings of no file") {
        town.options.path = town.folder.path();
        put(town.folder / "filed.service.json", "{}");
        CHECK_THAT(refusal(), Catch::Contains("filed.service.json"));
    }
    SECTION("users wanted and none there") {
        put(settings, R"({"access":"signed-in"})");
        town.options.security.users_file.clear();
        CHECK_THAT(refusal(), Catch::Contains("field.service.json") && Catch::Contains("access"));
    }
    SECTION("no list of users") {
        town.options.security.users_file = town.folder / "nobody.json";
        CHECK_THAT(refusal(), Catch::Contains("nobody.json"));
    }
    SECTION("nobody in the list") {
        service::UserList().write(town.folder / "users.json");
        CHECK_THAT(refusal(), Catch::Contains("users.json"));
    }
    SECTION("a certificate without its key") {
        town.options.certificate_file = town.folder / "one.pem";
        CHECK_THAT(refusal(), Catch::Contains("private key"));
    }
    SECTION("a certificate that is not there") {
        town.options.certificate_file = town.folder / "none.pem";
        town.options.private_key_file = town.folder / "one.key";
        CHECK_THAT(refusal(), Catch::Contains("none.pem"));
    }
    SECTION("the key of another certificate") {
        town.options.certificate_file = town.folder / "one.pem";
        town.options.private_key_file = town.folder / "two.key";
        CHECK_THAT(refusal(), Catch::Contains("two.key"));
    }
    SECTION("a log that cannot be written") {
        town.options.log_file = town.folder / "no" / "log";
        CHECK_THAT(refusal(), Catch::Contains("log"));
    }
}

TEST_CASE("settings of a server that cannot be are refused by file and key", "[server]") {
    const TempFolder folder;
    const auto file = folder / "server.json";
    const auto refusal = [&](const std::string& text) {
        put(file, text);
        try {
            runtime::read_server_settings(file, {});
        } catch (const Error& error) {
            return error.message();
        }
        return std::string("accepted");
    };
    struct Case {
        const char* text;
        const char* named;
    };
    const Case cases[] = {
        {"", "server.json"},
        {"[]", "the file"},
        {R"({"hosts":"x"})", "'hosts'"},
        {R"({"host":7})", "'host'"},
        {R"({"port":65536})", "'port'"},
        {R"({"port":"80"})", "'port'"},
        {R"({"tls":"box.pem"})", "'tls'"},
        {R"({"tls":{"cert":"box.pem"}})", "'tls.cert'"},
        {R"({"tls":{"certificate":""}})", "'tls.certificate'"},
        {R"({"users":[]})", "'users'"},
        {R"({"users":""})", "'users'"},
        {R"({"tokens":{"maxMinutes":0}})", "'tokens.maxMinutes'"},
        {R"({"tokens":{"allowHttp":"yes"}})", "'tokens.allowHttp'"},
        {R"({"monitoring":["everybody"]})", "'monitoring'"},
        {R"({"trustedProxies":"10.0.0.1"})", "'trustedProxies'"},
        {R"({"log":1})", "'log'"},
        {R"({"limits":{"urlBytes":100}})", "'limits.urlBytes'"},
        {R"({"limits":{"headerBytes":-1}})", "'limits.headerBytes'"},
        {R"({"limits":{"connections":0}})", "'limits.connections'"},
        {R"({"limits":{"idleMs":1}})", "'limits.idleMs'"},
        {R"({"limits":{"requestsPerMinute":-1}})", "'limits.requestsPerMinute'"},
        {R"({"limits":{"parts":1}})", "'limits.parts'"},
        {R"({"limits":{"partHeaderBytes":10}})", "'limits.partHeaderBytes'"},
        {R"({"limits":{"unpackedBytes":"1 GB"}})", "'limits.unpackedBytes'"},
        {R"({"limits":{"parameters":1}})", "'limits.parameters'"},
        {R"({"limits":{"colour":1}})", "'limits.colour'"},
        {R"({"services":{"maxRecordCount":0}})", "'services.maxRecordCount'"},
        {R"({"services":{"colour":0}})", "'services.colour'"},
    };
    for (const Case& bad : cases) {
        INFO(bad.text);
        CHECK_THAT(refusal(bad.text), Catch::Contains("server.json") && Catch::Contains(bad.named));
    }
    put(file, R"({"users":"u.json","log":"l.log","port":81,"limits":{"connections":9},
                  "services":{"maxRecordCount":7}})");
    const auto read = runtime::read_server_settings(file, {});
    CHECK(read.security.users_file == folder / "u.json");
    CHECK(read.log_file == folder / "l.log");
    CHECK(read.port == 81);
    CHECK(read.limits.max_connections == 9);
    CHECK(read.services.limits.max_record_count == 7);
}

TEST_CASE("each request is a line of the log, which holds no secret", "[server][log]") {
    Town town;
    town.start();
    http::BeastTransport sockets;
    http::TransportRequest sign_in = post(
        town.root() + "/arcgis/tokens/generateToken",
        http::encode_form({{"username", "Ed"}, {"password", kSecret}, {"f", "json"}}));
    sign_in.headers.set("Content-Type", "application/x-www-form-urlencoded");
    const auto answer = answer_of(sockets.send(sign_in, CancelToken()));
    const std::string token =
        at(wire::parse_json(answer.text(), "answer"), "token").as_string("token");
    http::TransportRequest query =
        get(town.url() + "/0/query?where=1%3D1&f=json&token=" + token);
    query.headers.set("X-Request-Id", "my-own.id_1");
    CHECK(answer_of(sockets.send(query, CancelToken())).headers.get("X-Request-Id") ==
          "my-own.id_1");
    query.headers.set("X-Request-Id", "two words\"");
    const auto other = answer_of(sockets.send(query, CancelToken()));
    CHECK(other.headers.get("X-Request-Id").find(' ') == std::string_view::npos);
    body_of(town.url() + "/nothing?f=json");
    town.server->stop();

    const std::string text = read_file(town.folder / "requests.log");
    CHECK(text.find(token) == std::string::npos);
    CHECK(text.find(kSecret) == std::string::npos);
    CHECK(text.find("where") == std::string::npos);
    const auto lines = town.log();
    REQUIRE(lines.size() == 4);
    CHECK(at(lines[0], "operation") == Json("generateToken"));
    CHECK(at(lines[1], "id") == Json("my-own.id_1"));
    CHECK(at(lines[1], "user") == Json("Ed"));
    CHECK(at(lines[1], "service") == Json("field"));
    CHECK(at(lines[1], "operation") == Json("query"));
    CHECK(at(lines[1], "status") == Json(200));
    CHECK(at(lines[1], "bytesOut").as_int64("bytes") > 100);
    CHECK(at(lines[3], "error") == Json(499));
    CHECK(at(lines[3], "user") == Json(""));
}

TEST_CASE("a log that was moved away is begun anew", "[server][log]") {
    Town town;
    town.start();
    body_of(town.root() + "/healthz");
    std::filesystem::rename(town.folder / "requests.log", town.folder / "old.log");
    body_of(town.root() + "/healthz");
    town.server->reopen_log();
    body_of(town.root() + "/healthz");
    town.server->stop();
    const std::string old = read_file(town.folder / "old.log");
    CHECK(std::count(old.begin(), old.end(), '\n') == 2);
    CHECK(town.log().size() == 1);
}

TEST_CASE("figures are for Prometheus, and for this machine alone", "[server][metrics]") {
    Town town;
    town.start();
    body_of(town.root() + "/arcgis/rest/info?f=json");
    body_of(town.url() + "?f=json");
    const std::string text = body_of(town.root() + "/metrics");
    for (const char* line :
         {"# TYPE rhumb_requests_total counter", "rhumb_service_up{service=\"field\"} 1",
          "rhumb_replicas{service=\"field\"} 0", "rhumb_jobs_open{service=\"field\"} 0",
          "rhumb_requests_total{service=\"\",operation=\"info\",status=\"200\",error=\"0\"} 1",
          "rhumb_requests_total{service=\"field\",operation=\"service\",status=\"200\",error=\"499\"} 1",
          "rhumb_request_duration_seconds_bucket{operation=\"info\",le=\"+Inf\"} 1",
          "rhumb_request_duration_seconds_count{operation=\"info\"} 1",
          "rhumb_bytes_out_total ", "rhumb_connections_open "}) {
        CHECK_THAT(text, Catch::Contains(line));
    }
    http::BeastTransport sockets;
    http::TransportRequest forwarded = get(town.root() + "/metrics");
    forwarded.headers.set("X-Forwarded-For", "203.0.113.9");
    CHECK_THAT(std::string(answer_of(sockets.send(forwarded, CancelToken())).text()),
               Catch::Contains("404"));
}

TEST_CASE("the health of a server is that of its stores", "[server][metrics]") {
    Town town;
    town.start();
    http::BeastTransport sockets;
    const auto health = [&] {
        return answer_of(sockets.send(get(town.root() + "/healthz"), CancelToken()));
    };
    CHECK(health().status == 200);
    {
        using geodb::sqlite::Database;
        Database::open(town.folder / "field.gpkg", Database::Mode::ReadWrite)
            .execute("DROP TABLE rhumb_served_replica");
    }
    const auto ill = health();
    CHECK(ill.status == 503);
    CHECK_THAT(std::string(ill.text()), Catch::Contains("rhumb_served_replica"));
}

TEST_CASE("what a proxy says is believed of those that are trusted", "[server]") {
    http::Request request;
    request.remote_address = "10.0.0.1";
    request.scheme = "http";
    request.headers.set("Host", "inner:6080");
    request.headers.set("X-Forwarded-For", "198.51.100.1, 203.0.113.9");
    request.headers.set("X-Forwarded-Proto", "https");
    request.headers.set("X-Forwarded-Host", "maps.example.net");
    http::Request other = request;
    runtime::take_forwarded(request, {"10.0.0.1"});
    CHECK(request.remote_address == "203.0.113.9");
    CHECK(request.scheme == "https");
    CHECK(request.headers.get("Host") == "maps.example.net");
    runtime::take_forwarded(other, {"10.0.0.2"});
    CHECK(other.remote_address == "10.0.0.1");
    CHECK(other.scheme == "http");
    CHECK(other.headers.get("Host") == "inner:6080");
}

TEST_CASE("the program makes users, serves them and signs in", "[tool][security]") {
    Bench bench;
    bench.make_city();
    put(bench.folder / "secret.txt", std::string(kSecret) + "\n");
    const std::string tool = RHUMB_TOOL;
    const auto user = [&](const std::string& arguments) {
        const std::string command = "cd '" + bench.folder.path().string() + "' && '" + tool +
                                    "' user " + arguments + " --file users.json < secret.txt" +
                                    " > out.txt 2>&1";
        return std::system(command.c_str());
    };
    CHECK(user("add ana --role editor") == 0);
    CHECK(user("add ana") != 0);
    CHECK(user("add ben --role king") != 0);
    CHECK(user("role ben --role owner") != 0);
    CHECK(user("remove ben") != 0);
    CHECK(user("add ben") == 0);
    CHECK(user("role ben --role owner") == 0);
    CHECK(user("password ben") == 0);
    CHECK(user("list") == 0);
    CHECK_THAT(read_file(bench.folder / "out.txt"),
               Catch::Contains("ana") && Catch::Contains("owner"));
    CHECK(user("remove ben") == 0);

    RunningTool office(bench.folder.path(),
                       {"serve", "city.gpkg", "--port", "0", "--users", "users.json"});
    const std::string url = office.read_line();
    CHECK(bench.run({"replicate", url, "day.gpkg"}).exit_code == 1);
    ::setenv("RHUMB_PASSWORD", kSecret, 1);
    const auto taken = bench.run({"replicate", url, "day.gpkg", "--user", "ana"});
    INFO(taken.err);
    CHECK(taken.exit_code == 0);
    CHECK(bench.run({"sync", "day.gpkg", "--user", "ana"}).exit_code == 0);
    CHECK(bench.run({"unregister", "day.gpkg", "--user", "ana"}).exit_code == 0);
    ::unsetenv("RHUMB_PASSWORD");
    office.signal(SIGTERM);
    const ToolResult end = office.wait();
    CHECK(end.exit_code == 0);
    CHECK(end.err.find(kSecret) == std::string::npos);
    CHECK_THAT(end.err, Catch::Contains("\"operation\":\"generateToken\""));
}
