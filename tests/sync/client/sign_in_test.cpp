// SPDX-License-Identifier: Apache-2.0
//
// Tokens: sent as a header to the service alone, renewed once wherever they end, and a transfer
// that nobody can sign in for stops with all it has.
#include "sync/client/signed_transport.hpp"

#include "platform/files.hpp"
#include "tests/support/token_gate.hpp"
#include "tests/sync/client/vendor.hpp"

#include <thread>

using namespace rhumb;
using namespace rhumb::test;
using No = TokenGate::No;

namespace {

std::shared_ptr<sync::Credentials> ana(const std::string& password = "secret+1") {
    return std::make_shared<sync::PasswordSignIn>("ana", password);
}

/// A replica made by a job and a synchronization of it, behind a gate.
struct GatedCrew : VendorCrew {
    TokenGate gate{service};
    std::shared_ptr<sync::Credentials> who = ana();

    GatedCrew() {
        service.forget("/FeatureServer")
            .on("/FeatureServer", vendor_root(R"({"supportsAsync":true})"));
        service.on("/createReplica", R"({"statusUrl":"https://maps.test/jobs/j1"})");
        service.on("/jobs/j1", R"({"status":"Pending"})")
            .on("/jobs/j1", R"({"status":"Completed","resultUrl":"https://maps.test/r.json"})");
        std::string content = vendor_replica();
        content.insert(1, std::string(200'000, ' '));
        service.serve_file("/r.json", content);
        service.on("/synchronizeReplica", R"({"URL":"/files/s.json"})");
        service.serve_file("/files/s.json",
                           R"({"replicaServerGen":119,"edits":[{"id":0,"features":{"updates":[)" +
                               vendor_hydrant(kSecond, "H-2", 7) + "]}}]}");
    }
    void climb_signed(sync::Ladder& ladder) {
        sync::SignedTransport transport(gate, who, ladder.service_url(), world.world().clock);
        sync::climb(ladder, transport, {}, [](std::int64_t) {});
    }
    /// Both, from wherever the file stands.
    void day() {
        const sync::ReplicaStore store(*file);
        sync::CreateOptions options;
        options.service_url = kVendorUrl;
        if (!store.exists()) {
            climb_signed(*sync::create_replica_ladder(*file, options, nullptr));
        } else if (store.load().state == sync::Replica::State::Creating) {
            climb_signed(*sync::resume_create_ladder(*file, nullptr));
        }
        if (!edited_)
            update_feature(*file, "Hydrants", hydrant(kFirst), {{"kind", std::int64_t{4}}});
        edited_ = true;
        climb_signed(*sync::synchronize_ladder(*file, {}, nullptr));
    }
    bool is_done() { return hydrants() == "H-1 4, H-2 7" && pending() == 0; }

private:
    bool edited_ = false;
};

int requests_of_a_day() {
    GatedCrew crew;
    crew.day();
    REQUIRE(crew.is_done());
    return crew.gate.guarded();
}

}  // namespace

TEST_CASE("a token that ends before any request of a day in the field is renewed once",
          "[client][token]") {
    const int requests = requests_of_a_day();
    REQUIRE(requests >= 12);
    for (const No no : {No::Body498, No::Body499, No::Http401, No::Http498}) {
        for (int n = 0; n < requests; ++n) {
            INFO("request " << n << ", way " << static_cast<int>(no));
            GatedCrew crew;
            crew.gate.expire_before(n, no);
            crew.day();
            CHECK(crew.is_done());
            CHECK(crew.gate.sign_ins() == 3);  // one for each of two transfers, and the renewal
            CHECK(crew.gate.guarded() == requests + 1);
            CHECK(crew.service.asked("/createReplica").size() == 1);
        }
    }
}

TEST_CASE("a transfer that nobody signs in for stops at any request, and goes on after a sign-in",
          "[client][token]") {
    const int requests = requests_of_a_day();
    for (int n = 0; n < requests; ++n) {
        INFO("request " << n);
        GatedCrew crew;
        crew.who = std::make_shared<sync::GivenToken>(sync::Token{"borrowed", {}, {}});
        crew.gate.expire_before(n, n % 2 == 0 ? No::Body498 : No::Http401);
        crew.gate.accept("borrowed");
        try {
            crew.day();
            FAIL("it should have stopped");
        } catch (const Error& error) {
            CHECK(error.status() == Status::AuthRequired);
            CHECK_THAT(error.message(), Catch::Contains("sign-in it goes on"));
            CHECK(error.message().find("borrowed") == std::string::npos);
        }
        crew.restart();
        crew.who = ana();
        crew.service.on("/replicas", "[]");
        crew.day();
        CHECK(crew.is_done());
    }
}

TEST_CASE("a token stands in no address, no message and no file", "[client][token]") {
    GatedCrew crew;
    crew.gate.echoes_token = true;
    crew.gate.expire_before(2);
    crew.day();
    for (const auto& asked : crew.gate.asked()) {
        CHECK(asked.url.find("t0ken") == std::string::npos);
        CHECK(asked.url.find("secret") == std::string::npos);
    }
    crew.gate.expire_before(1, No::Http401);
    crew.gate.refuse_sign_ins(true);
    crew.who = std::make_shared<sync::GivenToken>(sync::Token{crew.gate.token(), {}, {}});
    try {
        crew.day();
        FAIL("it should have stopped");
    } catch (const Error& error) {
        CHECK(error.status() == Status::AuthRequired);
        CHECK(error.message().find("t0ken") == std::string::npos);
    }
    crew.file.reset();
    for (const auto& entry : std::filesystem::directory_iterator(crew.folder.path())) {
        const std::string bytes = read_file(entry.path());
        INFO(entry.path());
        CHECK(bytes.find("t0ken") == std::string::npos);
        CHECK(bytes.find("secret") == std::string::npos);
    }
}

TEST_CASE("a token goes to no other host than the service's", "[client][token]") {
    GatedCrew crew;
    SECTION("a result on another host") {
        crew.service.forget("/synchronizeReplica")
            .on("/synchronizeReplica", R"({"URL":"https://store.test/files/s.json"})");
        crew.day();
        CHECK(crew.is_done());
    }
    SECTION("a result on the same host without encryption") {
        crew.service.forget("/synchronizeReplica")
            .on("/synchronizeReplica", R"({"URL":"http://maps.test/files/s.json"})");
        CHECK_THROWS_AS(crew.day(), Error);
    }
    SECTION("a redirect is told and not followed") {
        http::Response away = http::text_response("", "text/plain", 302);
        away.headers.set("Location", "https://elsewhere.test/");
        crew.service.forget("/synchronizeReplica").on("/synchronizeReplica", away);
        CHECK_THROWS_WITH(crew.day(), Catch::Contains("redirects to 'https://elsewhere.test/'"));
    }
    for (const auto& asked : crew.gate.asked()) {
        INFO(asked.url);
        const bool to_service =
            asked.url.rfind("https://maps.test/arcgis/rest/services/", 0) == 0 ||
            asked.url.rfind("https://maps.test/jobs/", 0) == 0 ||
            asked.url.rfind("https://maps.test/r.json", 0) == 0 ||
            asked.url.rfind("https://maps.test/files/", 0) == 0;
        CHECK(asked.authorization.empty() != to_service);
        CHECK(asked.url.find("elsewhere.test") == std::string::npos);
        const bool has_password = asked.body.find("password=") != std::string::npos;
        CHECK(has_password == (asked.url.rfind("https://sign-in.test/", 0) == 0));
    }
}

TEST_CASE("a token is renewed before it ends", "[client][token]") {
    GatedCrew crew;
    const std::int64_t now = crew.world.world().clock.now_ms();
    crew.gate.expires_ms = now + 60 * 60'000;
    crew.service.forget("/FeatureServer").on("/FeatureServer", vendor_root());
    sync::SignedTransport transport(crew.gate, crew.who, kVendorUrl, crew.world.world().clock);
    http::TransportRequest request;
    request.url = std::string(kVendorUrl) + "?f=json";
    transport.send(request, {});
    crew.world.clock.now += 54 * 60'000;
    transport.send(request, {});
    CHECK(crew.gate.sign_ins() == 1);
    crew.world.clock.now += 2 * 60'000;
    transport.send(request, {});
    CHECK(crew.gate.sign_ins() == 2);
    CHECK(crew.gate.guarded() == 3);  // none of them was refused
    CHECK(crew.gate.asked().back().referer == "https://maps.test");
}

TEST_CASE("requests that wait for a token wait for one renewal", "[client][token]") {
    GatedCrew crew;
    /// The gate is for one thread.
    struct Door final : http::Transport {
        explicit Door(http::Transport& next) : behind(next) {}
        http::TransportResult send(const http::TransportRequest& request,
                                   const CancelToken& cancel) override {
            const std::lock_guard lock(mutex);
            return behind.send(request, cancel);
        }
        http::Transport& behind;
        std::mutex mutex;
    } door(crew.gate);
    sync::SignedTransport transport(door, crew.who, kVendorUrl, crew.world.world().clock);
    http::TransportRequest request;
    request.url = std::string(kVendorUrl) + "?f=json";
    transport.send(request, {});
    crew.gate.expire_before(0);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) threads.emplace_back([&] { transport.send(request, {}); });
    for (std::thread& thread : threads) thread.join();
    CHECK(crew.gate.sign_ins() == 2);
}

TEST_CASE("a sign-in that is refused, or cannot be private, says so", "[client][token]") {
    GatedCrew crew;
    SECTION("a wrong password, tried once") {
        crew.who = ana("wrong");
        CHECK_THROWS_WITH(crew.day(), Catch::Contains("Invalid username or password") &&
                                          Catch::Contains("'ana'") && !Catch::Contains("wrong"));
    }
    SECTION("a token service without encryption gets no password") {
        ScriptedService open;
        open.on("/rest/info", R"({"authInfo":{"isTokenBasedSecurity":true,
            "tokenServicesUrl":"http://maps.test/tokens/generateToken"}})");
        CHECK_THROWS_WITH(ana()->token({kVendorUrl, ""}, open, {}),
                          Catch::Contains("not encrypted"));
        CHECK(open.asked().size() == 1);
    }
    SECTION("a portal that owns the service gives the token") {
        ScriptedService portal;
        portal.on("/rest/info", R"({"owningSystemUrl":"https://portal.test/portal/"})");
        portal.on("/portal/sharing/rest/generateToken", R"({"token":"p1","expires":"17"})");
        const auto token = ana()->token({kVendorUrl, ""}, portal, {});
        CHECK(token->value == "p1");
        CHECK(token->expires_ms == 17);
    }
    SECTION("a service that wants no token gets none") {
        ScriptedService open;
        open.on("/rest/info", R"({"currentVersion":10.2})");
        CHECK_FALSE(ana()->token({kVendorUrl, ""}, open, {}));
    }
    SECTION("being offline while signing in is being offline") {
        ScriptedService away;
        away.on("/rest/info", lost_answer());
        sync::SignedTransport transport(away, ana(), kVendorUrl, crew.world.world().clock);
        http::TransportRequest request;
        request.url = std::string(kVendorUrl) + "?f=json";
        const auto result = transport.send(request, {});
        REQUIRE(std::holds_alternative<http::TransportFailure>(result));
        CHECK(std::get<http::TransportFailure>(result).kind ==
              http::TransportFailure::Kind::Unreachable);
    }
    SECTION("a service that wants a token and no user") {
        crew.who = nullptr;
        CHECK_THROWS_WITH(crew.day(), Catch::Contains("wants a sign-in"));
    }
}
