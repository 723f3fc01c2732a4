// SPDX-License-Identifier: Apache-2.0
//
// Every limit that server.json and service.json set, over a real socket: what is at the limit goes
// through, one more is answered with an error that names it, and the connection goes on.
#include "platform/files.hpp"
#include "platform/http/url.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "platform/zip/coding.hpp"
#include "runtime/server/feature_server.hpp"
#include "sync/wire/json.hpp"
#include "tests/platform/http/raw_peer.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

#include <functional>
#include <optional>

using namespace rhumb;
using namespace rhumb::test;
using Catch::Contains;

namespace {

constexpr const char* kForm = "application/x-www-form-urlencoded";
const std::string kService = "/arcgis/rest/services/field/FeatureServer";

/// A server over layers 0 trees and 1 visits, with the settings of two files.
class Tight {
public:
    explicit Tight(const std::string& server_json, const std::string& service_json = "{}") {
        {
            auto file = geodb::Geodatabase::create(folder_ / "field.gpkg", world_);
            make_layer(file, trees_plan());
            make_layer(file, visits_plan());
        }
        const auto put = [&](const char* name, const std::string& text) {
            make_file(folder_ / name, [&](FileWriter& writer) { writer.write(text); });
        };
        put("server.json", server_json);
        put("field.service.json", service_json);
        runtime::FeatureServer::Options options;
        static_cast<runtime::ServerSettings&>(options) =
            runtime::read_server_settings(folder_ / "server.json", {});
        options.path = folder_ / "field.gpkg";
        options.logs = false;
        server_.emplace(options, world_);
        server_->start();
    }
    RawSocket connect() const {
        const std::string url = server_->root_url();
        const std::string port = url.substr(url.rfind(':') + 1);
        return RawSocket::to_port(
            static_cast<std::uint16_t>(parse_integer(port.substr(0, port.find('/'))).value()));
    }

private:
    TempFolder folder_;
    SystemClock clock_;
    SystemRandom random_;
    geodb::World world_{clock_, random_};
    std::optional<runtime::FeatureServer> server_;
};

struct Said {
    int status = 0;
    wire::Json body;

    std::int64_t code() const {
        const wire::Json* error = body.find("error");
        return error == nullptr ? 0 : wire::to_int64(error->find("code")).value_or(-1);
    }
    std::string text() const { return wire::to_text(body); }
};

/// Requests one after another on one connection.
class Caller {
public:
    explicit Caller(const Tight& server) : socket_(server.connect()) {}

    Said get(const std::string& target, const std::string& fields = "") {
        return send("GET " + target + " HTTP/1.1\r\nHost: b\r\n" + fields + "\r\n");
    }
    Said post(const std::string& target, const std::string& body, const std::string& type = kForm,
              const std::string& fields = "") {
        return send("POST " + target + " HTTP/1.1\r\nHost: b\r\nContent-Type: " + type + "\r\n" +
                    fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    }
    Said send(const std::string& bytes) {
        REQUIRE(socket_.send(bytes));
        const std::string answer = socket_.read_answer();
        REQUIRE(answer.starts_with("HTTP/1.1 "));
        Said said;
        said.status = static_cast<int>(parse_integer(answer.substr(9, 3)).value());
        said.body = wire::parse_json(answer.substr(answer.find("\r\n\r\n") + 4), "answer");
        return said;
    }
    bool goes_on() { return get("/arcgis/rest/info?f=json").code() == 0; }

private:
    RawSocket socket_;
};

std::string repeated(std::string_view piece, std::size_t times, std::string_view between = "") {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += std::string(i > 0 ? between : "") += piece;
    return text;
}

std::string add_with(const std::string& junk) {
    return "f=json&features=" +
           http::percent_encode("[{\"attributes\":{\"species\":\"oak\",\"junk\":" + junk + "}}]");
}

std::string multipart(const std::vector<std::pair<std::string, std::string>>& parts) {
    std::string body;
    for (const auto& [head, content] : parts) {
        body += "--cut\r\nContent-Disposition: form-data; " + head + "\r\n\r\n" + content + "\r\n";
    }
    return body + "--cut--\r\n";
}
constexpr const char* kMultipart = "multipart/form-data; boundary=cut";

}  // namespace

TEST_CASE("a header is as long as the server says, and no longer", "[server][limits]") {
    const Tight server(R"({"limits":{"headerBytes":16384}})");
    Caller caller(server);
    const std::string target = "/arcgis/rest/info?f=json";
    const std::size_t around = ("GET " + target + " HTTP/1.1\r\nHost: b\r\nX: \r\n\r\n").size();
    const auto padded = [&](std::size_t bytes) {
        return "X: " + std::string(bytes - around, 'x') + "\r\n";
    };
    CHECK(caller.get(target, padded(16384)).code() == 0);
    const Said refused = caller.get(target, padded(16385));
    CHECK(refused.status == 431);
    CHECK(refused.code() == 431);
    CHECK_THAT(refused.text(), Contains("16384"));
}

TEST_CASE("a URL is as long as the server says, and no longer", "[server][limits]") {
    const Tight server(R"({"limits":{"urlBytes":8192}})");
    Caller caller(server);
    const std::string target = "/arcgis/rest/info?f=json&x=";
    const auto padded = [&](std::size_t bytes) {
        return target + std::string(bytes - target.size(), 'x');
    };
    CHECK(caller.get(padded(8192)).code() == 0);
    const Said refused = caller.get(padded(8193));
    CHECK(refused.status == 414);
    CHECK(refused.code() == 414);
    CHECK_THAT(refused.text(), Contains("8192"));
    CHECK(caller.goes_on());
}

TEST_CASE("a form is as long as the server says, and no longer", "[server][limits]") {
    const Tight server(R"({"limits":{"formBytes":2000}})");
    Caller caller(server);
    const std::string form = "f=json&x=";
    const auto padded = [&](std::size_t bytes) {
        return form + std::string(bytes - form.size(), 'x');
    };
    CHECK(caller.post("/arcgis/rest/info", padded(2000)).code() == 0);
    const Said refused = caller.post("/arcgis/rest/info", padded(2001));
    CHECK(refused.status == 413);
    CHECK(refused.code() == 413);
    CHECK_THAT(refused.text(), Contains("2000"));
    CHECK(caller.goes_on());
    // The same for the values of a multipart form, whose files may be longer.
    const auto values = [&](std::size_t bytes) {
        return multipart({{"name=f", "json"},
                          {"name=x", std::string(bytes - 4, 'x')},
                          {"name=file; filename=a", std::string(5000, 'y')}});
    };
    CHECK(caller.post("/arcgis/rest/info", values(2000), kMultipart).code() == 0);
    const Said values_refused = caller.post("/arcgis/rest/info", values(2001), kMultipart);
    CHECK(values_refused.code() == 413);
    CHECK_THAT(values_refused.text(), Contains("2000"));
    CHECK(caller.goes_on());
}

TEST_CASE("a multipart body is as long as the server says, and no longer", "[server][limits]") {
    const Tight server(R"({"limits":{"bodyBytes":5000}})");
    Caller caller(server);
    const auto of = [&](std::size_t bytes) {
        const std::size_t around = multipart({{"name=file; filename=a.txt", ""}}).size();
        return multipart({{"name=file; filename=a.txt", std::string(bytes - around, 'x')}});
    };
    const std::string upload = kService + "/uploads/upload?f=json";
    CHECK(wire::to_bool(caller.post(upload, of(5000), kMultipart).body.find("success")) == true);
    const Said refused = caller.post(upload, of(5001), kMultipart);
    CHECK(refused.status == 413);
    CHECK(refused.code() == 413);
    CHECK_THAT(refused.text(), Contains("5000"));
    CHECK(caller.goes_on());
}

TEST_CASE("a packed body unpacks to as much as the server says, and no more", "[server][limits]") {
    const Tight server(R"({"limits":{"unpackedBytes":3000}})");
    Caller caller(server);
    for (const Coding coding : {Coding::Gzip, Coding::Zstd}) {
        const std::string field = "Content-Encoding: " + std::string(name_of(coding)) + "\r\n";
        const auto form = [&](std::size_t bytes) {
            return packed(coding, "f=json&x=" + std::string(bytes - 9, 'x'));
        };
        CHECK(caller.post("/arcgis/rest/info", form(3000), kForm, field).code() == 0);
        const Said refused = caller.post("/arcgis/rest/info", form(3001), kForm, field);
        CHECK(refused.code() == 413);
        CHECK_THAT(refused.text(), Contains("3000"));
        CHECK(caller.goes_on());
    }
}

TEST_CASE("parameters and parts are as many as the server says, and no more", "[server][limits]") {
    const Tight server(R"({"limits":{"parameters":50,"parts":60,"partHeaderBytes":1024}})");
    Caller caller(server);
    const std::string info = "/arcgis/rest/info";
    CHECK(caller.get(info + "?f=json" + repeated("&a=b", 49)).code() == 0);
    const Said in_url = caller.get(info + "?f=json" + repeated("&a=b", 50));
    CHECK(in_url.code() == 400);
    CHECK_THAT(in_url.text(), Contains("more than 50 parameters"));
    CHECK(caller.post(info, "f=json" + repeated("&a=b", 49)).code() == 0);
    CHECK_THAT(caller.post(info, "f=json" + repeated("&a=b", 50)).text(),
               Contains("more than 50 parameters"));
    // More than a server reads by default do not bring it down either.
    CHECK(caller.get(info + "?f=json" + repeated("&a=b", 5000)).code() == 400);

    using Parts = std::vector<std::pair<std::string, std::string>>;
    Parts parts(59, {"name=a; filename=b", "c"});
    parts.emplace_back("name=f", "json");
    CHECK(caller.post(info, multipart(parts), kMultipart).code() == 0);
    parts.emplace_back("name=a; filename=b", "c");
    const Said too_many = caller.post(info, multipart(parts), kMultipart);
    CHECK(too_many.code() == 400);
    CHECK_THAT(too_many.text(), Contains("more than 60 parts"));
    const auto with_head = [&](std::size_t bytes) {
        const std::size_t around =
            std::string_view("Content-Disposition: form-data; name=f; x=\r\n\r\n").size();
        return multipart({{"name=f; x=" + std::string(bytes - around, 'y'), "json"}});
    };
    CHECK(caller.post(info, with_head(1024), kMultipart).code() == 0);
    const Said long_head = caller.post(info, with_head(1025), kMultipart);
    CHECK(long_head.code() == 400);
    CHECK_THAT(long_head.text(), Contains("part 1") && Contains("1024"));
    CHECK(caller.goes_on());
}

TEST_CASE("a server may take more parameters than is usual", "[server][limits]") {
    const Tight server(R"({"limits":{"parameters":3000}})");
    Caller caller(server);
    CHECK(caller.get("/arcgis/rest/info?f=json" + repeated("&a=b", 2999)).code() == 0);
}

TEST_CASE("JSON is as deep, as long and as wordy as the service says, and no more",
          "[server][limits]") {
    const Tight server("{}",
                       R"({"limits":{"jsonDepth":16,"jsonValues":1000,"jsonTextBytes":2000}})");
    Caller caller(server);
    const std::string add = kService + "/0/addFeatures";
    const auto nested = [](std::size_t deep) { return repeated("[", deep) + repeated("]", deep); };
    struct Case {
        std::string fits, too_much, named;
    };
    const Case cases[] = {
        // A list, a feature and its attributes stand around it.
        {nested(13), nested(14), "nested deeper than 16"},
        {"[" + repeated("0", 996, ",") + "]", "[" + repeated("0", 997, ",") + "]", "1000"},
        {"\"" + std::string(1900, 'x') + "\"", "\"" + std::string(2000, 'x') + "\"", "2000"},
    };
    for (const Case& each : cases) {
        INFO(each.named);
        const Said fits = caller.post(add, add_with(each.fits));
        INFO(fits.text());
        CHECK(fits.code() == 0);
        const Said refused = caller.post(add, add_with(each.too_much));
        CHECK(refused.code() == 400);
        CHECK_THAT(refused.text(), Contains("'features'") && Contains(each.named));
        CHECK(caller.goes_on());
    }
    // Wherever JSON is read.
    const std::string deep = nested(17);
    const std::pair<const char*, std::string> elsewhere[] = {
        {"/applyEdits", "edits=" + deep},
        {"/0/applyEdits", "adds=" + deep},
        {"/0/applyEdits", "attachments=" + deep},
        {"/0/query", "outStatistics=" + deep + "&where=1=1"},
        {"/0/query", "geometry={a:" + deep + "}"},
        {"/0/query", "inSR={a:" + deep + "}&geometry=1,2"},
        {"/0/query", "objectIds=" + deep},
        {"/query", "layerDefs=" + deep},
        {"/createReplica", "layers=0&layerQueries=" + deep},
        {"/createReplica", "layers=0&geometry={a:" + deep + "}"},
        {"/createReplica", "layers=" + deep},
        {"/extractChanges", "layers=0&layerServerGens=" + deep},
        {"/rhumbContents/have", "contents=" + deep},
    };
    for (const auto& [resource, form] : elsewhere) {
        INFO(resource << " " << form);
        const Said refused = caller.post(kService + resource, "f=json&" + form);
        CHECK(refused.code() == 400);
        CHECK_THAT(refused.text(), Contains("nested deeper than"));
    }
}

TEST_CASE("a geometry has as many vertices as the service says, and no more", "[server][limits]") {
    const Tight server("{}", R"({"limits":{"geometryVertices":5}})");
    Caller caller(server);
    const auto points = [](std::size_t count) {
        return "{\"points\":[" + repeated("[1,2]", count, ",") + "]}";
    };
    const std::string query = kService + "/0/query";
    CHECK(caller.post(query, "f=json&geometry=" + points(5)).code() == 0);
    const Said refused = caller.post(query, "f=json&geometry=" + points(6));
    CHECK(refused.code() == 400);
    CHECK_THAT(refused.text(), Contains("'geometry'") && Contains("more than 5 vertices"));
    const std::string replica = kService + "/createReplica";
    CHECK(caller.post(replica, "f=json&layers=0&geometry=" + points(5)).code() == 0);
    CHECK_THAT(caller.post(replica, "f=json&layers=0&geometry=" + points(6)).text(),
               Contains("more than 5 vertices"));
    const Said row =
        caller.post(kService + "/0/addFeatures",
                    "f=json&rollbackOnFailure=false&features=[{\"geometry\":" + points(6) +
                        "},{\"geometry\":{\"x\":1,\"y\":2}}]");
    CHECK(row.code() == 0);
    CHECK_THAT(row.text(), Contains("more than 5 vertices") && Contains("\"success\":true"));
}

TEST_CASE("a page has as many features as the service says, and a query as much time",
          "[server][limits]") {
    const Tight server("{}", R"({"maxRecordCount":3,"statementTimeMs":1})");
    Caller caller(server);
    const std::string row = "{\"attributes\":{\"species\":\"" + std::string(100, 'x') + "\"}}";
    const std::string add = kService + "/0/addFeatures";
    const std::string query = kService + "/0/query";
    CHECK(caller.post(add, "f=json&features=[" + repeated(row, 3, ",") + "]").code() == 0);
    Said page = caller.post(query, "f=json&where=1=1");
    CHECK(page.body.find("features")->as_array("features").size() == 3);
    CHECK(page.body.find("exceededTransferLimit") == nullptr);
    CHECK(caller.post(add, "f=json&features=[" + row + "]").code() == 0);
    page = caller.post(query, "f=json&where=1=1");
    CHECK(page.body.find("features")->as_array("features").size() == 3);
    CHECK(wire::to_bool(page.body.find("exceededTransferLimit")) == true);
    CHECK(caller.post(add, "f=json&features=[" + repeated(row, 4000, ",") + "]").code() == 0);
    const Said slow = caller.post(
        query, "f=json&returnCountOnly=true&where=species LIKE '" + repeated("%25x", 20) + "y'");
    CHECK(slow.code() != 0);
    CHECK_THAT(slow.text(), Contains("1 ms"));
    CHECK(caller.goes_on());
}

TEST_CASE("content is as long as the service says, and no longer", "[server][limits]") {
    const Tight server("{}", R"({"maxAttachmentBytes":100,
        "uploads":{"maxItemBytes":200,"maxPartBytes":150,"maxItemsPerUser":2}})");
    Caller caller(server);
    CHECK(caller.post(kService + "/0/addFeatures", add_with("1")).code() == 0);
    const auto file = [](std::size_t bytes) {
        return multipart(
            {{"name=f", "json"}, {"name=attachment; filename=a.txt", std::string(bytes, 'x')}});
    };
    const std::string attach = kService + "/0/1/addAttachment";
    CHECK_THAT(caller.post(attach, file(100), kMultipart).text(), Contains("\"success\":true"));
    const Said refused = caller.post(attach, file(101), kMultipart);
    CHECK_THAT(refused.text(), Contains("100") && !Contains("\"success\":true"));
    const auto item = [](std::size_t bytes) {
        return multipart(
            {{"name=f", "json"}, {"name=file; filename=a.txt", std::string(bytes, 'x')}});
    };
    const std::string upload = kService + "/uploads/upload";
    CHECK_THAT(caller.post(upload, item(150), kMultipart).text(), Contains("\"success\":true"));
    const Said long_part = caller.post(upload, item(151), kMultipart);
    CHECK(long_part.code() == 400);
    CHECK_THAT(long_part.text(), Contains("150"));
    CHECK_THAT(caller.post(upload, item(150), kMultipart).text(), Contains("\"success\":true"));
    const Said third = caller.post(upload, item(1), kMultipart);
    CHECK(third.code() == 400);
    CHECK_THAT(third.text(), Contains("2"));
    CHECK(caller.goes_on());
}

TEST_CASE("an address asks as often as the server says, and no more", "[server][limits]") {
    const Tight server(R"({"limits":{"requestsPerMinute":1,"requestBurst":3}})");
    Caller caller(server);
    for (int i = 0; i < 3; ++i) CHECK(caller.get(kService + "?f=json").code() == 0);
    const Said refused = caller.get(kService + "?f=json");
    CHECK(refused.status == 429);
    CHECK(refused.code() == 429);
    CHECK(caller.goes_on());  // what is asked of no service is not counted
}

TEST_CASE("connections are as many as the server says, and no more", "[server][limits]") {
    const Tight server(R"({"limits":{"connections":2}})");
    Caller first(server);
    Caller second(server);
    CHECK(first.goes_on());
    CHECK(second.goes_on());
    Caller third(server);
    const Said refused = third.get("/arcgis/rest/info?f=json");
    CHECK(refused.status == 503);
    CHECK(refused.code() == 503);
    CHECK(first.goes_on());
}
