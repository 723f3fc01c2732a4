// SPDX-License-Identifier: Apache-2.0
//
// What the program tells about an edit that is not where it should be, and what it saves of a
// damaged replica.
#include "platform/files.hpp"
#include "tests/platform/http/http_fixture.hpp"
#include "tests/runtime/tool_fixture.hpp"
#include "tests/support/office.hpp"

#include <algorithm>
#include <fstream>

using namespace rhumb;
using namespace rhumb::test;

namespace {

struct Day : Bench {
    Day() { make_city(); }
    std::optional<Served> office;

    void take_offline() {
        office.emplace(*this);
        done({"replicate", office->url(), "day.gpkg"});
    }
    std::string some_tree(int n) const {
        return text_of("day.gpkg", "SELECT global_id FROM trees ORDER BY fid LIMIT 1 OFFSET " +
                                       std::to_string(n));
    }
    void edit(const std::string& tree, const std::string& values) const {
        done({"edit", "day.gpkg", "trees", "--update", tree, values});
    }
    std::string why(const std::string& tree) const {
        const auto facts = done({"explain", "day.gpkg", "trees", tree, "--json"}).json();
        return std::string(at(facts, "why").as_string("why"));
    }
    void refuses(const Arguments& arguments, const std::string& word) const {
        const ToolResult result = run(arguments);
        CHECK(result.exit_code == 1);
        CHECK(result.err.substr(0, 7) == "rhumb: ");
        CHECK_THAT(result.err, Catch::Contains(word));
    }
};

/// Bytes of a page are overwritten, as a dying card does it.
void damage_page(const std::filesystem::path& file, std::int64_t page, std::int64_t page_bytes) {
    std::fstream bytes(file, std::ios::binary | std::ios::in | std::ios::out);
    bytes.seekp((page - 1) * page_bytes);
    bytes << std::string(static_cast<std::size_t>(page_bytes), '\xFF');
}

}  // namespace

TEST_CASE("explain tells how far an edit came and what is missing for the next step", "[tool]") {
    Day day;
    day.take_offline();
    const std::string tree = day.some_tree(3);
    CHECK_THAT(day.why(tree), Catch::Contains("it is on the server"));
    day.edit(tree, R"({"species":"Acer"})");
    CHECK_THAT(day.why(tree), Catch::Contains("has not been sent"));
    CHECK_THAT(day.done({"explain", "day.gpkg", "trees", tree}).out,
               Catch::Contains("edited here") && Catch::Contains("generation 1"));
    day.done({"sync", "day.gpkg"});
    CHECK_THAT(day.why(tree), Catch::Contains("it is on the server"));
    day.execute("day.gpkg", "UPDATE rhumb_replica_layer SET stopped = 'field ''dbh'' is gone'");
    CHECK_THAT(day.why(tree), Catch::Contains("field 'dbh' is gone"));
}

TEST_CASE("explain tells the service's reason for a refused edit", "[tool]") {
    Day day;
    day.execute("city.gpkg",
                "CREATE TRIGGER no_palms BEFORE UPDATE ON trees WHEN NEW.species = 'palm' BEGIN "
                "SELECT RAISE(ABORT, 'no palms here'); END");
    day.take_offline();
    const std::string tree = day.some_tree(3);
    day.edit(tree, R"({"species":"palm"})");
    day.done({"sync", "day.gpkg"});
    CHECK_THAT(day.why(tree), Catch::Contains("no palms here"));
    CHECK_THAT(day.done({"explain", "day.gpkg", "trees", tree}).out,
               Catch::Contains("rejected") && Catch::Contains("1 attempt"));
}

TEST_CASE("explain says what it was not given", "[tool]") {
    Day day;
    day.refuses({"explain", "city.gpkg", "trees", "{72E40000-0000-4000-8000-000000000001}"},
                "no replica");
    day.take_offline();
    day.refuses({"explain", "day.gpkg", "trees", "oak"}, "'oak' is no GlobalID");
    day.refuses({"explain", "day.gpkg", "shrubs", day.some_tree(0)}, "shrubs");
    day.refuses({"explain", "day.gpkg", "trees", "{72E40000-0000-4000-8000-000000000001}"},
                "has no feature");
}

TEST_CASE("a replica that the service has forgotten is made anew with --renew", "[tool]") {
    Day day;
    day.take_offline();
    const std::string tree = day.some_tree(3);
    day.edit(tree, R"({"species":"Acer"})");
    std::filesystem::copy_file(day.folder / "day.gpkg", day.folder / "copy.gpkg");
    day.done({"unregister", "copy.gpkg"});
    day.refuses({"sync", "day.gpkg"}, "--renew");
    CHECK_THAT(day.done({"sync", "day.gpkg", "--renew"}).out, Catch::Contains("made anew"));
    CHECK(day.text_of("city.gpkg", "SELECT species FROM trees WHERE global_id = '" + tree + "'") ==
          "Acer");
}

TEST_CASE("verify names the rows in which replica and service differ, pending edits laid aside",
          "[tool]") {
    Day day;
    day.take_offline();
    const std::string edited = day.some_tree(2);
    day.edit(edited, R"({"species":"Acer"})");
    CHECK_THAT(day.done({"verify", "day.gpkg"}).out, Catch::Contains("agree"));
    const std::string lost = day.some_tree(3);
    const std::string wrong = day.some_tree(4);
    day.execute("day.gpkg",
                "DELETE FROM trees WHERE global_id = '" + lost +
                    "'; UPDATE trees SET species = 'flipped' WHERE global_id = '" + wrong +
                    "'; DELETE FROM rhumb_edit_0 WHERE fid IN (SELECT fid FROM trees WHERE "
                    "global_id = '" +
                    wrong + "') OR fid NOT IN (SELECT fid FROM trees)");
    const ToolResult result = day.run({"verify", "day.gpkg"});
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.out, Catch::Contains(lost + " only in the service") &&
                               Catch::Contains(wrong + " different") &&
                               Catch::Contains("2 differ"));
    CHECK_THAT(result.out, !Catch::Contains(edited));
    day.refuses({"verify", "city.gpkg"}, "no replica");
    day.execute("day.gpkg", "UPDATE rhumb_replica SET speaks_rhumb = 0");
    const ToolResult by_queries = day.run({"verify", "day.gpkg"});
    CHECK(by_queries.exit_code == 1);
    CHECK_THAT(by_queries.out, Catch::Contains(lost + " only in the service") &&
                                   Catch::Contains(wrong + " different: species") &&
                                   Catch::Contains("2 differ"));
    CHECK_THAT(by_queries.out, !Catch::Contains(edited));
}

TEST_CASE("a replica in another reference than its service verifies after its edits went up",
          "[tool]") {
    Day day;
    day.office.emplace(day);
    day.done({"replicate", day.office->url(), "day.gpkg", "--replica-crs", "3857"});
    day.done({"edit", "day.gpkg", "trees", "--insert",
              R"({"species":"Quercus","geometry":{"x":-13627665.271,"y":4547675.353}})"});
    day.done({"sync", "day.gpkg"});
    day.done({"verify", "day.gpkg"});
    const std::string wrong = day.some_tree(3);
    day.execute("city.gpkg", "UPDATE trees SET species = 'x' WHERE global_id = '" + wrong + "'");
    const ToolResult result = day.run({"verify", "day.gpkg"});
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.out, Catch::Contains(wrong + " different: species"));
}

TEST_CASE("the pending edits of a sound replica are rescued whole", "[tool]") {
    Day day;
    day.take_offline();
    const std::string changed = day.some_tree(3);
    const std::string gone = day.some_tree(4);
    day.edit(changed, R"({"species":"Acer"})");
    day.done({"edit", "day.gpkg", "trees", "--delete", gone});
    day.done({"edit", "day.gpkg", "trees", "--insert", R"({"species":"Quercus"})"});
    const std::string before = read_file(day.folder / "day.gpkg");
    const auto result = day.done({"rescue", "day.gpkg", "out.gpkg"});
    CHECK_THAT(result.out, Catch::Contains("1 insert") && Catch::Contains("1 update") &&
                               Catch::Contains("1 delete"));
    const auto kind_of = [&](const std::string& id) {
        return day.text_of("out.gpkg",
                           "SELECT rhumb_kind || ' ' || coalesce(species, '') FROM "
                           "trees_pending WHERE global_id = '" +
                               id + "'");
    };
    CHECK(kind_of(changed) == "update Acer");
    CHECK_THAT(kind_of(gone), Catch::StartsWith("delete "));
    CHECK(
        day.text_of("out.gpkg", "SELECT species FROM trees_pending WHERE rhumb_kind = 'insert'") ==
        "Quercus");
    CHECK(read_file(day.folder / "day.gpkg") == before);
    day.refuses({"rescue", "day.gpkg", "out.gpkg"}, "already");
    day.refuses({"rescue", "none.gpkg", "new.gpkg"}, "none.gpkg");
    CHECK_FALSE(std::filesystem::exists(day.folder / "new.gpkg"));
}

TEST_CASE("whatever page of a replica is damaged, the other edits are rescued and the loss is told",
          "[tool]") {
    Day day;
    day.take_offline();
    day.execute("day.gpkg", "UPDATE trees SET species = 'rescued ' || fid");
    const auto edits = std::stoll(day.text_of("day.gpkg", "SELECT count(*) FROM trees"));
    const auto page_bytes = std::stoll(day.text_of("day.gpkg", "PRAGMA page_size"));
    // A leaf of the layer and one of its log, somewhere in the middle.
    for (const char* table : {"trees", "rhumb_edit_0"}) {
        INFO(table);
        const auto page = day.text_of(
            "day.gpkg", std::string("SELECT pageno FROM dbstat WHERE name = '") + table +
                            "' AND pagetype = 'leaf' ORDER BY path LIMIT 1 OFFSET 5");
        if (page.empty()) continue;  // this SQLite has no dbstat
        std::filesystem::copy_file(day.folder / "day.gpkg", day.folder / "damaged.gpkg",
                                   std::filesystem::copy_options::overwrite_existing);
        damage_page(day.folder / "damaged.gpkg", std::stoll(page), page_bytes);
        const std::string before = read_file(day.folder / "damaged.gpkg");
        const ToolResult result = day.run({"rescue", "damaged.gpkg", "out.gpkg", "--json"});
        INFO(result.err << result.out);
        CHECK(result.exit_code == 1);
        const wire::Json facts = result.json();
        const auto saved = at(facts, "edits").as_int64("edits");
        CHECK(saved < edits);
        CHECK(saved > edits * 3 / 4);
        CHECK_FALSE(at(facts, "layers", 0, "lost").as_array("lost").empty());
        CHECK(read_file(day.folder / "damaged.gpkg") == before);
        std::filesystem::remove(day.folder / "out.gpkg");
    }
}

TEST_CASE("of a replica that was cut off the edits in what is left are rescued", "[tool]") {
    Day day;
    day.take_offline();
    day.execute("day.gpkg", "UPDATE trees SET species = 'rescued ' || fid");
    const auto edits = std::stoll(day.text_of("day.gpkg", "SELECT count(*) FROM trees"));
    // At the end stand the last pages of the log.
    const std::string whole = read_file(day.folder / "day.gpkg");
    write_file(day.folder / "cut.gpkg", whole.substr(0, whole.size() - 20'000));
    const ToolResult result = day.run({"rescue", "cut.gpkg", "out.gpkg", "--json"});
    INFO(result.err << result.out);
    CHECK(result.exit_code == 1);
    const auto saved = at(result.json(), "edits").as_int64("edits");
    CHECK(saved < edits);
    CHECK(saved > edits / 2);
}

TEST_CASE("a file that is no replica at all is not rescued, and leaves nothing behind", "[tool]") {
    Day day;
    write_file(day.folder / "noise.gpkg", std::string(5000, 'x'));
    day.refuses({"rescue", "noise.gpkg", "out.gpkg"}, "noise.gpkg");
    CHECK_FALSE(std::filesystem::exists(day.folder / "out.gpkg"));
    CHECK_FALSE(std::filesystem::exists(day.folder / "out.gpkg.damaged"));
}
