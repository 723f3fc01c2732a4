// SPDX-License-Identifier: Apache-2.0
//
// One change of the service under pending edits, through the tables of a device.
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "sync/replica/change_applier.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::sync;
using namespace rhumb::test;

namespace {

/// A device whose "trees" came from a service: one oak, nothing pending.
struct Orchard {
    TempFolder folder;
    TestWorld world;
    Geodatabase file = Geodatabase::create(folder / "device.gpkg", world.world());
    GlobalId oak;
    std::vector<Conflict> conflicts;

    Orchard() {
        make_layer(file, trees_plan());
        oak = add_feature(file, "trees", {{"species", "oak"}, {"dbh", 3.0}}, point(1, 2));
        file.database().execute("DELETE FROM rhumb_edit_0");
    }
    const Layer& trees() { return file.layer("trees"); }

    void service_says(const GlobalId& feature, const std::string& attributes,
                      const std::string& more = "") {
        apply([&](ChangeApplier& applier) {
            applier.put(wire::parse_json("{\"attributes\":{\"global_id\":\"" +
                                             feature.value.braced() + "\"," + attributes + "}" +
                                             more + "}",
                                         "feature"));
        });
    }
    void service_deletes(const GlobalId& feature) {
        apply([&](ChangeApplier& applier) { applier.erase(feature); });
    }
    template <class Change>
    void apply(const Change& change) {
        sqlite::Transaction transaction(file.database());
        ChangeApplier applier(
            file, trees(), [&](Conflict&& conflict) { conflicts.push_back(std::move(conflict)); });
        change(applier);
        transaction.commit();
    }
    std::vector<NetEdit> pending() {
        std::vector<NetEdit> edits;
        NetEdits(file.database(), trees()).each({}, [&](NetEdit&& edit) { edits.push_back(edit); });
        return edits;
    }
    void next_generation() {
        sqlite::Transaction transaction(file.database());
        file.timeline().close({}, 1, 0);
        transaction.commit();
    }
    /// "oak 3", or "" when there is no such feature.
    std::string tree(const GlobalId& feature) {
        return file.database()
            .text_of("SELECT species || ' ' || dbh FROM trees WHERE global_id = '" +
                     feature.value.braced() + "'")
            .value_or("");
    }
};

}  // namespace

TEST_CASE("a feature without pending edits takes the service's row and is not pending after",
          "[rebase]") {
    Orchard orchard;
    orchard.service_says(orchard.oak, R"("species":"elm","dbh":4.5)");
    CHECK(orchard.tree(orchard.oak) == "elm 4.5");
    CHECK(orchard.pending().empty());
    orchard.service_deletes(orchard.oak);
    CHECK(orchard.tree(orchard.oak).empty());
    CHECK(orchard.pending().empty());
    CHECK(orchard.conflicts.empty());
}

TEST_CASE("edits of different columns are merged, and only ours stays pending", "[rebase]") {
    Orchard orchard;
    update_feature(orchard.file, "trees", orchard.oak, {{"dbh", 7.0}});
    orchard.service_says(orchard.oak, R"("species":"elm","dbh":3)");
    CHECK(orchard.tree(orchard.oak) == "elm 7.0");
    const auto pending = orchard.pending();
    REQUIRE(pending.size() == 1);
    CHECK(pending[0].changed == std::vector<std::size_t>{2});
    CHECK(orchard.conflicts.empty());
}

TEST_CASE("of one column changed on both sides the device's value stays and both are told",
          "[rebase]") {
    Orchard orchard;
    update_feature(orchard.file, "trees", orchard.oak, {{"species", "ash"}});
    orchard.service_says(orchard.oak, R"("species":"elm")");
    orchard.service_says(orchard.oak, R"("species":"elm")");  // the download came twice
    CHECK(orchard.tree(orchard.oak) == "ash 3.0");
    REQUIRE(orchard.conflicts.size() == 1);
    CHECK(orchard.conflicts[0].column == "species");
    CHECK(orchard.conflicts[0].base == "\"oak\"");
    CHECK(orchard.conflicts[0].mine == "\"ash\"");
    CHECK(orchard.conflicts[0].theirs == "\"elm\"");
    REQUIRE(orchard.pending().size() == 1);
    CHECK(orchard.pending()[0].before[1] == Value{"elm"});
}

TEST_CASE("the same value on both sides is no conflict and nothing to send", "[rebase]") {
    Orchard orchard;
    update_feature(orchard.file, "trees", orchard.oak, {{"species", "elm"}});
    orchard.service_says(orchard.oak, R"("species":"elm")");
    CHECK(orchard.conflicts.empty());
    CHECK(orchard.pending().empty());
}

TEST_CASE("a feature deleted there and changed here becomes an insert again", "[rebase]") {
    Orchard orchard;
    update_feature(orchard.file, "trees", orchard.oak, {{"species", "ash"}});
    orchard.service_deletes(orchard.oak);
    CHECK(orchard.tree(orchard.oak) == "ash 3.0");
    REQUIRE(orchard.pending().size() == 1);
    CHECK(orchard.pending()[0].kind == NetEdit::Kind::Insert);
    REQUIRE(orchard.conflicts.size() == 1);
    CHECK(orchard.conflicts[0].column.empty());
    CHECK(orchard.conflicts[0].theirs.empty());
}

TEST_CASE("a feature deleted on both sides is no conflict", "[rebase]") {
    Orchard orchard;
    erase_feature(orchard.file, "trees", orchard.oak);
    orchard.service_deletes(orchard.oak);
    CHECK(orchard.pending().empty());
    CHECK(orchard.conflicts.empty());
}

TEST_CASE("a feature deleted here and changed there stays deleted, with their row told",
          "[rebase]") {
    Orchard orchard;
    erase_feature(orchard.file, "trees", orchard.oak);
    orchard.service_says(orchard.oak, R"("species":"elm")");
    CHECK(orchard.tree(orchard.oak).empty());
    REQUIRE(orchard.pending().size() == 1);
    CHECK(orchard.pending()[0].kind == NetEdit::Kind::Delete);
    CHECK(orchard.pending()[0].before[1] == Value{"elm"});
    REQUIRE(orchard.conflicts.size() == 1);
    CHECK_THAT(orchard.conflicts[0].theirs, Catch::Contains("elm"));
}

TEST_CASE("a feature deleted here and sent again unchanged is no conflict", "[rebase]") {
    Orchard orchard;
    erase_feature(orchard.file, "trees", orchard.oak);
    orchard.service_says(orchard.oak, R"("species":"oak","dbh":3)");
    CHECK(orchard.conflicts.empty());
    CHECK(orchard.pending().size() == 1);
}

TEST_CASE("an insert that arrived although its answer was lost becomes an update or nothing",
          "[rebase]") {
    Orchard orchard;
    const GlobalId elm =
        add_feature(orchard.file, "trees", {{"species", "elm"}, {"dbh", 5.0}}, point(3, 4));
    SECTION("unchanged since") {
        orchard.service_says(elm, R"("species":"elm","dbh":5,"planted":null,"site_order":null)",
                             R"(,"geometry":{"x":3,"y":4})");
        CHECK(orchard.pending().empty());
    }
    SECTION("changed since") {
        orchard.next_generation();
        update_feature(orchard.file, "trees", elm, {{"dbh", 6.0}});
        orchard.service_says(elm, R"("species":"elm","dbh":5)");
        REQUIRE(orchard.pending().size() == 1);
        CHECK(orchard.pending()[0].kind == NetEdit::Kind::Update);
        CHECK(orchard.pending()[0].changed == std::vector<std::size_t>{2});
    }
    SECTION("deleted since") {
        orchard.next_generation();
        erase_feature(orchard.file, "trees", elm);
        orchard.service_says(elm, R"("species":"elm","dbh":5)");
        REQUIRE(orchard.pending().size() == 1);
        CHECK(orchard.pending()[0].kind == NetEdit::Kind::Delete);
        CHECK(orchard.pending()[0].feature == elm);
    }
    CHECK(orchard.conflicts.empty());
}

TEST_CASE("a feature of the service without GlobalID is refused by name", "[rebase]") {
    Orchard orchard;
    CHECK_THROWS_WITH(orchard.apply([](ChangeApplier& applier) {
        applier.put(wire::parse_json(R"({"attributes":{"species":"elm"}})", "feature"));
    }),
                      Catch::Contains("trees") && Catch::Contains("GlobalID"));
}
