// SPDX-License-Identifier: Apache-2.0
//
// The services directory of an office that asks who comes: a person signs in with a browser, clicks
// about, fills in a form and signs out; other people's pages gain nothing by his cookie.
#include "platform/http/url.hpp"
#include "tests/support/catch.hpp"
#include "tests/sync/service/guarded_office.hpp"

#include <set>

using namespace rhumb;
using namespace rhumb::service;
using namespace rhumb::test;
using Catch::Contains;

namespace {

const std::string kHere = "https://office.test";
const std::string kTrees = std::string(Office::kService) + "/0";
constexpr const char* kLogin = "/arcgis/rest/login";
constexpr const char* kRoot = "/arcgis/rest/services";

/// A browser at the office's directory: keeps its cookie and says which page it comes from.
class Browser {
public:
    explicit Browser(GuardedOffice& office) : office_(office) {}

    http::Response get(const std::string& target) {
        return send(GuardedOffice::request("GET", target));
    }
    /// A form of the office's own page, or of another's.
    http::Response post(const std::string& target, const http::NameValues& fields,
                        const std::string& origin = kHere) {
        auto request = GuardedOffice::request("POST", target, fields);
        if (!origin.empty()) request.headers.set("Origin", origin);
        return send(request);
    }
    http::Response sign_in(const std::string& user, const std::string& password,
                           const std::string& back = "") {
        return post(kLogin, {{"username", user}, {"password", password}, {"redirect", back}});
    }
    http::Response send(http::Request request) {
        request.headers.set("Accept", "text/html");
        if (!cookie.empty()) request.headers.set("Cookie", "theme=dark; " + cookie);
        facts = {};
        http::Response response = office_.services().handle(request, &facts);
        if (const std::string* set = response.headers.find("Set-Cookie")) {
            cookie = set->substr(0, set->find(';'));
            if (cookie.ends_with("=")) cookie.clear();
        }
        return response;
    }

    std::string cookie;
    RequestFacts facts;

private:
    GuardedOffice& office_;
};

std::string text_of(const http::Response& page) {
    return std::string(page.text());
}

bool is_form(const http::Response& page) {
    return text_of(page).find("name=\"password\"") != std::string::npos;
}

/// Where the form leads back to, as the browser would send it.
std::string target_of(const http::Response& page) {
    const std::string text = text_of(page);
    const std::string mark = "name=\"redirect\" value=\"";
    const std::size_t begin = text.find(mark) + mark.size();
    std::string value = text.substr(begin, text.find('"', begin) - begin);
    for (std::size_t amp = 0; (amp = value.find("&amp;")) != std::string::npos;) {
        value.replace(amp, 5, "&");
    }
    return value;
}

std::size_t trees_of(GuardedOffice& office) {
    return at(office.as("Adam", "GET", "/0/query", {{"where", "1=1"}, {"returnIdsOnly", "true"}}),
              "objectIds")
        .as_array("ids")
        .size();
}

}  // namespace

TEST_CASE("who clicks into a secured service signs in and comes to where he was going",
          "[service][directory][security]") {
    GuardedOffice office;
    Browser browser(office);
    CHECK_THAT(text_of(browser.get(kRoot)), Contains(">Sign in</a>"));
    const std::string wanted = kTrees + "/query?where=1%3D1&outFields=%2A";
    const auto form = browser.get(wanted);
    CHECK(is_form(form));
    CHECK(target_of(form) == wanted);
    CHECK(form.headers.get("Cache-Control") == "no-store");

    const auto led = browser.sign_in("Ed", kPassword, target_of(form));
    CHECK(led.status == 303);
    CHECK(led.headers.get("Location") == wanted);
    const std::string set(led.headers.get("Set-Cookie"));
    for (const char* part :
         {"; HttpOnly", "; SameSite=Strict", "; Path=/arcgis/rest", "; Secure"}) {
        CHECK_THAT(set, Contains(part));
    }
    CHECK(browser.facts.operation == "login");
    CHECK(browser.facts.user == "Ed");

    const auto page = browser.get(wanted);
    CHECK_THAT(text_of(page), Contains("oak") && Contains("Sign out") && Contains("Ed"));
    CHECK(page.headers.get("Cache-Control") == "no-store");
    CHECK(browser.facts.user == "Ed");

    const auto out = browser.post("/arcgis/rest/logout", {});
    CHECK(out.status == 303);
    CHECK(out.headers.get("Location") == kRoot);
    CHECK(browser.cookie.empty());
    CHECK(is_form(browser.get(kTrees)));
}

TEST_CASE("every link of a secured directory leads somewhere after signing in",
          "[service][directory][security]") {
    GuardedOffice office;
    Browser browser(office);
    browser.sign_in("Ed", kPassword);
    std::set<std::string> seen;
    std::vector<std::string> left{kRoot};
    while (!left.empty()) {
        const std::string target = left.back();
        left.pop_back();
        if (!seen.insert(target).second) continue;
        auto request = GuardedOffice::request("GET", target);
        request.headers.set("Referer", kHere + kRoot);
        const auto answer = browser.send(request);
        INFO(target << "\n" << answer.text());
        CHECK(answer.status == 200);
        CHECK_FALSE(is_form(answer));
        const std::string text = text_of(answer);
        CHECK_THAT(text, !Contains("class=\"error\"") && !Contains("\"error\":"));
        for (std::size_t at = text.find("href=\""); at != std::string::npos;
             at = text.find("href=\"", at + 1)) {
            std::string link = text.substr(at + 6, text.find('"', at + 6) - at - 6);
            for (std::size_t amp = 0; (amp = link.find("&amp;")) != std::string::npos;) {
                link.replace(amp, 5, "&");
            }
            left.push_back(link);
        }
    }
    CHECK(seen.count(kTrees + "/1") == 1);
    CHECK(seen.count(kTrees + "?f=pjson") == 1);
}

TEST_CASE("a wrong password is told on the page, and too many make the next wait",
          "[service][directory][security]") {
    GuardedOffice office;
    Browser browser(office);
    for (int i = 0; i < SignInGuard::kFreeAtAddress; ++i) {
        const auto again = browser.sign_in("Ed", "guessed <b>", kTrees);
        CHECK(again.status == 200);
        CHECK_THAT(text_of(again), Contains("Invalid username or password."));
        CHECK_THAT(text_of(again), Contains("name=\"username\"") && Contains("value=\"Ed\""));
        CHECK_THAT(text_of(again), !Contains("guessed"));
        CHECK(target_of(again) == kTrees);
        CHECK(browser.facts.error == 400);
    }
    const auto later = browser.sign_in("Ed", kPassword, kTrees);
    CHECK(later.status == 429);
    CHECK(later.headers.get("Retry-After") == "1");
    CHECK_THAT(text_of(later), Contains("Try again in 1 s."));
    // The same count as for programs, and the other way round.
    CHECK(error_code(office.sign_in({{"username", "Ed"}, {"password", kPassword}})) == 429);
    office.world().clock.now += 1000;
    CHECK(browser.sign_in("Ed", kPassword, kTrees).status == 303);
    CHECK(browser.sign_in("", "", kTrees).status == 200);
    CHECK(browser.facts.error == 400);
}

TEST_CASE("a sign-in that is over leads back to the form with the page kept",
          "[service][directory][security]") {
    GuardedOffice office;
    Browser browser(office);
    browser.sign_in("Vera", kPassword);
    CHECK_THAT(text_of(browser.get(kTrees)), Contains("Vera"));
    const std::string kept = browser.cookie;
    office.world().clock.now += 60LL * 60'000;
    const auto over = browser.get(kTrees + "/1");
    CHECK(is_form(over));
    CHECK_THAT(text_of(over), Contains("Your sign-in is over."));
    CHECK(target_of(over) == kTrees + "/1");
    // Its cookie is taken back, so what is for everybody is open again.
    CHECK(browser.cookie.empty());
    CHECK_FALSE(is_form(browser.get(kRoot)));
    CHECK(browser.sign_in("Vera", kPassword, target_of(over)).headers.get("Location") ==
          kTrees + "/1");
    CHECK(browser.cookie != kept);
    UserList users = UserList::read(office.users_file());
    users.remove("Vera");
    users.write(office.users_file());
    CHECK(is_form(browser.get(kTrees)));
}

TEST_CASE("only pages of this server are come back to", "[service][directory][security]") {
    GuardedOffice office;
    Browser browser(office);
    for (const char* foreign :
         {"https://evil.test/", "//evil.test/arcgis/rest/services", "/\\evil.test", "/arcgis/rest",
          "/arcgis/restful", "javascript:alert(1)", "/arcgis/rest/../../x", "/arcgis/rest/%2e%2E/x",
          "/arcgis/rest//evil.test", "/arcgis/rest/services\r\nSet-Cookie: a=b",
          "/arcgis/rest/services\\evil", "/arcgis/tokens/generateToken", ""}) {
        INFO(foreign);
        CHECK(browser.sign_in("Ed", kPassword, foreign).headers.get("Location") == kRoot);
    }
    const auto long_one = "/arcgis/rest/" + std::string(9000, 'a');
    CHECK(browser.sign_in("Ed", kPassword, long_one).headers.get("Location") == kRoot);
}

TEST_CASE("a form that another page sends does nothing with the cookie",
          "[service][directory][security]") {
    GuardedOffice office;
    Browser browser(office);
    browser.sign_in("Ed", kPassword);
    const http::NameValues form{{"features", R"([{"attributes":{"species":"elm"}}])"}};
    for (const char* origin :
         {"https://evil.test", "http://office.test", "https://office.test:8443",
          "https://office.test.evil.test", "null", ""}) {
        INFO(origin);
        const auto refused = browser.post(kTrees + "/addFeatures", form, origin);
        CHECK(is_form(refused));
        CHECK_THAT(text_of(refused), Contains("not used"));
        CHECK(browser.facts.error == 499);
    }
    CHECK(trees_of(office) == 1);
    auto same_site = GuardedOffice::request("POST", kTrees + "/addFeatures", form);
    same_site.headers.set("Origin", kHere);
    for (const char* site : {"same-site", "cross-site", "none", ""}) {
        same_site.headers.set("Sec-Fetch-Site", site);
        CHECK(is_form(browser.send(same_site)));
    }
    CHECK(trees_of(office) == 1);
    CHECK_THAT(text_of(browser.post(kTrees + "/addFeatures", form)), Contains("addResults"));
    CHECK(trees_of(office) == 2);
    // Behind a proxy that nobody told us of, the browser still knows where the page was from.
    same_site.headers.set("Origin", "https://maps.example.net");
    same_site.headers.set("Sec-Fetch-Site", "same-origin");
    CHECK_THAT(text_of(browser.send(same_site)), Contains("addResults"));
    CHECK(trees_of(office) == 3);
}

TEST_CASE("nobody is signed in or out by another page", "[service][directory][security]") {
    GuardedOffice office;
    Browser browser(office);
    const http::NameValues form{{"username", "Ed"}, {"password", kPassword}};
    const auto refused = browser.post(kLogin, form, "https://evil.test");
    CHECK(browser.cookie.empty());
    CHECK_THAT(text_of(refused), Contains("trustedProxies"));
    CHECK(browser.facts.error == 403);
    browser.sign_in("Ed", kPassword);
    const std::string kept = browser.cookie;
    browser.post("/arcgis/rest/logout", {}, "https://evil.test");
    CHECK(browser.facts.error == 403);
    browser.get("/arcgis/rest/logout");
    CHECK(browser.facts.error == 405);
    CHECK(browser.cookie == kept);
}

TEST_CASE("the cookie opens pages and what they link to, and nothing for programs",
          "[service][directory][security]") {
    GuardedOffice office;
    Browser browser(office);
    browser.sign_in("Ed", kPassword);
    const auto code_of = [&](const http::Request& request) {
        browser.send(request);
        return browser.facts.error;
    };
    auto json = GuardedOffice::request("GET", kTrees + "?f=json");
    CHECK(code_of(json) == 499);
    json.headers.set("Referer", "https://evil.test/");
    CHECK(code_of(json) == 499);
    json.headers.set("Referer", kHere + kTrees);
    CHECK(code_of(json) == 0);
    // A script that any page could load.
    for (const char* query : {"?f=json&callback=leak", "?callback=leak", "?f=html&callback=leak"}) {
        INFO(query);
        auto script = GuardedOffice::request("GET", kTrees + query);
        script.headers.set("Referer", kHere + kTrees);
        CHECK(code_of(script) == 499);
    }
    auto edit = GuardedOffice::request("POST", kTrees + "/deleteFeatures",
                                       {{"where", "1=1"}, {"f", "json"}});
    edit.headers.set("Origin", kHere);
    CHECK(code_of(edit) == 499);
    CHECK(trees_of(office) == 1);
}

TEST_CASE("the token of a cookie is good in no other place, and no other token in a cookie",
          "[service][directory][security]") {
    GuardedOffice office;
    Browser browser(office);
    browser.sign_in("Ed", kPassword);
    const std::string name = browser.cookie.substr(0, browser.cookie.find('=') + 1);
    const std::string session = browser.cookie.substr(name.size());
    auto request = GuardedOffice::request("GET", kTrees + "?f=json&token=" + session);
    CHECK(error_code(office.ask(request)) == 498);
    CHECK(error_code(office.sign_in({{"token", session}, {"serverUrl", kHere + "/arcgis"}})) ==
          498);
    browser.cookie = name + office.token("Ed");
    CHECK(is_form(browser.get(kTrees)));
    CHECK(browser.cookie.empty());
    browser.cookie = name + "nonsense";
    CHECK(is_form(browser.get(kTrees)));
}

TEST_CASE("a password is asked for over https only", "[service][directory][security]") {
    GuardedOffice office;
    Browser browser(office);
    auto form = GuardedOffice::request("GET", kTrees);
    form.scheme = "http";
    CHECK_FALSE(is_form(browser.send(form)));
    CHECK_THAT(text_of(browser.send(form)), Contains("https only"));
    auto post =
        GuardedOffice::request("POST", kLogin, {{"username", "Ed"}, {"password", kPassword}});
    post.scheme = "http";
    post.headers.set("Origin", "http://office.test");
    browser.send(post);
    CHECK(browser.cookie.empty());
    CHECK(browser.facts.error == 400);
    // From the machine itself, without a Secure that the browser would not send back.
    post.remote_address = "127.0.0.1";
    CHECK_THAT(std::string(browser.send(post).headers.get("Set-Cookie")), !Contains("Secure"));
    CHECK_FALSE(browser.cookie.empty());
    auto in_url = GuardedOffice::request("POST", std::string(kLogin) + "?password=x", {});
    in_url.headers.set("Origin", kHere);
    CHECK_THAT(text_of(browser.send(in_url)), Contains("must not stand in the URL"));
}

TEST_CASE("a server without users has no sign-in", "[service][directory]") {
    Office office;
    for (const char* path : {kLogin, "/arcgis/rest/logout"}) {
        RequestFacts facts;
        auto request = Office::request("GET", path, {});
        request.headers.set("Accept", "text/html");
        const auto page = office.services().handle(request, &facts);
        CHECK(facts.error == 404);
        CHECK_THAT(text_of(page), !Contains("Sign in"));
    }
}
