// SPDX-License-Identifier: Apache-2.0
//
// What the program refuses: one line that names the thing, an exit code, and every file as it was.
#include "platform/files.hpp"
#include "tests/platform/http/http_fixture.hpp"
#include "tests/platform/http/raw_peer.hpp"
#include "tests/runtime/tool_fixture.hpp"
#include "tests/support/office.hpp"
#include "tests/sync/client/vendor.hpp"

#include <algorithm>

using namespace rhumb;
using namespace rhumb::test;

namespace {

namespace fs = std::filesystem;

using Words = std::vector<std::string>;

struct Refusals : Bench {
    void refuses(const Arguments& arguments, const Words& words, int exit_code = 1,
                 const ToolLimits& limits = {}) const {
        const auto before = files_below(folder.path());
        const ToolResult result = run(arguments, limits);
        INFO(result.err);
        CHECK(result.exit_code == exit_code);
        CHECK(result.out.empty());
        CHECK(result.err.substr(0, 7) == "rhumb: ");
        CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
        for (const std::string& word : words) CHECK_THAT(result.err, Catch::Contains(word));
        const bool files_as_they_were = files_below(folder.path()) == before;
        CHECK(files_as_they_were);
    }
    void write(const std::string& name, const std::string& content) const {
        write_file(folder / name, content);
    }
    /// An untracked GeoPackage of the office's.
    void copy_plain(const std::string& name) const {
        fs::copy_file(example("sf_street_trees.gpkg"), folder / name);
    }
    void make_field() const {
        TestWorld world;
        auto file = geodb::Geodatabase::create(folder / "field.gpkg", world.world());
        geodb::LayerPlan plan = trees_plan();
        plan.fields.push_back(field("code", geodb::FieldType::String, 5));
        plan.fields.back().nullable = false;
        make_layer(file, plan);
        make_layer(file, visits_plan());
    }
};

/// A service of another vendor.
class Vendor {
public:
    Vendor(std::string root, std::string layers)
        : root_(std::move(root)),
          layers_(std::move(layers)),
          server_([this](const http::Request& request) {
              return http::json_response(request.path().ends_with("/layers") ? layers_ : root_);
          }) {}
    std::string url() const { return server_.url("/rest/services/Water/FeatureServer"); }

private:
    std::string root_;
    std::string layers_;
    LoopbackServer server_;
};

constexpr const char* kNoSuchTree = "{00000000-0000-0000-0000-00000000000A}";

}  // namespace

TEST_CASE("a file that is no GeoPackage is refused by every command", "[tool][refused]") {
    const Refusals tool;
    tool.write("notes.gpkg", "these are notes and no GeoPackage, however the file is called");
    for (const char* command : {"status", "log", "sync", "unregister", "serve"}) {
        tool.refuses({command, "notes.gpkg"}, {"notes.gpkg"});
    }
    tool.refuses({"import", "notes.gpkg", tool.example("trees.geojson")}, {"notes.gpkg"});
    tool.refuses({"edit", "notes.gpkg", "trees", "--insert", "{}"}, {"notes.gpkg"});
    tool.refuses({"diff", "notes.gpkg", tool.example("sf_street_trees.gpkg")}, {"notes.gpkg"});
    tool.refuses({"replicate", "http://127.0.0.1:1/FeatureServer", "notes.gpkg"},
                 {"notes.gpkg", "already"});
}

TEST_CASE("a truncated GeoPackage is refused", "[tool][refused]") {
    const Refusals tool;
    tool.make_city();
    tool.write("half.gpkg", read_file(tool.folder / "city.gpkg").substr(0, 100'000));
    tool.refuses({"serve", "half.gpkg", "--port", "0"}, {"half.gpkg"});
    tool.refuses({"diff", "half.gpkg", "city.gpkg"}, {"half.gpkg"});
    tool.refuses({"import", "half.gpkg", tool.example("work_zones.geojson")}, {"half.gpkg"});
}

TEST_CASE("a file of a newer format is refused", "[tool][refused]") {
    const Refusals tool;
    tool.make_city();
    fs::copy(tool.folder / "city.gpkg", tool.folder / "future.gpkg");
    tool.execute("city.gpkg", "PRAGMA user_version = 10500");
    tool.execute("future.gpkg", "UPDATE rhumb_meta SET value = 99 WHERE name = 'format_version'");
    for (const char* command : {"status", "serve", "sync"}) {
        tool.refuses({command, "city.gpkg"}, {"city.gpkg", "1.5", "newer"});
        tool.refuses({command, "future.gpkg"}, {"future.gpkg", "99", "newer Rhumb"});
    }
}

TEST_CASE("a file that is not there is named", "[tool][refused]") {
    const Refusals tool;
    tool.make_city();
    for (const char* command : {"status", "log", "sync", "unregister", "serve"}) {
        tool.refuses({command, "nowhere.gpkg"}, {"nowhere.gpkg"});
    }
    tool.refuses({"diff", "city.gpkg", "nowhere.gpkg"}, {"nowhere.gpkg"});
    tool.refuses({"import", "new.gpkg", "nowhere.geojson"}, {"nowhere.geojson"});
    tool.refuses({"import", "no/such/folder/new.gpkg", tool.example("trees.geojson")},
                 {"no/such/folder"});
}

TEST_CASE("an import that begins with its source says what comes first", "[tool][refused]") {
    const Refusals tool;
    tool.make_city();
    tool.write("notes.csv", "a\n1\n");
    for (const char* file : {"notes.csv", "nowhere.GEOJSON", "city.json"}) {
        INFO(file);
        const ToolResult refused = tool.run({"import", file, "city.gpkg"});
        CHECK(refused.exit_code == 2);
        CHECK_THAT(refused.err, Catch::Contains(std::string("rhumb import city.gpkg ") + file));
    }
    CHECK_FALSE(fs::exists(tool.folder / "nowhere.GEOJSON"));
    CHECK_FALSE(fs::exists(tool.folder / "city.json"));
    CHECK(read_file(tool.folder / "notes.csv") == "a\n1\n");
    CHECK_THAT(tool.run({"import", "a.csv", "b.csv"}).err,
               Catch::Contains("rhumb import CITY.gpkg a.csv"));
}

TEST_CASE("malformed GeoJSON is refused with its line, and no file is left", "[tool][refused]") {
    const Refusals tool;
    tool.write("bad.geojson",
               "{\"type\":\"FeatureCollection\",\"features\":[\n"
               "{\"type\":\"Feature\",\"properties\":{},\"geometry\":null},\n"
               "{\"type\":\"Feature\",\"properties\":{\"a\":},\"geometry\":null}]}\n");
    tool.refuses({"import", "new.gpkg", "bad.geojson"}, {"bad.geojson", "line 3"});
    tool.refuses({"import", "new.gpkg", tool.example("trees.geojson"), "bad.geojson"},
                 {"bad.geojson", "line 3"});
    tool.write("bad.csv", "a,b\n1,2\n3,\"open\n");
    tool.refuses({"import", "new.gpkg", "bad.csv"}, {"bad.csv"});
    tool.write("photo.jpg", "\xFF\xD8\xFF");
    tool.refuses({"import", "new.gpkg", "photo.jpg"}, {"photo.jpg"});
}

TEST_CASE("an import that fails leaves a geodatabase as it was", "[tool][refused]") {
    const Refusals tool;
    tool.make_city();
    tool.write("bad.geojson", "{\"type\":\"FeatureCollection\",\"features\":[{]}");
    tool.refuses({"import", "city.gpkg", tool.example("work_zones.geojson"), "bad.geojson"},
                 {"bad.geojson", "line 1"});
    tool.refuses({"import", "city.gpkg", tool.example("trees.geojson")}, {"trees", "city.gpkg"});
    tool.refuses({"import", "city.gpkg", tool.example("work_zones.geojson"), "--id-field", "nope"},
                 {"nope"});
    tool.copy_plain("plain.gpkg");
    tool.refuses({"import", "plain.gpkg", tool.example("work_zones.geojson"), "--layer", "z"},
                 {"plain.gpkg", "import NEW.gpkg"});
}

TEST_CASE("an edit that breaks a rule of the layer is refused, naming layer and field",
          "[tool][refused]") {
    const Refusals tool;
    tool.make_field();
    const auto insert = [&](const std::string& json, const Words& words) {
        tool.refuses({"edit", "field.gpkg", "trees", "--insert", json}, words);
    };
    insert(R"({"code":"a","dbh":"thick"})", {"trees", "dbh", "thick"});
    insert(R"({"code":"a","site_order":1.5})", {"trees", "site_order"});
    insert(R"({"code":"a","planted":"soon"})", {"trees", "planted", "soon"});
    insert(R"({"code":"too long"})", {"trees", "code", "5 characters"});
    insert(R"({"species":"oak"})", {"trees", "code", "NULL"});
    insert(R"({"code":null})", {"trees", "code", "NULL"});
    insert(R"({"code":"a","geometry":{"paths":[[[1,2],[3,4]]]}})", {"trees", "geometry"});
    insert(R"({"code":"a","geometry":{"type":"LineString","coordinates":[[1,2],[3,4]]}})",
           {"trees", "LINESTRING"});
    insert(R"({"code":"a","geometry":"here"})", {"trees", "geometry"});
    insert(R"({"code":"a","speces":"oak"})", {"trees", "'speces'", "species"});
    insert(R"({"code":"a","species":["oak"]})", {"species", "an array"});
    insert(R"({"code":"a","global_id":"tree 7"})", {"global_id", "no GUID"});
    insert(R"({"attributes":{"code":"a"},"geometri":{}})", {"geometri"});
    insert(R"({"code":)", {"line 1, column 9"});
    insert("17", {"not a JSON object"});
    insert("@nowhere.json", {"nowhere.json"});
}

TEST_CASE("an edit of what is not there is refused", "[tool][refused]") {
    const Refusals tool;
    tool.make_field();
    tool.refuses({"edit", "field.gpkg", "bushes", "--insert", "{}"}, {"bushes", "trees"});
    tool.refuses({"edit", "field.gpkg", "trees", "--delete", kNoSuchTree}, {"trees", kNoSuchTree});
    tool.refuses({"edit", "field.gpkg", "trees", "--update", kNoSuchTree, R"({"dbh":1})"},
                 {"trees", kNoSuchTree});
    tool.refuses({"edit", "field.gpkg", "trees", "--update", kNoSuchTree,
                  R"({"global_id":"{00000000-0000-0000-0000-00000000000B}"})"},
                 {"trees", "cannot be changed"});
    tool.refuses({"edit", "field.gpkg", "visits", "--insert", R"({"geometry":{"x":1,"y":2}})"},
                 {"visits", "no geometry"});
}

TEST_CASE("a where-clause that cannot be read or names no field is refused", "[tool][refused]") {
    const Refusals tool;
    tool.make_field();
    const auto diff = [&](const std::string& where, const Words& words) {
        tool.refuses({"diff", "field.gpkg", "field.gpkg", "--where", where}, words);
    };
    diff("trees=species LIKE", {"where", "character 13"});
    diff("trees=speces = 'oak'", {"unknown field 'speces'", "trees"});
    diff("trees=dbh > 'thick'", {"dbh"});
    diff("bushes=dbh > 1", {"bushes"});
    tool.refuses({"diff", "field.gpkg", "field.gpkg", "--layer", "bushes"}, {"bushes", "visits"});
}

TEST_CASE("a port in use is refused before any file is prepared for serving", "[tool][refused]") {
    const Refusals tool;
    tool.copy_plain("plain.gpkg");
    const LoopbackServer other([](const http::Request&) { return http::Response(); });
    const std::string port = std::to_string(other.port());
    tool.refuses({"serve", "plain.gpkg", "--port", port}, {port, "in use"});
    tool.refuses({"serve", "plain.gpkg", "--port", "0", "--host", "192.0.2.1"}, {"192.0.2.1"});
}

TEST_CASE("a folder is served whole or not at all", "[tool][refused]") {
    const Refusals tool;
    tool.refuses({"serve", ".", "--port", "0"}, {"no GeoPackage"});
    tool.copy_plain("a.gpkg");
    tool.write("b.gpkg", "no GeoPackage");
    tool.refuses({"serve", ".", "--port", "0"}, {"b.gpkg"});
    fs::remove(tool.folder / "b.gpkg");
    tool.copy_plain("A.GPKG");
    tool.refuses({"serve", ".", "--port", "0"}, {"a.gpkg", "A.GPKG"});
}

TEST_CASE("a geodatabase that is no replica is not synchronized", "[tool][refused]") {
    const Refusals tool;
    tool.make_city();
    for (const char* command : {"sync", "status", "log", "unregister"}) {
        tool.refuses({command, "city.gpkg"}, {"city.gpkg", "no replica"});
    }
}

TEST_CASE("a replica is neither served nor imported into, and not made twice", "[tool][refused]") {
    const Refusals tool;
    Office office;
    const LoopbackServer server(
        [&](const http::Request& request) { return office.handle(request); });
    const std::string url = server.url(Office::kService);
    tool.done({"replicate", url, "day.gpkg"});
    tool.refuses({"serve", "day.gpkg", "--port", "0"}, {"day.gpkg", "replica of " + url});
    tool.refuses({"import", "day.gpkg", tool.example("work_zones.geojson")}, {"day.gpkg", url});
    tool.refuses({"replicate", url, "day.gpkg"}, {"day.gpkg", "already"});
}

TEST_CASE("what a service refuses at the start leaves no replica", "[tool][refused]") {
    const Refusals tool;
    Office office;
    const LoopbackServer server(
        [&](const http::Request& request) { return office.handle(request); });
    const std::string url = server.url(Office::kService);
    tool.refuses({"replicate", url, "day.gpkg", "--where", "0=species LIKE"}, {"character"});
    tool.refuses({"replicate", url, "day.gpkg", "--where", "0=speces = 'oak'"}, {"speces"});
    tool.refuses({"replicate", url, "day.gpkg", "--layers", "7"}, {"7"});
    tool.refuses({"replicate", server.url("/arcgis/rest/services/none/FeatureServer"), "day.gpkg"},
                 {"none"});
}

TEST_CASE("a service of another vendor that lacks what a replica needs is refused",
          "[tool][refused]") {
    const Refusals tool;
    const Vendor no_sync(vendor_root("{}", "Query"), vendor_layers());
    tool.refuses({"replicate", no_sync.url(), "day.gpkg"}, {no_sync.url(), "Sync"});
    const Vendor no_ids(vendor_root(),
                        vendor_layers(R"([{"name":"objectid","type":"esriFieldTypeOID"},)"
                                      R"({"name":"code","type":"esriFieldTypeString"}])"));
    tool.refuses({"replicate", no_ids.url(), "day.gpkg", "--layers", "0"},
                 {"Hydrants", "GlobalID"});
    tool.refuses({"replicate", no_sync.url(), "day.gpkg", "--model", "perLayer"}, {no_sync.url()});
}

TEST_CASE("a service that cannot be reached is named, and no replica is left", "[tool][refused]") {
    const Refusals tool;
    const std::string port = std::to_string(unused_port());
    tool.refuses({"replicate", "http://127.0.0.1:" + port + "/FeatureServer", "day.gpkg"},
                 {"127.0.0.1:" + port, "cannot be reached"});
    tool.refuses({"replicate", "office/FeatureServer", "day.gpkg"}, {"office/FeatureServer"});
}

TEST_CASE("a disk that is full leaves everything as it was", "[tool][refused]") {
    const Refusals tool;
    ToolLimits full;
    full.file_bytes = 200'000;
    tool.refuses({"import", "new.gpkg", tool.example("trees.geojson")}, {"new.gpkg"}, 1, full);
    tool.make_city();
    full.file_bytes = rhumb::file_size(tool.folder / "city.gpkg") + 50'000;
    tool.refuses({"import", "city.gpkg", tool.example("sweeping_segments.geojson")}, {"city.gpkg"},
                 1, full);
}

TEST_CASE("what may not be written is left alone", "[tool][refused]") {
    const Refusals tool;
    tool.make_field();
    tool.copy_plain("plain.gpkg");
    fs::permissions(tool.folder.path(), fs::perms{0555});
    for (const char* name : {"field.gpkg", "plain.gpkg"}) {
        fs::permissions(tool.folder / name, fs::perms{0444});
    }
    ToolLimits nobody;
    nobody.no_privileges = true;
    if (tool.run({"--version"}, nobody).exit_code != 0) {
        WARN("the program cannot be run without privileges here");
        return;
    }
    const std::string trees = tool.example("trees.geojson");
    tool.refuses({"import", "new.gpkg", trees}, {"new.gpkg"}, 1, nobody);
    tool.refuses({"import", "field.gpkg", trees, "--layer", "more"}, {"field.gpkg"}, 1, nobody);
    tool.refuses({"edit", "field.gpkg", "trees", "--insert", R"({"code":"a"})"}, {"field.gpkg"}, 1,
                 nobody);
    tool.refuses({"serve", "plain.gpkg", "--port", "0"}, {tool.folder.path()}, 1, nobody);
    fs::permissions(tool.folder.path(), fs::perms{0777});
    tool.refuses({"serve", "plain.gpkg", "--port", "0"}, {"plain.gpkg"}, 1, nobody);
    CHECK(tool.run({"diff", "field.gpkg", "field.gpkg"}, nobody).exit_code == 0);
}

TEST_CASE("a command line that makes no sense is told so, with exit code 2", "[tool][refused]") {
    const Refusals tool;
    tool.make_field();
    const auto usage = [&](const Arguments& arguments, const Words& words) {
        tool.refuses(arguments, words, 2);
    };
    usage({}, {"subcommand"});
    usage({"frobnicate"}, {"no command 'frobnicate'"});
    usage({"import", "a.gpkg"}, {"SOURCE"});
    usage({"import", "a.gpkg", "b.csv", "--crs", "mercator"}, {"--crs", "mercator"});
    usage({"import", "a.gpkg", "b.csv", "c.csv", "--layer", "x"}, {"--layer"});
    usage({"serve", "field.gpkg", "--port", "70000"}, {"--port"});
    usage({"sync"}, {"REPLICA"});
    usage({"sync", "field.gpkg", "--direction", "sideways"}, {"--direction", "sideways"});
    usage({"replicate", "http://a/FeatureServer", "b.gpkg", "--extent", "1,2,3"}, {"--extent"});
    usage({"replicate", "http://a/FeatureServer", "b.gpkg", "--extent", "5,2,3,4"}, {"turned"});
    usage({"replicate", "http://a/FeatureServer", "b.gpkg", "--layers", "trees"}, {"--layers"});
    usage({"replicate", "http://a/FeatureServer", "b.gpkg", "--where", "x > 1"}, {"--where"});
    usage({"replicate", "http://a/FeatureServer", "b.gpkg", "--model", "none"}, {"--model"});
    const auto replicate = [&](const char* option, const char* value, const Words& words) {
        usage({"replicate", "http://a/FeatureServer", "b.gpkg", option, value}, words);
    };
    replicate("--area", "{\"rings\":7}", {"--area"});
    replicate("--area", "null", {"--area"});
    replicate("--query-option", "0=some", {"--query-option", "useFilter"});
    replicate("--related", "visits", {"--related"});
    replicate("--replica-crs", "mercator", {"--replica-crs"});
    usage({"relate", "field.gpkg", "trees", "visits", "--key", "tree"}, {"--key"});
    usage({"register"}, {"COPY"});
    usage({"edit", "field.gpkg", "trees"}, {"--insert"});
    usage({"edit", "field.gpkg", "trees", "--insert", "{}", "--delete", kNoSuchTree}, {"one of"});
    usage({"edit", "field.gpkg", "trees", "--delete", "tree 7"}, {"tree 7", "GlobalID"});
    usage({"diff", "field.gpkg"}, {"B"});
    usage({"diff", "field.gpkg", "field.gpkg", "--filter", "c"}, {"--filter"});
    usage({"status", "field.gpkg", "--verbose"}, {"--verbose"});
}
