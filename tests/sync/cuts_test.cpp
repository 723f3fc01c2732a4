// SPDX-License-Identifier: Apache-2.0
//
// Cuts: a bidirectional synchronization is run once for every request and every way a link can
// fail at it, taken up again, and compared with the run that nothing disturbed.
#include "sync/replica/replica_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"

#include <iostream>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::SyncModel;

namespace {

const std::vector<LinkFault> kFaults{
    LinkFault::RequestLost, LinkFault::AnswerLost, LinkFault::AnswerCut, LinkFault::Garbage,
    LinkFault::Html,        LinkFault::BadGateway, LinkFault::Killed,    LinkFault::ServiceKilled};

std::string identity(int n) {
    return "{0000000" + std::to_string(n) + "-0000-4000-8000-000000000000}";
}

/// The same field day every time: identities are given, so that contents can be compared.
struct FieldDay {
    Office office;
    Device ana{office, "ana"};
    std::vector<GlobalId> trees;

    explicit FieldDay(SyncModel model) {
        for (int i = 0; i < 6; ++i) {
            trees.push_back(office.add(
                "trees", {{"global_id", identity(i)}, {"species", "tree " + std::to_string(i)}},
                point(i, i)));
        }
        sync::CreateOptions options;
        options.model = model;
        ana.join(options);
    }
    void edit() {
        ana.add("trees", {{"global_id", identity(7)}, {"species", "ana's"}}, point(7, 7));
        ana.add("visits", {{"global_id", identity(8)}, {"note", "seen"}});
        ana.update("trees", trees[0], {{"species", "ana 0"}});
        ana.update("trees", trees[1], {{"dbh", 1.5}});
        ana.erase("trees", trees[2]);
        office.update("trees", trees[1], {{"species", "office 1"}});
        office.update("trees", trees[3], {{"species", "office 3"}, {"geom", point(30, 30)}});
        office.erase("trees", trees[4]);
        office.add("trees", {{"global_id", identity(9)}, {"species", "office's"}}, point(9, 9));
    }
    std::string office_content() {
        Geodatabase served = office.open_file();
        return content(served, "trees") + content(served, "visits");
    }
    std::string ana_content() {
        return content(ana.file(), "trees") + content(ana.file(), "visits");
    }
    std::int64_t service_replicas() {
        return static_cast<std::int64_t>(office.get("/replicas").array()->size());
    }
};

}  // namespace

TEST_CASE(
    "a bidirectional synchronization survives a cut at every request, with nothing lost and "
    "nothing twice",
    "[sync][cut]") {
    int cuts = 0;
    for (const SyncModel model : {SyncModel::PerReplica, SyncModel::PerLayer}) {
        FieldDay undisturbed(model);
        undisturbed.edit();
        const int before = undisturbed.ana.link().requests();
        undisturbed.ana.sync();
        const int requests = undisturbed.ana.link().requests() - before;
        const std::string expected = undisturbed.office_content();
        REQUIRE(undisturbed.ana_content() == expected);

        for (int n = 0; n < requests; ++n) {
            for (const LinkFault fault : kFaults) {
                INFO(wire::name_of(model) << ", request " << n << ", " << name_of(fault));
                FieldDay day(model);
                day.edit();
                day.ana.link().fail_at(n, fault);
                day.ana.sync_stubbornly();
                day.ana.sync();
                CHECK(day.office_content() == expected);
                CHECK(day.ana_content() == expected);
                CHECK(day.ana.pending() == 0);
                ++cuts;
            }
        }
    }
    std::cout << "cuts of a bidirectional synchronization: " << cuts << "\n";
    CHECK(cuts >= 28);
}

TEST_CASE("the creation of a replica survives a cut at every request and leaves one replica behind",
          "[sync][cut]") {
    int cuts = 0;
    for (const SyncModel model : {SyncModel::PerReplica, SyncModel::PerLayer}) {
        FieldDay undisturbed(model);
        const int requests = undisturbed.ana.link().requests();
        const std::string expected = undisturbed.office_content();
        for (int n = 0; n < requests; ++n) {
            for (const LinkFault fault : kFaults) {
                INFO(wire::name_of(model) << ", request " << n << ", " << name_of(fault));
                FieldDay day(model);
                Device ben(day.office, "ben");
                ben.link().fail_at(n, fault);
                sync::CreateOptions options;
                options.model = model;
                options.service_url = Office::kUrl;
                try {
                    ben.join(options);
                } catch (const DeviceKilled&) {
                    ben.restart();
                    const auto ladder =
                        sync::ReplicaStore(ben.file()).exists()
                            ? sync::resume_create_ladder(ben.file(), nullptr)
                            : sync::create_replica_ladder(ben.file(), options, nullptr);
                    sync::climb(*ladder, ben.link(), {}, [](std::int64_t) {});
                    ben.file().reload();
                }
                CHECK(content(ben.file(), "trees") + content(ben.file(), "visits") == expected);
                CHECK(day.service_replicas() == 2);
                ++cuts;
            }
        }
    }
    std::cout << "cuts of a creation: " << cuts << "\n";
}

TEST_CASE("edits made while a synchronization is cut off are sent by the next one", "[sync][cut]") {
    FieldDay undisturbed(SyncModel::PerReplica);
    undisturbed.edit();
    const int before = undisturbed.ana.link().requests();
    undisturbed.ana.sync();
    const int requests = undisturbed.ana.link().requests() - before;
    for (int n = 0; n < requests; ++n) {
        INFO("killed at request " << n);
        FieldDay day(SyncModel::PerReplica);
        day.edit();
        day.ana.link().fail_at(n, LinkFault::Killed);
        CHECK_THROWS_AS(day.ana.sync(), DeviceKilled);
        day.ana.restart();
        day.ana.update("trees", day.trees[0], {{"species", "later"}});
        day.ana.update("trees", day.trees[5], {{"dbh", 2.5}});
        day.ana.sync();
        day.ana.sync();
        CHECK(day.ana_content() == day.office_content());
        CHECK_THAT(day.office_content(), Catch::Contains("'later'") && Catch::Contains("2.5"));
        CHECK(day.ana.pending() == 0);
    }
}
