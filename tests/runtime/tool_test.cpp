// SPDX-License-Identifier: Apache-2.0
#include "platform/files.hpp"
#include "tests/platform/http/http_fixture.hpp"
#include "tests/runtime/tool_fixture.hpp"
#include "tests/support/office.hpp"

#include <atomic>
#include <chrono>
#include <future>

using namespace rhumb;
using namespace rhumb::test;

namespace {

constexpr const char* kExtent = "-122.43,37.74,-122.40,37.77";

std::int64_t number(const wire::Json& json, std::string_view name) {
    return json.require(name, "output").as_int64(name);
}

/// A device with all of the city.
struct Day : Bench {
    Day() { make_city(); }
    std::optional<Served> office;

    void take_offline(const Arguments& more = {}) {
        office.emplace(*this);
        Arguments arguments{"replicate", office->url(), "day.gpkg"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        done(arguments);
    }
    std::string some_tree(int n) const {
        return text_of("day.gpkg", "SELECT global_id FROM trees ORDER BY fid LIMIT 1 OFFSET " +
                                       std::to_string(n));
    }
    std::string replica_in(const std::string& file) const {
        return text_of(file, "SELECT replica_id FROM rhumb_replica");
    }
};

/// The first request that comes here waits until it is let go; a test that has failed lets it go
/// after a while.
class HeldRequest {
public:
    void hold() {
        if (held_.exchange(true)) return;
        came_.set_value();
        let_go_.get_future().wait_for(kAtMost);
    }
    void await() { REQUIRE(came_.get_future().wait_for(kAtMost) == std::future_status::ready); }
    void let_go() { let_go_.set_value(); }

private:
    static constexpr std::chrono::seconds kAtMost{60};
    std::atomic<bool> held_{false};
    std::promise<void> came_;
    std::promise<void> let_go_;
};

}  // namespace

TEST_CASE("an import makes a layer of each file and tells so", "[tool]") {
    const Bench bench;
    const auto result = bench.done({"import", "city.gpkg", bench.example("trees.geojson"),
                                    bench.example("tree_visits.csv"), "--json"});
    const wire::Json facts = result.json();
    CHECK(at(facts, "layers", 0, "layer") == wire::Json("trees"));
    CHECK(number(at(facts, "layers", 0), "features") == 1063);
    CHECK(number(at(facts, "layers", 1), "features") == 1607);
    CHECK(files_below(bench.folder.path()).size() == 1);
}

TEST_CASE("an import adds to a geodatabase that is there", "[tool]") {
    const Bench bench;
    bench.make_city();
    const auto result = bench.done(
        {"import", "city.gpkg", bench.example("work_zones.geojson"), "--layer", "zones"});
    CHECK_THAT(result.out, Catch::Contains("layer zones (2): 6 features"));
}

TEST_CASE("a GeoPackage from elsewhere and its import hold the same", "[tool]") {
    const Bench bench;
    const std::string source = bench.example("sf_street_trees.gpkg");
    bench.done({"import", "city.gpkg", source});
    const auto result = bench.done({"diff", source, "city.gpkg", "--json"});
    CHECK(at(result.json(), "equal") == wire::Json(true));
    CHECK(at(result.json(), "layers").as_array("layers").size() == 5);
}

TEST_CASE("a server says its address, answers, and stops cleanly when told twice", "[tool]") {
    const Bench bench;
    bench.make_city();
    Served office(bench);
    http::BeastTransport transport;
    const auto answer = answer_of(transport.send(get(office.url() + "?f=json"), CancelToken()));
    CHECK(answer.status == 200);
    CHECK_THAT(std::string(answer.text()), Catch::Contains("Sync"));
    office.process().signal(SIGINT);
    office.process().signal(SIGTERM);
    const ToolResult result = office.process().wait();
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.err, Catch::StartsWith("{\"time\":"));  // the log, and nothing else
    CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
    CHECK_FALSE(std::filesystem::exists(bench.folder / "city.gpkg-wal"));
}

TEST_CASE("a server serves every GeoPackage of a folder and prepares those that need it",
          "[tool]") {
    const Bench bench;
    bench.make_city();
    std::filesystem::copy(bench.example("sf_street_trees.gpkg"), bench.folder / "plain.gpkg");
    RunningTool server(bench.folder.path(), {"serve", ".", "--port", "0", "--json"});
    const wire::Json facts = wire::parse_json(server.read_line(), "output");
    REQUIRE(at(facts, "services").as_array("services").size() == 2);
    CHECK(at(facts, "services", 0, "name") == wire::Json("city"));
    CHECK(at(facts, "services", 0, "notes").as_array("notes").empty());
    CHECK_THAT(*at(facts, "services", 1, "notes", 0).text(), Catch::Contains("trees"));
    server.signal(SIGTERM);
    CHECK(server.wait().exit_code == 0);
}

TEST_CASE("a replica with filters agrees with its service under them", "[tool]") {
    Day day;
    day.take_offline(
        {"--layers", "0", "--extent", kExtent, "--where", "0=dbh_in > 0", "--model", "perReplica"});
    const auto result =
        day.done({"diff", "city.gpkg", "day.gpkg", "--layer", "trees", "--extent", kExtent,
                  "--where", "trees=dbh_in > 0", "--filter", "a", "--json"});
    CHECK(at(result.json(), "equal") == wire::Json(true));
    CHECK(number(at(result.json(), "layers", 0), "same") > 100);
    const wire::Json status = day.done({"status", "day.gpkg", "--json"}).json();
    CHECK(at(status, "model") == wire::Json("perReplica"));
    CHECK(at(status, "layers", 0, "where") == wire::Json("dbh_in > 0"));
}

TEST_CASE("related rows come with their features, and a copy becomes a replica of its own",
          "[tool]") {
    Day day;
    day.done({"relate", "city.gpkg", "trees", "tree_visits", "--key", "global_id=tree_global_id",
              "--name", "inspections"});
    day.take_offline({"--extent", kExtent});
    const auto orphans = day.text_of(
        "day.gpkg",
        "SELECT count(*) FROM tree_visits WHERE tree_global_id NOT IN (SELECT global_id "
        "FROM trees)");
    CHECK(orphans == "0");
    CHECK(day.text_of("day.gpkg", "SELECT count(*) > 0 FROM tree_visits") == "1");
    CHECK(day.text_of("day.gpkg", "SELECT name FROM rhumb_relationship") == "inspections");
    std::filesystem::copy_file(day.folder / "day.gpkg", day.folder / "copy.gpkg");
    const wire::Json made = day.done({"register", "copy.gpkg", "--json"}).json();
    CHECK(at(made, "replicaId") != at(made, "copyOf"));
    day.done({"sync", "copy.gpkg", "--direction", "snapshot"});
    day.done({"sync", "copy.gpkg", "--close"});
}

TEST_CASE("edits are logged with before and now", "[tool]") {
    Day day;
    day.take_offline();
    const std::string changed = day.some_tree(0);
    const std::string gone = day.some_tree(1);
    day.done({"edit", "day.gpkg", "trees", "--update", changed, R"({"dbh_in":44})"});
    day.done({"edit", "day.gpkg", "0", "--delete", gone});
    const wire::Json made =
        day.done({"edit", "day.gpkg", "trees", "--json", "--insert",
                  R"({"attributes":{"species":"Acer","plant_date":"2026-01-02"},)"
                  R"("geometry":{"type":"Point","coordinates":[-122.4,37.7]}})"})
            .json();
    const wire::Json log = day.done({"log", "day.gpkg", "--json"}).json();
    REQUIRE(log.as_array("log").size() == 3);
    CHECK(at(log, 0, "globalId") == wire::Json(changed));
    CHECK(at(log, 0, "now", "dbh_in") == wire::Json(44));
    CHECK(at(log, 1, "edit") == wire::Json("delete"));
    CHECK(at(log, 1, "now").is_null());
    CHECK(at(log, 2, "globalId") == at(made, "globalId"));
    CHECK(at(log, 2, "now", "plant_date") == wire::Json(1767312000000));
    CHECK_THAT(day.done({"log", "day.gpkg"}).out, Catch::Contains("2026-01-02"));
    CHECK(at(day.done({"status", "day.gpkg", "--json"}).json(), "pending") == wire::Json(3));
}

TEST_CASE("a synchronization brings both ends into agreement and says what it did", "[tool]") {
    Day day;
    day.take_offline();
    day.done({"edit", "day.gpkg", "trees", "--insert", R"({"species":"Acer"})"});
    day.done({"edit", "day.gpkg", "trees", "--delete", day.some_tree(5)});
    CHECK(day.run({"diff", "city.gpkg", "day.gpkg"}).exit_code == 1);
    const wire::Json report = day.done({"sync", "day.gpkg", "--json"}).json();
    CHECK(at(report, "layers", 0, "sent", "inserts") == wire::Json(1));
    CHECK(at(report, "layers", 0, "sent", "deletes") == wire::Json(1));
    CHECK(number(report, "bytesUp") > 0);
    const auto agreed = day.done({"diff", "city.gpkg", "day.gpkg"});
    CHECK_THAT(agreed.out, Catch::Contains("the files agree"));
    CHECK_THAT(day.done({"log", "day.gpkg"}).out, Catch::Contains("no pending edits"));
}

TEST_CASE("a conflict is told, kept, and no failure", "[tool]") {
    Day day;
    day.take_offline();
    const std::string tree = day.some_tree(3);
    day.done({"edit", "city.gpkg", "trees", "--update", tree, R"({"species":"theirs"})"});
    day.done({"edit", "day.gpkg", "trees", "--update", tree, R"({"species":"mine"})"});
    const auto result = day.done({"sync", "day.gpkg"});
    CHECK_THAT(result.out, Catch::Contains("1 conflict") && Catch::Contains("mine") &&
                               Catch::Contains("theirs") && Catch::Contains(tree));
    const wire::Json kept = day.done({"log", "day.gpkg", "--conflicts", "--json"}).json();
    CHECK(at(kept, 0, "column") == wire::Json("species"));
    CHECK(at(kept, 0, "theirs") == wire::Json("theirs"));
}

TEST_CASE("edits that the service rejects are told with its reason, and no failure", "[tool]") {
    Day day;
    day.take_offline();
    const std::string tree = day.some_tree(3);
    day.execute("city.gpkg",
                "CREATE TRIGGER nobodys BEFORE UPDATE ON trees WHEN NEW.species = 'mine' BEGIN "
                "SELECT RAISE(ABORT, 'a tree is nobody''s'); END");
    day.done({"edit", "day.gpkg", "trees", "--update", tree, R"({"species":"mine"})"});
    const auto result = day.done({"sync", "day.gpkg", "--direction", "upload"});
    CHECK_THAT(result.out, Catch::Contains("1 edit rejected") && Catch::Contains(tree));
    const wire::Json kept = day.done({"log", "day.gpkg", "--rejected", "--json"}).json();
    CHECK(at(kept, 0, "globalId") == wire::Json(tree));
    CHECK_FALSE(at(kept, 0, "reason").text()->empty());
}

TEST_CASE("an unregistered replica is a plain geodatabase", "[tool]") {
    Day day;
    day.take_offline();
    CHECK_THAT(day.done({"unregister", "day.gpkg"}).out, Catch::Contains("is unregistered"));
    CHECK(at(day.done({"status", "day.gpkg", "--json"}).json(), "state") ==
          wire::Json("unregistered"));
    const auto refused = day.run({"sync", "day.gpkg"});
    CHECK(refused.exit_code == 1);
    CHECK_THAT(refused.err, Catch::Contains("was unregistered"));
}

TEST_CASE("two that make a replica of one name: one wins, the other is told, and no file is harmed",
          "[tool]") {
    Day day;
    day.office.emplace(day);
    const Arguments replicate{"replicate", day.office->url(), "day.gpkg"};
    const auto make = [&] { return day.run(replicate); };
    auto first = std::async(std::launch::async, make);
    const ToolResult second = make();
    const ToolResult other = first.get();
    const ToolResult& loser = second.exit_code == 0 ? other : second;
    CHECK(second.exit_code + other.exit_code == 1);
    INFO(loser.err);
    CHECK((loser.err.find("is being made by another") != std::string::npos ||
           loser.err.find("there is a file") != std::string::npos));
    CHECK(at(day.done({"status", "day.gpkg", "--json"}).json(), "state") == wire::Json("ready"));
    CHECK(day.done({"sync", "day.gpkg"}).exit_code == 0);
    CHECK_FALSE(std::filesystem::exists(day.folder / "day.gpkg.making-lock"));
}

TEST_CASE("a service follows another: its data set published, edits carried both ways", "[tool]") {
    Day day;
    day.office.emplace(day);
    day.done({"replicate", day.office->url(), "branch.gpkg", "--target", "server"});
    const std::string id = day.replica_in("branch.gpkg");
    CHECK(day.run({"sync", "branch.gpkg"}).exit_code == 1);
    std::optional<Served> branch(std::in_place, day, "branch.gpkg");
    day.execute("branch.gpkg", "UPDATE tree_visits SET notes = 'from the branch' WHERE fid = 1");
    day.execute("city.gpkg", "UPDATE tree_visits SET notes = 'from the city' WHERE fid = 2");
    const Arguments relay{"relay", day.office->url(), branch->url(), "--replica",
                          id,      "--both",          "--json"};
    const wire::Json carried = day.done(relay).json();
    CHECK(at(carried, 0, "from") == wire::Json(branch->url()));
    CHECK(at(carried, 1, "to") == wire::Json(branch->url()));
    CHECK_FALSE(std::filesystem::exists(day.folder / ("relay-" + id.substr(1, 36) + ".gpkg")));
    CHECK_THAT(day.done({"relay", day.office->url(), branch->url(), "--replica", id, "--both"}).out,
               Catch::Contains("nothing new"));
    branch->stop();
    day.office->stop();
    CHECK(day.run({"diff", "city.gpkg", "branch.gpkg"}).exit_code == 0);
    CHECK(day.text_of("city.gpkg", "SELECT notes FROM tree_visits WHERE fid = 1") ==
          "from the branch");
}

TEST_CASE("a difference is named by layer, GlobalID, column and both values", "[tool]") {
    Day day;
    std::filesystem::copy(day.folder / "city.gpkg", day.folder / "day.gpkg");
    const std::string tree = day.some_tree(2);
    day.done({"edit", "day.gpkg", "trees", "--update", tree, R"({"species":"Acer"})"});
    const auto result = day.run({"diff", "city.gpkg", "day.gpkg"});
    CHECK(result.exit_code == 1);
    CHECK(result.err.empty());
    CHECK_THAT(result.out, Catch::Contains(tree + " species: ") && Catch::Contains("| \"Acer\"") &&
                               Catch::Contains("layer trees: 1062 features the same, 1 different"));
    const wire::Json json = day.run({"diff", "city.gpkg", "day.gpkg", "--json"}).json();
    CHECK(at(json, "layers", 0, "differences", 0, "b") == wire::Json("Acer"));
}

TEST_CASE("every command has help with exit code 0", "[tool]") {
    const Bench bench;
    CHECK_THAT(bench.done({"--help"}).out, Catch::Contains("Exit codes"));
    CHECK_THAT(bench.done({"--version"}).out, Catch::StartsWith("rhumb "));
    for (const char* command : {"import", "serve", "replicate", "edit", "sync", "status", "log",
                                "diff", "unregister", "relay"}) {
        CHECK_THAT(bench.done({command, "--help"}).out, Catch::Contains("Usage: rhumb"));
    }
}

TEST_CASE("a synchronization that is interrupted keeps everything and goes on when called again",
          "[tool]") {
    const Bench bench;
    Office office;
    HeldRequest asked;
    std::atomic<bool> hold{false};
    LoopbackServer server([&](const http::Request& request) {
        if (hold && request.path().ends_with("/synchronizeReplica")) asked.hold();
        return office.handle(request);
    });
    bench.done({"replicate", server.url(Office::kService), "day.gpkg"});
    bench.done({"edit", "day.gpkg", "trees", "--insert", R"({"species":"oak"})"});

    hold = true;
    RunningTool cut(bench.folder.path(), {"sync", "day.gpkg"});
    asked.await();
    cut.signal(SIGINT);
    const ToolResult result = cut.wait();
    asked.let_go();
    CHECK(result.exit_code == 1);
    CHECK(result.err ==
          "rhumb: 'day.gpkg': interrupted; nothing is lost, `rhumb sync day.gpkg` "
          "goes on\n");

    bench.done({"sync", "day.gpkg"});
    const auto same = bench.done({"diff", office.file().string(), "day.gpkg"});
    CHECK_THAT(same.out, Catch::Contains("layer trees: 1 feature the same"));
}

TEST_CASE("a replica that was interrupted while it was made is gone on with", "[tool]") {
    const Bench bench;
    Office office;
    office.add("trees", {{"species", "oak"}});
    HeldRequest asked;
    LoopbackServer server([&](const http::Request& request) {
        if (request.path().ends_with("/createReplica")) asked.hold();
        return office.handle(request);
    });
    RunningTool cut(bench.folder.path(), {"replicate", server.url(Office::kService), "day.gpkg"});
    asked.await();
    cut.signal(SIGTERM);
    const ToolResult result = cut.wait();
    asked.let_go();
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.err, Catch::Contains("`rhumb sync day.gpkg` goes on"));
    CHECK(at(bench.done({"status", "day.gpkg", "--json"}).json(), "state") ==
          wire::Json("half-made"));

    bench.done({"replicate", server.url(Office::kService), "day.gpkg"});
    CHECK(bench.done({"diff", office.file().string(), "day.gpkg"}).exit_code == 0);
    CHECK(at(office.get("/replicas")).as_array("replicas").size() == 1);
}

TEST_CASE("conflicts are listed, shown and decided", "[tool]") {
    Day day;
    day.take_offline({"--policy", "0=ask"});
    const std::string tree = day.some_tree(0);
    day.done({"edit", "day.gpkg", "trees", "--update", tree, R"({"species":"mine"})"});
    day.execute("city.gpkg",
                "UPDATE trees SET species = 'theirs' WHERE global_id = '" + tree + "'");
    CHECK_THAT(day.done({"sync", "day.gpkg"}).out, Catch::Contains("1 conflict"));

    CHECK_THAT(day.done({"conflicts", "day.gpkg"}).out,
               Catch::Contains("1 open") && Catch::Contains("mine") && Catch::Contains("theirs"));
    CHECK_THAT(day.done({"conflicts", "day.gpkg", "show", "1"}).out,
               Catch::Contains("policy ask") && Catch::Contains("base:"));
    const auto json =
        wire::parse_json(day.done({"conflicts", "day.gpkg", "show", "1", "--json"}).out, "output");
    CHECK(json.require("state", "output").as_string("state") == "open");
    day.done({"conflicts", "day.gpkg", "resolve", "1", "--value", "\"both\""});
    day.done({"sync", "day.gpkg", "--policy", "trees=service"});
    CHECK(day.text_of("city.gpkg", "SELECT species FROM trees WHERE global_id = '" + tree + "'") ==
          "both");
    CHECK_THAT(day.done({"conflicts", "day.gpkg"}).out, Catch::Contains("took a value"));
    CHECK_THAT(day.run({"conflicts", "day.gpkg", "resolve", "7", "--take", "mine"}).err,
               Catch::Contains("number 7"));
    CHECK(day.run({"conflicts", "day.gpkg", "resolve", "1"}).exit_code == 2);
    CHECK(day.run({"conflicts", "day.gpkg", "shout"}).exit_code == 2);
    CHECK(day.run({"sync", "day.gpkg", "--policy", "trees=mine"}).exit_code == 2);
    CHECK_THAT(day.run({"sync", "day.gpkg", "--policy", "bushes=ask"}).err,
               Catch::Contains("bushes"));
}

TEST_CASE("rejected edits are listed, retried, exported and dropped", "[tool]") {
    Day day;
    day.execute("city.gpkg",
                "CREATE TRIGGER no_palms BEFORE UPDATE ON trees WHEN NEW.species = 'palm' "
                "BEGIN SELECT RAISE(ABORT, 'no palms'); END");
    day.take_offline();
    const std::string tree = day.some_tree(0);
    const std::string species = "SELECT species FROM trees WHERE global_id = '" + tree + "'";
    const std::string before = day.text_of("day.gpkg", species);
    day.done({"edit", "day.gpkg", "trees", "--update", tree, R"({"species":"palm"})"});
    CHECK_THAT(day.run({"sync", "day.gpkg", "--rollback-on-failure"}).err,
               Catch::Contains(tree) && Catch::Contains("no palms") && Catch::Contains("park"));
    day.done({"rejected", "day.gpkg", "park", "1"});
    day.done({"sync", "day.gpkg", "--rollback-on-failure"});
    CHECK_THAT(day.done({"rejected", "day.gpkg"}).out,
               Catch::Contains("1 parked") && Catch::Contains("no palms"));
    CHECK_THAT(day.done({"rejected", "day.gpkg", "show", "1"}).out, Catch::Contains("palm"));
    day.done({"rejected", "day.gpkg", "retry", "1"});
    CHECK_THAT(day.done({"sync", "day.gpkg"}).out, Catch::Contains("rejected by the service"));
    const auto json = wire::parse_json(day.done({"rejected", "day.gpkg", "--json"}).out, "output");
    CHECK(json.array()->at(0).require("attempts", "output").as_int64("attempts") == 2);
    day.done({"rejected", "day.gpkg", "export", "refused.geojson"});
    CHECK_THAT(read_file(day.folder / "refused.geojson"), Catch::Contains("no palms"));
    day.done({"rejected", "day.gpkg", "take-theirs", "1"});
    CHECK(day.text_of("day.gpkg", species) == before);
    CHECK_THAT(day.done({"rejected", "day.gpkg"}).out, Catch::Contains("no rejected edits"));
    CHECK_THAT(day.run({"rejected", "day.gpkg", "drop", "9"}).err, Catch::Contains("number 9"));
    CHECK(day.run({"rejected", "day.gpkg", "retry"}).exit_code == 2);
    CHECK(day.run({"rejected", "day.gpkg", "export"}).exit_code == 2);
}

TEST_CASE("a replica whose making was killed before its first note is made by the same command",
          "[tool]") {
    Day day;
    const std::filesystem::path file = day.folder / "day.gpkg";
    SECTION("nothing is in the file") {
        FileWriter(file, FileWriter::Mode::Replace).close_durably();
    }
    SECTION("no layer and no note is in it") {
        TestWorld world;
        geodb::Geodatabase::create(file, world.world());
    }
    day.take_offline();
    CHECK(day.done({"diff", "city.gpkg", "day.gpkg"}).exit_code == 0);
}
