// SPDX-License-Identifier: Apache-2.0
//
// The services directory: a person clicks from the list of services to a feature.
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

#include <set>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using Catch::Contains;

namespace {

http::Response page(Office& office, const std::string& target) {
    http::Request request;
    request.target = target;
    request.headers.set("Host", "office.test");
    request.headers.set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");
    return office.handle(request);
}

/// The addresses a page links to.
std::vector<std::string> links_of(const http::Response& page) {
    std::vector<std::string> links;
    const std::string text(page.text());
    for (std::size_t at = text.find("href=\""); at != std::string::npos;
         at = text.find("href=\"", at + 1)) {
        std::string link = text.substr(at + 6, text.find('"', at + 6) - at - 6);
        for (std::size_t amp = link.find("&amp;"); amp != std::string::npos;
             amp = link.find("&amp;", amp + 1)) {
            link.replace(amp, 5, "&");
        }
        links.push_back(link);
    }
    return links;
}

}  // namespace

TEST_CASE("every link of the services directory leads somewhere", "[service][directory]") {
    Office office;
    office.add("trees", {{"species", "oak"}}, point(1, 1));
    office.add("visits", {{"note", "first"}});
    std::set<std::string> seen;
    std::vector<std::string> left{"/arcgis/rest/services"};
    while (!left.empty()) {
        const std::string target = left.back();
        left.pop_back();
        if (!seen.insert(target).second) continue;
        INFO(target);
        const auto answer = page(office, target);
        CHECK(answer.status == 200);
        CHECK_THAT(std::string(answer.text()), !Contains("class=\"error\""));
        CHECK_THAT(std::string(answer.text()), !Contains("{\"error\""));
        for (std::string& link : links_of(answer)) left.push_back(std::move(link));
    }
    const std::string layer = std::string(Office::kService) + "/0";
    CHECK(seen.count(layer) == 1);
    CHECK(seen.count(layer + "/query?where=1%3D1&outFields=*") == 1);
    CHECK(seen.count(layer + "/1") == 1);
}

TEST_CASE("the form of a query asks for what a person may fill in", "[service][directory]") {
    Office office;
    const auto form = page(office, std::string(Office::kService) + "/0/query");
    CHECK_THAT(std::string(form.text()), Contains("<form method=\"get\" action=\"/arcgis/"));
    CHECK_THAT(std::string(form.text()), Contains("name=\"where\""));
    // Sent as it stands, it is a query.
    office.add("trees", {{"species", "oak"}}, point(1, 1));
    const auto found =
        page(office, std::string(Office::kService) +
                         "/0/query?where=1%3D1&objectIds=&geometry=&outFields=*&f=html");
    CHECK_THAT(std::string(found.text()), Contains("1 features"));
    CHECK_THAT(std::string(found.text()), Contains("oak"));
}

TEST_CASE("a layer without features has no extent to show", "[service][directory]") {
    Office office;
    const std::string layer = std::string(Office::kService) + "/0";
    for (const std::string& target : {layer, std::string(Office::kService)}) {
        const std::string text(page(office, target).text());
        CHECK_THAT(text, !Contains("<dt>Extent</dt>"));
        CHECK_THAT(text.substr(0, text.find("<summary>JSON")), !Contains("NaN"));
    }
    office.add("trees", {{"species", "oak"}}, point(1, 2));
    CHECK_THAT(std::string(page(office, layer).text()), Contains("<dt>Extent</dt><dd>1"));
}

TEST_CASE("no value becomes markup", "[service][directory]") {
    Office office;
    office.add("trees", {{"species", "<script>alert('\"&')</script>"}}, point(1, 1));
    const std::string query = std::string(Office::kService) + "/0/query?outFields=*&where=";
    const auto found = page(office, query + "1%3D1");
    CHECK_THAT(std::string(found.text()), !Contains("<script"));
    CHECK_THAT(std::string(found.text()), Contains("&lt;script&gt;alert(&#39;&quot;&amp;&#39;)"));
    CHECK_THAT(std::string(found.headers.get("Content-Security-Policy")), Contains("'none'"));
    const auto refused = page(office, query + "%3Cscript%3E");
    CHECK_THAT(std::string(refused.text()), !Contains("<script"));
    CHECK_THAT(std::string(refused.text()), Contains("class=\"error\""));
    const auto nowhere = page(office, "/arcgis/rest/services/%22%3E%3Cscript%3E/FeatureServer");
    CHECK_THAT(std::string(nowhere.text()), !Contains("<script"));
}

TEST_CASE("errors of those who ask for JSON are never pages", "[service][directory]") {
    Office office;
    for (const char* format : {"json", "pjson", "geojson", "xml"}) {
        INFO(format);
        const auto answer = page(office, std::string(Office::kService) + "/7?f=" + format);
        CHECK_THAT(std::string(answer.headers.get("Content-Type")), Contains("json"));
        CHECK(wire::parse_json(answer.text(), "answer").find("error") != nullptr);
    }
}
