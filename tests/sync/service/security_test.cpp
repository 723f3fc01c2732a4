// SPDX-License-Identifier: Apache-2.0
//
// Signing in, tokens, and what each role may do.
#include "platform/error.hpp"
#include "platform/password.hpp"
#include "tests/support/catch.hpp"
#include "tests/sync/service/guarded_office.hpp"

#include <sys/stat.h>

using namespace rhumb;
using namespace rhumb::service;
using namespace rhumb::test;
using wire::Json;

namespace {

constexpr std::int64_t kMinute = 60'000;

std::string first_detail(const Json& answer) {
    const Json& details = at(answer, "error", "details");
    return details.array()->empty() ? "" : at(details, 0).as_string("detail");
}

std::string make_replica(GuardedOffice& office, const std::string& user) {
    return at(office.as(user, "POST", "/createReplica", {{"layers", "0"}}), "replicaID")
        .as_string("id");
}

}  // namespace

TEST_CASE("who is asked to sign in is told where", "[service][security]") {
    GuardedOffice office;
    const Json info = office.ask(GuardedOffice::request("GET", "/arcgis/rest/info?f=json"));
    CHECK(at(info, "authInfo", "isTokenBasedSecurity") == Json(true));
    CHECK(at(info, "authInfo", "tokenServicesUrl") ==
          Json("https://office.test/arcgis/tokens/generateToken"));
    CHECK(at(info, "authInfo", "shortLivedTokenValidity") == Json(60));
    const Json nobody = office.as("", "GET", "");
    CHECK(error_code(nobody) == 499);
    CHECK(at(nobody, "error", "message") == Json("Token Required"));
    CHECK(at(nobody, "error", "messageCode") == Json("GWM_0003"));
}

TEST_CASE("a token comes for name and password, and opens the service", "[service][security]") {
    GuardedOffice office;
    const Json answer =
        office.sign_in({{"username", "ed"}, {"password", kPassword}, {"client", "requestip"}});
    CHECK(at(answer, "ssl") == Json(true));
    CHECK(at(answer, "expires") == Json(office.world().clock.now + 60 * kMinute));
    const std::string token = at(answer, "token").as_string("token");
    auto request = GuardedOffice::request("GET", std::string(Office::kService) + "?f=json");
    CHECK(error_code(office.ask(request)) == 499);
    SECTION("as a parameter of the query") {
        request.target += "&token=" + token;
    }
    SECTION("as a parameter of the body") {
        request =
            GuardedOffice::request("POST", Office::kService, {{"f", "json"}, {"token", token}});
    }
    SECTION("in Esri's header") {
        request.headers.set("X-Esri-Authorization", "Bearer " + token);
    }
    SECTION("in the standard header") {
        request.headers.set("Authorization", "bearer " + token);
    }
    CHECK(at(office.ask(request), "layers", 0, "name") == Json("trees"));
}

TEST_CASE("what is refused is told under the name of what was asked for", "[service][security]") {
    GuardedOffice office;
    struct Case {
        const char *method, *resource, *user, *operation;
    };
    const Case cases[] = {
        {"GET", "/0/query", "", "query"},
        {"POST", "/0/ADDFEATURES", "", "addFeatures"},
        {"POST", "/0/addFeatures", "Vera", "addFeatures"},
        {"GET", "/0/addFeatures", "Ed", "addFeatures"},
        {"POST", "/0/applyEdits", "Vera", "applyEdits"},
        {"POST", "/0/1/addAttachment", "Vera", "addAttachment"},
        {"GET", "/0/1/attachments/7", "Ed", "attachments"},
        {"GET", "/0/1", "", "feature"},
        {"GET", "/7", "Ed", "layer"},
        {"GET", "", "", "service"},
        {"POST", "/createReplica", "", "createReplica"},
        {"GET", "/uploads", "Vera", "uploads"},
        {"POST", "/0/burnDown", "Ed", "unknown"},
        {"POST", "/burnDown", "Ed", "unknown"},
    };
    for (const Case& each : cases) {
        INFO(each.method << " " << each.resource << " by '" << each.user << "'");
        http::NameValues parameters{{"f", "json"}, {"features", "["}, {"adds", "["}};
        if (*each.user != '\0') parameters.emplace_back("token", office.token(each.user));
        RequestFacts facts;
        office.services().handle(
            GuardedOffice::request(each.method, std::string(Office::kService) + each.resource,
                                   parameters),
            &facts);
        CHECK(facts.error != 0);
        CHECK(facts.service == "field");
        CHECK(facts.operation == each.operation);
    }
}

TEST_CASE("a token ends with its time, its password and its user, and outlives a restart",
          "[service][security]") {
    GuardedOffice office;
    CHECK(error_code(office.as("Ed", "GET", "")) == 0);
    office.restart();
    CHECK(error_code(office.as("Ed", "GET", "")) == 0);
    SECTION("time") {
        office.world().clock.now += 60 * kMinute;
    }
    SECTION("password") {
        auto users = UserList::read(office.users_file());
        users.set_password("Ed", "another one", office.world().random, office.world().clock.now,
                           kCheap);
        users.write(office.users_file());
    }
    SECTION("user") {
        auto users = UserList::read(office.users_file());
        users.remove("Ed");
        users.write(office.users_file());
    }
    const Json over = office.as("Ed", "GET", "");
    CHECK(error_code(over) == 498);
    CHECK(at(over, "error", "message") == Json("Invalid token."));
}

TEST_CASE("the server's own facts need no disk, and who may see them is no older than a second",
          "[service][security]") {
    GuardedOffice office;
    service::FeatureServices& services = office.services();
    const auto light = [&](const std::string& method, const std::string& target) {
        return services.answers_at_once(GuardedOffice::request(method, target));
    };
    CHECK(light("GET", "/arcgis/rest/info?f=json"));
    CHECK(light("HEAD", "/arcgis/rest/info"));
    CHECK(light("OPTIONS", "/arcgis/rest/services/field/FeatureServer/0/applyEdits"));
    CHECK_FALSE(light("POST", "/arcgis/rest/info"));
    CHECK_FALSE(light("GET", "/arcgis/rest/services/field/FeatureServer"));
    CHECK_FALSE(light("GET", "/arcgis/tokens/generateToken"));

    const std::string token = office.token("Ed");
    const auto ask = [&] {
        const http::Request request = GuardedOffice::request("GET", "/arcgis/rest/services",
                                                             {{"f", "json"}, {"token", token}});
        service::RequestFacts facts;
        facts.at_once = services.answers_at_once(request);
        services.handle(request, &facts);
        return std::pair(facts.at_once, facts.error);
    };
    CHECK(ask() == std::pair(true, std::int64_t{0}));
    auto users = UserList::read(office.users_file());
    users.remove("Ed");
    users.write(office.users_file());
    CHECK(ask() == std::pair(true, std::int64_t{0}));
    office.world().clock.now += 1000;
    CHECK(ask() == std::pair(false, std::int64_t{498}));
    CHECK(ask() == std::pair(true, std::int64_t{498}));
}

TEST_CASE("a role that is changed counts for tokens that are out", "[service][security]") {
    GuardedOffice office;
    CHECK(at(office.as("Vera", "GET", ""), "capabilities") ==
          Json("Query,Sync,Extract,ChangeTracking"));
    auto users = UserList::read(office.users_file());
    users.set_role("vera", Role::Editor);
    users.write(office.users_file());
    CHECK(at(office.as("Vera", "GET", ""), "capabilities") ==
          at(office.as("Ed", "GET", ""), "capabilities"));
}

TEST_CASE("a token is good only where it is bound to", "[service][security]") {
    GuardedOffice office;
    const auto code_with = [&](const http::NameValues& binding, const std::string& address,
                               const std::string& referer) {
        http::NameValues asked = binding;
        asked.emplace_back("username", "Vera");
        asked.emplace_back("password", kPassword);
        const std::string token = at(office.sign_in(asked), "token").as_string("token");
        auto request =
            GuardedOffice::request("GET", std::string(Office::kService) + "?f=json&token=" + token);
        request.remote_address = address;
        if (!referer.empty()) request.headers.set("Referer", referer);
        return error_code(office.ask(request));
    };
    struct Case {
        http::NameValues binding;
        const char* address;
        const char* referer;
        std::int64_t code;
    };
    const http::NameValues page{{"client", "referer"}, {"referer", "https://app.test/map"}};
    const http::NameValues host{{"client", "referer"}, {"referer", "app.test"}};
    const http::NameValues ip{{"client", "ip"}, {"ip", "10.9.9.9"}};
    const Case cases[] = {
        {page, "10.1.1.1", "https://app.test/map", 0},
        {page, "10.1.1.1", "HTTPS://APP.test/map/", 0},
        {page, "10.1.1.1", "https://app.test/map/page?x=1", 0},
        {page, "10.1.1.1", "https://app.test/", 0},  // what browsers send to other hosts
        {page, "10.1.1.1", "https://app.test.evil.test/map", 498},
        {page, "10.1.1.1", "https://app.test/mapping", 498},
        {page, "10.1.1.1", "https://evil.test/map", 498},
        {page, "10.1.1.1", "", 498},
        {host, "10.1.1.1", "https://app.test/any/page", 0},
        {host, "10.1.1.1", "https://app.test.evil.test/", 498},
        {ip, "10.9.9.9", "", 0},
        {ip, "10.0.0.7", "", 498},
        {{{"client", "requestip"}}, "10.0.0.7", "", 0},
        {{{"client", "requestip"}}, "10.0.0.8", "", 498},
        {{}, "10.0.0.7", "", 0},
        {{}, "10.0.0.8", "", 498},
    };
    for (const Case& one : cases) {
        INFO((one.binding.empty() ? "no binding" : one.binding.back().second)
             << " from " << one.address << " " << one.referer);
        CHECK(code_with(one.binding, one.address, one.referer) == one.code);
    }
}

TEST_CASE("a token that is none is answered with 498 and never with anything else",
          "[service][security]") {
    GuardedOffice office;
    const std::string good = office.token("Vera");
    std::string forged = good;
    forged[10] = forged[10] == 'A' ? 'B' : 'A';
    for (const std::string& bad :
         {std::string("x"), std::string("%00"), std::string(5000, 'a'), forged,
          good.substr(0, good.size() - 2), good + "AA", good + "%20x", std::string("..%2F..%2Fkey"),
          std::string("Bearer"), std::string("%7B%7D")}) {
        INFO(bad);
        const auto request =
            GuardedOffice::request("GET", std::string(Office::kService) + "?f=json&token=" + bad);
        CHECK(error_code(office.ask(request)) == 498);
    }
}

TEST_CASE("a request for a token that cannot be met says why", "[service][security]") {
    GuardedOffice office;
    struct Case {
        http::NameValues parameters;
        const char* named;
    };
    const std::string long_text(3000, 'x');
    const Case cases[] = {
        {{}, "'username'"},
        {{{"username", "Ed"}}, "'password'"},
        {{{"password", kPassword}}, "'username'"},
        {{{"username", "Ed"}, {"password", "wrong one"}}, "Invalid username or password."},
        {{{"username", "Nobody"}, {"password", kPassword}}, "Invalid username or password."},
        {{{"username", long_text}, {"password", kPassword}}, "Invalid username or password."},
        {{{"username", "Ed"}, {"password", long_text}}, "Invalid username or password."},
        {{{"username", "Ed\n"}, {"password", kPassword}}, "Invalid username or password."},
        {{{"username", "Ed"}, {"password", kPassword}, {"client", "dns"}}, "'client'"},
        {{{"username", "Ed"}, {"password", kPassword}, {"client", "referer"}}, "'referer'"},
        {{{"username", "Ed"}, {"password", kPassword}, {"client", "ip"}}, "'ip'"},
        {{{"username", "Ed"}, {"password", kPassword}, {"client", "ip"}, {"ip", "home"}}, "'ip'"},
        {{{"username", "Ed"}, {"password", kPassword}, {"referer", long_text}}, "'referer'"},
        {{{"username", "Ed"}, {"password", kPassword}, {"referer", "a b"}}, "'referer'"},
        {{{"username", "Ed"}, {"password", kPassword}, {"referer", "a\nb"}}, "'referer'"},
        {{{"username", "Ed"}, {"password", kPassword}, {"expiration", "soon"}}, "'expiration'"},
        {{{"username", "Ed"}, {"password", kPassword}, {"expiration", "0"}}, "'expiration'"},
        {{{"username", "Ed"}, {"password", kPassword}, {"expiration", "-1"}}, "'expiration'"},
        {{{"username", "Ed"}, {"password", kPassword}, {"expiration", "1e3"}}, "'expiration'"},
        {{{"serverUrl", "https://elsewhere.test/arcgis"}, {"token", "x"}}, "'serverUrl'"},
        {{{"serverUrl", "no url"}, {"token", "x"}}, "'serverUrl'"},
    };
    for (const Case& bad : cases) {
        const Json answer = office.sign_in(bad.parameters);
        INFO(bad.named << ": " << wire::to_text(answer));
        CHECK(error_code(answer) == 400);
        CHECK(at(answer, "error", "message") == Json("Unable to generate token."));
        CHECK_THAT(first_detail(answer), Catch::Contains(bad.named));
        CHECK(wire::to_text(answer).find(kPassword) == std::string::npos);
    }
    office.world().clock.now += SignInGuard::kLongestMs;
    CHECK_FALSE(office.token("Ed").empty());
}

TEST_CASE("passwords go neither in the URL nor over plain http from elsewhere",
          "[service][security]") {
    GuardedOffice office;
    const std::string path = "/arcgis/tokens/generateToken";
    const http::NameValues secret{{"username", "Ed"}, {"password", kPassword}, {"f", "json"}};
    auto get = GuardedOffice::request("GET", path, secret);
    CHECK(office.services().handle(get).status == 405);
    auto in_url = GuardedOffice::request("POST", path + "?password=open+sesame",
                                         {{"username", "Ed"}, {"f", "json"}});
    CHECK_THAT(first_detail(office.ask(in_url)), Catch::Contains("URL"));
    auto plain = GuardedOffice::request("POST", path, secret);
    plain.scheme = "http";
    CHECK_THAT(first_detail(office.ask(plain)), Catch::Contains("https"));
    plain.remote_address = "127.0.0.1";
    CHECK(at(office.ask(plain), "ssl") == Json(false));
    CHECK(office.services().handle(plain).headers.get("Cache-Control") == "no-store");
}

TEST_CASE("the life of a token is what was asked for, within bounds", "[service][security]") {
    GuardedOffice office;
    const auto life = [&](const std::string& minutes) {
        const Json answer =
            office.sign_in({{"username", "Ed"}, {"password", kPassword}, {"expiration", minutes}});
        return (at(answer, "expires").as_int64("expires") - office.world().clock.now) / kMinute;
    };
    CHECK(life("1") == 1);
    CHECK(life(" 1440 ") == 1440);
    CHECK(life("99999999") == 20'160);
}

TEST_CASE("a token is exchanged for one that lives no longer", "[service][security]") {
    GuardedOffice office;
    const std::string old = office.token("Ed");
    office.world().clock.now += 50 * kMinute;
    const Json answer = office.sign_in({{"token", old},
                                        {"serverUrl", "https://office.test/arcgis"},
                                        {"client", "referer"},
                                        {"referer", "https://app.test"}});
    CHECK(at(answer, "expires") == Json(office.world().clock.now + 10 * kMinute));
    auto request = GuardedOffice::request("GET", std::string(Office::kService) + "?f=json&token=" +
                                                     at(answer, "token").as_string("token"));
    CHECK(error_code(office.ask(request)) == 498);
    request.headers.set("Referer", "https://app.test/");
    CHECK(error_code(office.ask(request)) == 0);
    const Json bad =
        office.sign_in({{"token", "forged"}, {"serverUrl", "https://office.test/arcgis"}});
    CHECK(error_code(bad) == 498);
}

TEST_CASE("guessing gets slower and slower, and a right password ends that",
          "[service][security]") {
    GuardedOffice office;
    const http::NameValues wrong{{"username", "Ed"}, {"password", "guess"}, {"f", "json"}};
    const http::NameValues right{{"username", "Ed"}, {"password", kPassword}, {"f", "json"}};
    const auto send = [&](const http::NameValues& parameters, const std::string& from) {
        auto request = GuardedOffice::request("POST", "/arcgis/tokens/generateToken", parameters);
        request.remote_address = from;
        return office.services().handle(request);
    };
    for (int i = 0; i < SignInGuard::kFreeAtAddress; ++i) {
        CHECK(send(wrong, "10.6.6.6").status == 200);
    }
    const http::Response refused = send(right, "10.6.6.6");
    CHECK(refused.status == 429);
    CHECK(refused.headers.get("Retry-After") == "1");
    CHECK(error_code(wire::parse_json(refused.text(), "answer")) == 429);
    CHECK(send(right, "10.7.7.7").text().find("token") != std::string_view::npos);
    office.world().clock.now += 1000;
    CHECK(send(wrong, "10.6.6.6").status == 200);
    CHECK(send(wrong, "10.6.6.6").headers.get("Retry-After") == "2");
    office.world().clock.now += 2000;
    CHECK(send(right, "10.6.6.6").status == 200);
    CHECK(send(wrong, "10.6.6.6").status == 200);
}

TEST_CASE("one address may not try many users", "[service][security]") {
    FakeClock clock;
    SignInGuard guard(clock);
    for (int i = 0; i < SignInGuard::kFreeOfAddress; ++i) {
        CHECK(guard.wait_ms("user" + std::to_string(i), "10.6.6.6") == 0);
        guard.failed("user" + std::to_string(i), "10.6.6.6");
    }
    CHECK(guard.wait_ms("one more", "10.6.6.6") > 0);
    CHECK(guard.wait_ms("one more", "10.7.7.7") == 0);
    for (int i = 0; i < 40; ++i) guard.failed("x", "10.6.6.6");
    CHECK(guard.wait_ms("x", "10.6.6.6") == SignInGuard::kLongestMs);
}

TEST_CASE("each role may do what it is for", "[service][security]") {
    GuardedOffice office;
    const std::string edits =
        R"([{"id":0,"features":{"adds":[{"attributes":{"GlobalID":"{11111111-2222-4333-8444-555555555555}","species":"elm"},"geometry":{"x":1,"y":1}}]}}])";
    struct Case {
        const char* user;
        std::int64_t query, replica, upload, item;
    };
    const Case cases[] = {
        {"", 499, 499, 499, 499}, {"Vera", 0, 0, 403, 403}, {"Ed", 0, 0, 0, 0},
        {"Olga", 0, 0, 0, 0},     {"Adam", 0, 0, 0, 0},
    };
    for (const Case& one : cases) {
        INFO(one.user);
        CHECK(error_code(office.as(one.user, "GET", "/0/query", {{"where", "1=1"}})) == one.query);
        CHECK(error_code(office.as(one.user, "GET", "/0/1")) == one.query);
        const Json made = office.as(one.user, "POST", "/createReplica", {{"layers", "0"}});
        CHECK(error_code(made) == one.replica);
        CHECK(error_code(office.as(one.user, "GET", "/uploads")) == one.item);
        CHECK(error_code(office.as(one.user, "GET", "/replicas")) == one.replica);
        if (one.replica != 0) continue;
        const std::string id = at(made, "replicaID").as_string("id");
        const bool edits_too = one.upload == 0;
        CHECK(at(office.as(one.user, "GET", "/replicas/" + id), "syncDirection") ==
              Json(edits_too ? "bidirectional" : "download"));
        CHECK(error_code(office.as(one.user, "POST", "/synchronizeReplica",
                                   {{"replicaID", id}, {"syncDirection", "download"}})) == 0);
        const Json sent =
            office.as(one.user, "POST", "/0/1/deleteAttachments", {{"attachmentIds", "1"}});
        CHECK(error_code(sent) == one.upload);
    }
    const std::string replica = make_replica(office, "Ed");
    CHECK(error_code(office.as("Ed", "POST", "/synchronizeReplica",
                               {{"replicaID", replica}, {"edits", edits}})) == 0);
}

TEST_CASE("a replica is its owner's, and of whoever sees all", "[service][security]") {
    GuardedOffice office;
    const std::string eds = make_replica(office, "Ed");
    const std::string veras = make_replica(office, "Vera");
    const auto seen_by = [&](const std::string& user) {
        return office.as(user, "GET", "/replicas").array()->size();
    };
    CHECK(seen_by("Ed") == 1);
    CHECK(seen_by("Vera") == 1);
    CHECK(seen_by("Olga") == 2);
    CHECK(seen_by("Adam") == 2);
    CHECK(at(office.as("Ed", "GET", "/replicas"), 0, "replicaOwner") == Json("Ed"));
    for (const char* operation : {"/unRegisterReplica", "/synchronizeReplica", "/rhumbHashes"}) {
        const Json refused = office.as("Vera", "POST", operation, {{"replicaID", eds}});
        CHECK(error_code(refused) == 400);
        CHECK(first_detail(refused) == "Replica does not exist: " + eds);
    }
    CHECK(error_code(office.as("Vera", "GET", "/replicas/" + eds)) == 400);
    CHECK(error_code(office.as(
              "Ed", "POST", "/createReplica",
              {{"layers", "0"}, {"replicaOptions", R"({"refReplicaId":")" + veras + "\"}"}})) ==
          400);
    CHECK(at(office.as("Vera", "POST", "/unRegisterReplica", {{"replicaID", "*"}}), "success") ==
          Json(true));
    CHECK(seen_by("Olga") == 1);
    CHECK(at(office.as("Olga", "POST", "/unRegisterReplica", {{"replicaID", eds}}), "success") ==
          Json(true));
}

TEST_CASE("a viewer sends no edits through a replica of nobody", "[service][security]") {
    ServiceSettings open;
    open.access.who = Access::Who::Everyone;
    open.access.anonymous = Role::Editor;
    GuardedOffice office(open);
    const std::string replica = make_replica(office, "");
    const std::string adds =
        R"([{"id":0,"features":{"adds":[{"attributes":{"GlobalID":"{11111111-2222-4333-8444-555555555555}","species":"elm"},"geometry":{"x":1,"y":1}}]}}])";
    const std::string files =
        R"([{"id":0,"features":{},"attachments":{"deleteIds":["{11111111-2222-4333-8444-555555555555}"]}}])";
    for (const std::string& edits : {adds, files}) {
        CHECK(error_code(office.as("Vera", "POST", "/synchronizeReplica",
                                   {{"replicaID", replica}, {"edits", edits}})) == 403);
    }
    CHECK(error_code(office.as("Ed", "POST", "/synchronizeReplica",
                               {{"replicaID", replica}, {"edits", adds}})) == 0);
}

TEST_CASE("jobs and upload items are of their user", "[service][security]") {
    GuardedOffice office;
    const Json item = office.as("Ed", "POST", "/uploads/register", {{"itemName", "a.json"}});
    const std::string id = at(item, "item", "itemID").as_string("id");
    CHECK(error_code(office.as("Ed", "GET", "/uploads/" + id)) == 0);
    CHECK(error_code(office.as("Olga", "GET", "/uploads/" + id)) == 0);
    CHECK(error_code(office.as("Vera", "GET", "/uploads/" + id)) == 403);
    office.as("Olga", "POST", "/uploads/register", {{"itemName", "b.json"}});
    CHECK(at(office.as("Ed", "GET", "/uploads"), "items").array()->size() == 1);
    CHECK(at(office.as("Adam", "GET", "/uploads"), "items").array()->size() == 2);
    CHECK(at(office.as("Adam", "GET", "/uploads"), "items", 0, "owner") == Json("Ed"));

    const Json started =
        office.as("Vera", "POST", "/createReplica", {{"layers", "0"}, {"async", "true"}});
    const std::string status = at(started, "statusUrl").as_string("url");
    const std::string job = status.substr(status.rfind('/'));
    CHECK(status.find("token") == std::string::npos);
    CHECK(error_code(office.as("Ed", "GET", "/jobs" + job)) == 404);
    CHECK(error_code(office.as("", "GET", "/jobs" + job)) == 499);
    office.world().clock.now += 55 * kMinute;
    while (office.services().run_next_job()) continue;
    CHECK(at(office.as("Vera", "GET", "/jobs" + job), "status") == Json("Completed"));
    CHECK(at(office.as("Adam", "GET", "/jobs" + job), "status") == Json("Completed"));
    const Json page = office.as("Vera", "GET", "/jobs" + job);
    const std::string file = at(page, "resultUrl").as_string("url");
    CHECK(file.find("token") == std::string::npos);
    const std::string name = file.substr(file.find("/replicafiles"));
    CHECK(error_code(office.as("", "GET", name)) == 499);
    CHECK(error_code(office.as("Vera", "GET", name)) == 0);
    CHECK(at(office.as("Vera", "GET", "/replicas"), 0, "replicaOwner") == Json("Vera"));
}

TEST_CASE("a job of a user who is gone fails", "[service][security]") {
    GuardedOffice office;
    const Json started =
        office.as("Ed", "POST", "/createReplica", {{"layers", "0"}, {"async", "true"}});
    const std::string status = at(started, "statusUrl").as_string("url");
    auto users = UserList::read(office.users_file());
    users.remove("Ed");
    users.write(office.users_file());
    while (office.services().run_next_job()) continue;
    const Json page = office.as("Adam", "GET", "/jobs" + status.substr(status.rfind('/')));
    CHECK(at(page, "status") == Json("Failed"));
    CHECK(at(page, "error", "code") == Json(403));
}

TEST_CASE("a service is for whom its settings say", "[service][security]") {
    ServiceSettings settings;
    SECTION("those who are listed, its owner and administrators") {
        settings.access.who = Access::Who::Listed;
        settings.access.users = {"ed"};
        settings.owner = "vera";
        GuardedOffice office(settings);
        CHECK(error_code(office.as("Ed", "GET", "")) == 0);
        CHECK(error_code(office.as("Adam", "GET", "")) == 0);
        const Json refused = office.as("Olga", "GET", "/0/query");
        CHECK(error_code(refused) == 403);
        CHECK(error_code(office.as("", "GET", "")) == 499);
        // The owner of a service is one there, whatever her role elsewhere.
        CHECK_THAT(at(office.as("Vera", "GET", ""), "capabilities").as_string("words"),
                   Catch::Contains("Update"));
        make_replica(office, "Ed");
        CHECK(office.as("Vera", "GET", "/replicas").array()->size() == 1);
        const auto listed = [&](const std::string& user) {
            auto request = GuardedOffice::request("GET", "/arcgis/rest/services?f=json");
            if (!user.empty()) request.target += "&token=" + office.token(user);
            return at(office.ask(request), "services").array()->size();
        };
        CHECK(listed("") == 0);
        CHECK(listed("Olga") == 0);
        CHECK(listed("Ed") == 1);
        CHECK(listed("Adam") == 1);
    }
    SECTION("those of a role") {
        settings.access.who = Access::Who::Listed;
        settings.access.roles = {Role::Viewer};
        GuardedOffice office(settings);
        CHECK(error_code(office.as("Vera", "GET", "")) == 0);
        CHECK(error_code(office.as("Ed", "GET", "")) == 403);
    }
    SECTION("everyone, who may look and no more") {
        settings.access.who = Access::Who::Everyone;
        GuardedOffice office(settings);
        CHECK(error_code(office.as("", "GET", "/0/query", {{"where", "1=1"}})) == 0);
        CHECK(at(office.as("", "GET", ""), "capabilities") ==
              Json("Query,Sync,Extract,ChangeTracking"));
        CHECK(error_code(office.as("", "POST", "/uploads/register", {{"itemName", "a.json"}})) ==
              499);
        CHECK(error_code(office.as("Ed", "POST", "/uploads/register", {{"itemName", "a.json"}})) ==
              0);
    }
}

TEST_CASE("the users and the key are files of their owner alone", "[service][security]") {
    GuardedOffice office;
    for (const std::string end : {"", ".key"}) {
        struct stat facts {};
        REQUIRE(::stat((office.users_file().string() + end).c_str(), &facts) == 0);
        CHECK((facts.st_mode & 0777) == 0600);
    }
    const auto key = office.users_file().string() + ".key";
    CHECK(read_file(office.users_file()).find(kPassword) == std::string::npos);
    std::filesystem::permissions(key, std::filesystem::perms::group_read,
                                 std::filesystem::perm_options::add);
    CHECK_THROWS_WITH(office.restart(), Catch::Contains("users.json.key"));
    make_private_file(key, "no key");
    CHECK_THROWS_WITH(office.restart(), Catch::Contains("users.json.key"));
}

TEST_CASE("a list of users that cannot be is refused by file and key", "[service][security]") {
    const TempFolder folder;
    const auto file = folder / "users.json";
    TestWorld world;
    UserList good;
    good.add("Ana", Role::Editor, "long enough", world.random, 5, kCheap);
    good.write(file);
    const std::string text = read_file(file);
    const auto with = [&](const std::string& from, const std::string& to) {
        std::string changed = text;
        const std::size_t found = changed.find(from);
        REQUIRE(found != std::string::npos);
        return changed.replace(found, from.size(), to);
    };
    const std::string hash = good.find("ana")->password;
    struct Case {
        std::string text;
        const char* named;
    };
    const Case cases[] = {
        {"", "users.json"},
        {"[]", "the file"},
        {"{}", "'format'"},
        {R"({"format":2,"users":[]})", "'format'"},
        {R"({"format":1})", "'users'"},
        {R"({"format":1,"users":{}})", "'users'"},
        {R"({"format":1,"users":[7]})", "users[0]"},
        {R"({"format":1,"users":[],"more":1})", "'more'"},
        {with("Ana", ""), "users[0].name"},
        {with("Ana", "a,b"), "users[0].name"},
        {with("\"editor\"", "\"king\""), "users[0].role"},
        {with("\"editor\"", "7"), "users[0].role"},
        {with("\"passwordSet\": 5", "\"passwordSet\": -5"), "users[0].passwordSet"},
        {with("\"role\"", "\"rank\""), "users[0].role"},
        {with(hash, "plain"), "users[0].password"},
        {with("n=16", "n=15"), "users[0].password"},
        {with("n=16", "n=1073741824"), "users[0].password"},
        {with("r=8", "r=0"), "users[0].password"},
        {with("scrypt", "md5"), "users[0].password"},
        {with("\"users\": [",
              "\"users\": [" +
                  text.substr(text.find("    {"), text.rfind("    }") + 5 - text.find("    {")) +
                  ","),
         "twice"},
    };
    for (const Case& bad : cases) {
        INFO(bad.text);
        make_private_file(file, bad.text);
        CHECK_THROWS_WITH(UserList::read(file),
                          Catch::Contains("users.json") && Catch::Contains(bad.named));
    }
}

TEST_CASE("users are added, changed and removed, or it is said why not", "[service][security]") {
    TestWorld world;
    UserList users;
    users.add("Ana", Role::Viewer, "long enough", world.random, 5, kCheap);
    CHECK(users.find("ANA")->name == "Ana");
    const auto add = [&](const std::string& name, const std::string& password) {
        users.add(name, Role::Viewer, password, world.random, 5, kCheap);
    };
    CHECK_THROWS_WITH(add("aNa", "long enough"), Catch::Contains("already"));
    CHECK_THROWS_WITH(add("Ben", "short"), Catch::Contains("password"));
    CHECK_THROWS_WITH(add("Ben", std::string(2000, 'x')), Catch::Contains("password"));
    for (const char* name : {"", " Ben", "a,b", "a\"b", "a\nb", "\xff"}) {
        CHECK_THROWS_AS(add(name, "long enough"), Error);
    }
    CHECK_THROWS_WITH(users.remove("Ben"), Catch::Contains("no user 'Ben'"));
    CHECK_THROWS_WITH(users.set_role("Ben", Role::Owner), Catch::Contains("no user 'Ben'"));
    users.set_password("ana", "another one", world.random, 5, kCheap);
    CHECK(users.find("ana")->since_ms == 6);  // later than before, whatever the clock says
    CHECK(is_password("another one", users.find("ana")->password));
    CHECK_FALSE(is_password("long enough", users.find("ana")->password));
    users.remove("Ana");
    CHECK(users.all().empty());
}

TEST_CASE("every answer may be read by pages of other origins", "[service][security]") {
    GuardedOffice office;
    for (const char* target :
         {"/arcgis/rest/info", "/arcgis/rest/services", "/nothing", "/arcgis/rest/services/none",
          "/arcgis/rest/services/field/FeatureServer/replicafiles/x",
          "/arcgis/rest/services/field/FeatureServer/0/1/attachments/1"}) {
        INFO(target);
        const auto answer = office.services().handle(GuardedOffice::request("GET", target));
        CHECK(answer.headers.get("Access-Control-Allow-Origin") == "*");
    }
    auto asked = GuardedOffice::request("OPTIONS", Office::kService);
    asked.headers.set("Access-Control-Request-Headers", "x-esri-authorization");
    const auto answer = office.services().handle(asked);
    CHECK(answer.status == 204);
    CHECK_THAT(std::string(answer.headers.get("Access-Control-Allow-Headers")),
               Catch::Contains("X-Esri-Authorization"));
    CHECK(answer.headers.get("Access-Control-Allow-Methods").find("POST") !=
          std::string_view::npos);
}

TEST_CASE("metadata is not sent to whoever has it", "[service][validators]") {
    GuardedOffice office;
    auto request = GuardedOffice::request(
        "GET", std::string(Office::kService) + "/0?f=json&token=" + office.token("Ed"));
    const auto first = office.services().handle(request);
    const std::string etag(first.headers.get("ETag"));
    REQUIRE(etag.size() > 10);
    const auto status_with = [&](const std::string& given) {
        request.headers.set("If-None-Match", given);
        return office.services().handle(request).status;
    };
    const std::string open = etag.substr(0, etag.size() - 1);
    CHECK(status_with(etag) == 304);
    CHECK(status_with("W/" + etag) == 304);
    CHECK(status_with("\"x\", " + etag) == 304);
    CHECK(status_with(open + "-gzip\"") == 304);
    CHECK(status_with("*") == 304);
    CHECK(status_with(open + "-else\"") == 200);
    CHECK(status_with("\"x\"") == 200);
    CHECK(status_with("") == 200);
    request.method = "HEAD";
    CHECK(status_with(etag) == 304);
    // Somebody else may see other capabilities.
    const auto other = office.services().handle(GuardedOffice::request(
        "GET", std::string(Office::kService) + "/0?f=json&token=" + office.token("Vera")));
    CHECK(other.headers.get("ETag") != etag);
    CHECK_FALSE(office.services()
                    .handle(GuardedOffice::request("GET", Office::kService, {{"f", "json"}}))
                    .headers.has("ETag"));
}

TEST_CASE("who asks too often is told when to come again", "[service][limits]") {
    FakeClock clock;
    RateLimit limit(60, 3, clock);
    for (int i = 0; i < 3; ++i) CHECK(limit.take("Ed") == 0);
    CHECK(limit.take("Ed") == 1000);
    CHECK(limit.take("Vera") == 0);
    clock.now += 999;
    CHECK(limit.take("Ed") == 1);
    clock.now += 1;
    CHECK(limit.take("Ed") == 0);
    CHECK(limit.take("Ed") == 1000);
    clock.now += 3'600'000;
    for (int i = 0; i < 3; ++i) CHECK(limit.take("Ed") == 0);
    CHECK(limit.take("Ed") > 0);
    RateLimit none(0, 1, clock);
    for (int i = 0; i < 1000; ++i) CHECK(none.take("Ed") == 0);
}
