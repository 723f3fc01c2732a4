// SPDX-License-Identifier: Apache-2.0
//
// What may be wished for a replica, as stories of devices and their service.
#include "geodb/relationships/relationship.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "sync/client/verify.hpp"
#include "sync/replica/replica_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"

#include <algorithm>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::QueryOption;
using wire::SyncDirection;
using wire::SyncModel;

namespace {

struct Crew {
    Office office;
    GlobalId oak = office.add("trees", {{"species", "oak"}, {"dbh", 3.0}}, point(1, 1));
    GlobalId elm = office.add("trees", {{"species", "elm"}, {"dbh", 5.0}}, point(9, 9));

    void relate(bool composite) {
        {
            Geodatabase file = office.open_file();
            sqlite::Transaction transaction(file.database());
            RelationshipPlan plan{file.layer("trees").id, file.layer("visits").id, "global_id",
                                  "tree", "TreeVisits"};
            plan.composite = composite;
            add_relationship(file, plan);
            transaction.commit();
        }
        office.restart();
    }
    GlobalId visit(const GlobalId& tree, const char* note) {
        return office.add("visits", {{"tree", tree.value.braced()}, {"note", std::string(note)}});
    }
};

std::int64_t rows(Geodatabase& file, const std::string& table) {
    return file.database().int64_of("SELECT count(*) FROM " + table).value_or(-1);
}

sync::CreateOptions near_the_origin() {
    sync::CreateOptions options;
    options.extent = Envelope{0, 0, 2, 2};
    return options;
}

sync::SyncOptions by(SyncDirection direction) {
    sync::SyncOptions options;
    options.direction = direction;
    return options;
}

}  // namespace

TEST_CASE("a device takes trees of its area and the visits to them", "[sync][related]") {
    Crew crew;
    crew.relate(false);
    crew.visit(crew.oak, "oak visit");
    const GlobalId far = crew.visit(crew.elm, "elm visit");
    Device ana(crew.office, "ana");
    ana.join(near_the_origin());
    CHECK(rows(ana.file(), "visits") == 1);
    const auto related = read_relationships(ana.file().database(), ana.file().layers());
    REQUIRE(related.size() == 1);
    CHECK(related[0].name == "TreeVisits");
    crew.office.update("visits", far, {{"tree", crew.oak.value.braced()}});
    ana.sync();
    CHECK(rows(ana.file(), "visits") == 2);
    crew.office.update("trees", crew.oak, {{"geom", point(7, 7)}});
    ana.sync();
    CHECK(rows(ana.file(), "trees") == 0);
    CHECK(rows(ana.file(), "visits") == 0);
}

TEST_CASE("wishes for a layer go before what is usual", "[sync][related]") {
    Crew crew;
    crew.relate(false);
    crew.visit(crew.oak, "oak visit");
    crew.visit(crew.elm, "elm visit");
    Device ana(crew.office, "ana");
    sync::CreateOptions options = near_the_origin();
    const LayerId visits{1};
    SECTION("all") {
        options.layer_wishes[visits].option = QueryOption::All;
        ana.join(options);
        CHECK(rows(ana.file(), "visits") == 2);
    }
    SECTION("nothing, upload only") {
        options.layer_wishes[visits] = {QueryOption::None, std::nullopt, false};
        ana.join(options);
        CHECK(rows(ana.file(), "visits") == 0);
        ana.add("visits", {{"note", std::string("mine")}});
        ana.sync();
        CHECK(rows(ana.file(), "visits") == 1);
        Geodatabase served = crew.office.open_file();
        CHECK(rows(served, "visits") == 3);
    }
    SECTION("an area that does not count for a layer") {
        options.layer_wishes[LayerId{0}].use_geometry = false;
        ana.join(options);
        CHECK(rows(ana.file(), "trees") == 2);
        CHECK(rows(ana.file(), "visits") == 2);
    }
}

TEST_CASE("an area may have any shape and reference", "[sync]") {
    Crew crew;
    crew.office.add("trees", {{"species", "in the hole"}}, point(1.5, 1.5));
    Device ana(crew.office, "ana");
    sync::CreateOptions options;
    options.area =
        "{\"rings\":[[[0,0],[0,222684],[222639,222684],[222639,0],[0,0]],"
        "[[155847,155847],[178111,155847],[178111,178131],[155847,178131],[155847,155847]]]}";
    options.extent_epsg = 3857;
    ana.join(options);
    CHECK(rows(ana.file(), "trees") == 1);
}

TEST_CASE("children of a tree that is felled go on every side", "[sync][related]") {
    Crew crew;
    crew.relate(true);
    crew.visit(crew.oak, "first");
    Device ana(crew.office, "ana");
    Device ben(crew.office, "ben");
    ana.join();
    ben.join();
    crew.visit(crew.oak, "made meanwhile");
    ana.erase("trees", crew.oak);
    CHECK(rows(ana.file(), "visits") == 0);
    CHECK(ana.pending() == 2);
    ana.sync(by(SyncDirection::Upload));
    ben.sync();
    ana.sync();
    Geodatabase served = crew.office.open_file();
    CHECK(rows(served, "visits") == 0);
    CHECK(content(ana.file(), "visits") == content(served, "visits"));
    CHECK(content(ben.file(), "visits") == content(served, "visits"));
    CHECK(content(ben.file(), "trees") == content(served, "trees"));
}

TEST_CASE("a visit to a tree that was felled meanwhile is kept and told", "[sync][related]") {
    Crew crew;
    crew.relate(true);
    crew.visit(crew.oak, "settled");
    Device ana(crew.office, "ana");
    ana.join();
    const GlobalId mine = ana.add("visits", {{"tree", crew.oak.value.braced()}});
    crew.office.erase("trees", crew.oak);
    const auto report = ana.sync();
    REQUIRE(report.rejected.size() == 1);
    CHECK(report.rejected[0].feature == mine);
    CHECK_THAT(report.rejected[0].reason, Catch::Contains("TreeVisits"));
    CHECK(rows(ana.file(), "visits") == 1);  // hers; the settled one went
    CHECK(rows(ana.file(), "trees") == 1);
}

TEST_CASE("a tree and its visit may be made in one go", "[sync][related]") {
    Crew crew;
    crew.relate(true);
    Device ana(crew.office, "ana");
    ana.join();
    const GlobalId ash = ana.add("trees", {{"species", "ash"}}, point(1, 1));
    ana.add("visits", {{"tree", ash.value.braced()}});
    sync::SyncOptions options;
    options.rollback_on_failure = true;
    CHECK(ana.sync(options).rejected.empty());
    Geodatabase served = crew.office.open_file();
    CHECK(content(ana.file(), "visits") == content(served, "visits"));
}

TEST_CASE("a snapshot brings the layer as it is; what was edited here stays", "[sync][snapshot]") {
    const SyncModel model = GENERATE(SyncModel::PerReplica, SyncModel::PerLayer);
    Crew crew;
    Device ana(crew.office, "ana");
    sync::CreateOptions options;
    options.model = model;
    ana.join(options);
    // Somebody meddled with the file's log, so that a row is here which the service lacks.
    ana.file().database().execute(
        "INSERT INTO trees (species) VALUES ('stray'); DELETE FROM rhumb_edit_0");
    ana.add("trees", {{"species", "mine"}}, point(1, 1));
    ana.update("trees", crew.oak, {{"dbh", 4.0}});
    crew.office.erase("trees", crew.elm);
    crew.office.add("trees", {{"species", "new"}}, point(2, 2));
    ana.sync(by(SyncDirection::Snapshot));
    CHECK(ana.file().database().int64_of("SELECT count(*) FROM trees WHERE species = 'stray'") ==
          0);
    CHECK(rows(ana.file(), "trees") == 3);
    CHECK(ana.pending() == 2);
    ana.sync();
    Geodatabase served = crew.office.open_file();
    CHECK(content(ana.file(), "trees") == content(served, "trees"));
    CHECK(rows(served, "trees") == 3);
}

TEST_CASE("an edit here of what the snapshot lacks is kept as a conflict", "[sync][snapshot]") {
    Crew crew;
    Device ana(crew.office, "ana");
    ana.join();
    ana.update("trees", crew.elm, {{"dbh", 6.0}});
    crew.office.erase("trees", crew.elm);
    const auto report = ana.sync(by(SyncDirection::Snapshot));
    CHECK(report.conflicts.size() == 1);
    CHECK(rows(ana.file(), "trees") == 2);
}

TEST_CASE("one prepared file goes on many devices, each a replica of its own", "[sync][register]") {
    const SyncModel model = GENERATE(SyncModel::PerReplica, SyncModel::PerLayer);
    Crew crew;
    Device prepared(crew.office, "prepared");
    Device ana(crew.office, "ana");
    Device ben(crew.office, "ben");
    sync::CreateOptions options = near_the_origin();
    options.model = model;
    prepared.join(options);
    crew.office.add("trees", {{"species", "ash"}}, point(1.5, 1));
    ana.copy_from(prepared);
    ben.copy_from(prepared);
    prepared.sync();
    crew.office.add("trees", {{"species", "yew"}}, point(1.5, 1));
    prepared.sync();
    ana.register_copy();
    ben.register_copy();
    CHECK(crew.office.get("/replicas").array()->size() == 3);
    ana.add("trees", {{"species", "hers"}}, point(1, 2));
    ben.add("trees", {{"species", "his"}}, point(2, 1));
    ana.sync();
    ben.sync();
    ana.sync();
    prepared.sync();
    CHECK(rows(ana.file(), "trees") == 5);
    CHECK(content(ana.file(), "trees") == content(ben.file(), "trees"));
    CHECK(content(ana.file(), "trees") == content(prepared.file(), "trees"));
}

TEST_CASE("a copy with edits under way is registered without losing or doubling them",
          "[sync][register]") {
    Crew crew;
    Device ana(crew.office, "ana");
    Device copy(crew.office, "copy");
    ana.join();
    ana.add("trees", {{"species", "ash"}}, point(1, 1));
    ana.update("trees", crew.oak, {{"dbh", 4.0}});
    ana.erase("trees", crew.elm);
    SECTION("not sent") {}
    SECTION("sent, the answer lost") {
        ana.link().fail_at(2, LinkFault::Killed);
        CHECK_THROWS_AS(ana.sync(), DeviceKilled);
        ana.restart();
    }
    copy.copy_from(ana);
    ana.sync_stubbornly();
    copy.register_copy();
    const auto report = copy.sync();
    CHECK(report.rejected.empty());
    CHECK(report.conflicts.empty());
    CHECK(copy.pending() == 0);
    Geodatabase served = crew.office.open_file();
    CHECK(rows(served, "trees") == 2);
    CHECK(content(copy.file(), "trees") == content(served, "trees"));
    CHECK(content(ana.file(), "trees") == content(served, "trees"));
}

TEST_CASE("a registration that was cut off leaves one replica", "[sync][register][cut]") {
    const auto fault = GENERATE(LinkFault::RequestLost, LinkFault::AnswerLost, LinkFault::Garbage,
                                LinkFault::BadGateway, LinkFault::Killed);
    const int request = GENERATE(0, 1);
    INFO(name_of(fault) << " at request " << request);
    Crew crew;
    Device ana(crew.office, "ana");
    Device ben(crew.office, "ben");
    ana.join();
    ben.copy_from(ana);
    ben.link().fail_at(request, fault);
    try {
        ben.register_copy();
    } catch (const DeviceKilled&) {
        ben.restart();
        ben.register_copy();
    }
    CHECK(crew.office.get("/replicas").array()->size() == 2);
    crew.office.add("trees", {{"species", "yew"}}, point(1, 1));
    ben.sync();
    CHECK(rows(ben.file(), "trees") == 3);
}

TEST_CASE("in another reference nothing moves that nobody moved", "[sync]") {
    Crew crew;
    Device ana(crew.office, "ana");
    sync::CreateOptions options;
    options.replica_epsg = 3857;
    ana.join(options);
    CHECK(ana.file().layer("trees").geometry->srs_id == 3857);
    const auto shape = [](Geodatabase& file) {
        return file.database().text_of("SELECT group_concat(hex(geom)) FROM trees").value_or("");
    };
    const std::string here = shape(ana.file());
    Geodatabase served = crew.office.open_file();
    const std::string there = shape(served);
    ana.update("trees", crew.oak, {{"dbh", 4.0}});
    crew.office.update("trees", crew.elm, {{"dbh", 7.0}});
    CHECK(ana.sync().conflicts.empty());
    CHECK(shape(ana.file()) == here);
    CHECK(shape(served) == there);
    ana.update("trees", crew.oak, {{"geom", point(222638.98158654716, 0, 3857)}});
    ana.sync();
    const std::string moved = shape(ana.file());
    crew.office.update("trees", crew.oak, {{"dbh", 8.0}});
    ana.sync();
    CHECK(shape(ana.file()) == moved);
    CHECK(ana.pending() == 0);
}

TEST_CASE("a service that takes no edits leaves them here", "[sync]") {
    Crew crew;
    crew.office.limits.capabilities = "Query,Sync";
    crew.office.restart();
    Device ana(crew.office, "ana");
    ana.join();
    ana.update("trees", crew.oak, {{"dbh", 4.0}});
    crew.office.add("trees", {{"species", "yew"}}, point(1, 1));
    const auto report = ana.sync();
    CHECK(rows(ana.file(), "trees") == 3);
    CHECK(ana.pending() == 1);
    CHECK(report.notes.size() == 1);
    CHECK_THROWS_WITH(ana.sync(by(SyncDirection::Upload)), Catch::Contains("takes no edits"));
    crew.office.limits.capabilities = "Create,Query,Update,Sync";
    crew.office.restart();
}

TEST_CASE("a replica of a part is compared by queries as it is by hashes", "[sync][verify]") {
    Crew crew;
    crew.relate(false);
    crew.visit(crew.oak, "oak visit");
    crew.visit(crew.elm, "elm visit");
    Device ana(crew.office, "ana");
    ana.join(near_the_origin());
    ana.update("trees", crew.oak, {{"species", "pending"}});
    const auto verified = [&] {
        return sync::verify_replica(ana.file(), ana.link(), CancelToken(), [](std::int64_t) {});
    };
    const GlobalId near = crew.office.add("trees", {{"species", "ash"}}, point(1.2, 1.2));
    crew.office.add("trees", {{"species", "far ash"}}, point(8, 8));
    for (const char* speaks : {"1", "0"}) {
        INFO("speaks_rhumb " << speaks);
        ana.file().database().execute("UPDATE rhumb_replica SET speaks_rhumb = " +
                                      std::string(speaks));
        const auto layers = verified();
        REQUIRE(layers.size() == 2);
        REQUIRE(layers[0].differing.size() == 1);
        CHECK(layers[0].rows == 1);
        CHECK(layers[0].differing[0].feature == near);
        CHECK(layers[0].differing[0].kind == sync::VerifiedRow::Kind::OnlyThere);
        CHECK(layers[1].differing.empty());
        CHECK(layers[1].rows == 1);
    }
    CHECK_THAT(verified()[1].others_unknown, Catch::Contains("by relation"));
}
