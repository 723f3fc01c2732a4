// SPDX-License-Identifier: Apache-2.0
//
// One replica's file on two devices: the service does not send a replica what it uploaded itself,
// so the second of them is stopped before edits vanish.
#include "platform/error.hpp"
#include "sync/replica/replica_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/photos.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

/// A replica, and the file of it that somebody put on a second device.
struct Copied {
    Office office;
    GlobalId oak = office.add("trees", {{"species", "oak"}}, point(1, 1));
    GlobalId elm = office.add("trees", {{"species", "elm"}}, point(2, 2));
    Device ana{office, "ana"};
    Device ben{office, "ben"};

    void copy() { ben.copy_from(ana); }
    std::string served() {
        Geodatabase file = office.open_file();
        return content(file, "trees");
    }
    std::string stopped(Device& device) { return sync::ReplicaStore(device.file()).load().stopped; }
    /// Synchronizing is refused, now and when it is tried again without a request.
    void check_stopped(Device& device) {
        CHECK_THROWS_WITH(device.sync(), Catch::Contains("is a copy"));
        const int asked = device.link().requests();
        CHECK_THROWS_WITH(device.sync(), Catch::Contains("register it"));
        CHECK(device.link().requests() == asked);
    }
};

sync::SyncOptions by(wire::SyncDirection direction) {
    sync::SyncOptions options;
    options.direction = direction;
    return options;
}

}  // namespace

TEST_CASE("a copied file is stopped when the other has sent edits, and goes on once registered",
          "[sync][copy]") {
    Copied field;
    field.ana.join();
    field.copy();
    field.ana.update("trees", field.oak, {{"species", "of ana"}});
    field.ben.update("trees", field.elm, {{"species", "of ben"}});
    field.ana.sync();
    const auto direction = GENERATE(wire::SyncDirection::Bidirectional, wire::SyncDirection::Upload,
                                    wire::SyncDirection::Download);
    CHECK_THROWS_WITH(field.ben.sync(by(direction)), Catch::Contains("is a copy"));
    CHECK(field.served().find("of ben") == std::string::npos);
    field.check_stopped(field.ben);
    CHECK(field.ben.pending() == 1);
    field.ana.sync();  // the one that was first goes on

    field.ben.register_copy();
    field.ben.sync();
    field.ana.sync();
    CHECK(field.served().find("of ana") != std::string::npos);
    CHECK(field.served().find("of ben") != std::string::npos);
    CHECK(content(field.ana.file(), "trees") == field.served());
    CHECK(content(field.ben.file(), "trees") == field.served());
}

TEST_CASE("copies that only read do each other no harm", "[sync][copy]") {
    Copied field;
    field.ana.join();
    field.copy();
    field.office.update("trees", field.oak, {{"species", "yew"}});
    field.ana.sync();
    field.ben.sync();
    CHECK(content(field.ben.file(), "trees") == field.served());
    CHECK(field.stopped(field.ben).empty());
}

TEST_CASE("a file that is copied while its batch is on the way forks no later than at the next one",
          "[sync][copy]") {
    Copied field;
    field.ana.join();
    field.ana.update("trees", field.oak, {{"species", "on its way"}});
    // Ana dies after the service has taken the batch, before she hears of it.
    bool died = false;
    for (int request = 0; !died; ++request) {
        REQUIRE(request < 10);
        field.ana.link().fail_at(request, LinkFault::Killed);
        try {
            field.ana.sync();
            field.ana.update("trees", field.oak, {{"dbh", request + 1.0}});
        } catch (const DeviceKilled&) {
            field.ana.restart();
            died = sync::ReplicaStore(field.ana.file()).batch().has_value();
        }
    }
    field.copy();
    field.ana.sync();
    field.ana.update("trees", field.elm, {{"species", "next of ana"}});
    field.ana.sync();
    field.check_stopped(field.ben);
    field.ben.register_copy();
    field.ben.sync();
    CHECK(content(field.ben.file(), "trees") == field.served());
    CHECK(field.served().find("next of ana") != std::string::npos);
}

TEST_CASE("an older state of the file, brought back, is noticed as a copy is", "[sync][copy]") {
    Copied field;
    field.ana.join();
    field.copy();  // the backup
    field.ana.update("trees", field.oak, {{"species", "lost with the device"}});
    field.ana.sync();
    field.ana.copy_from(field.ben);
    field.check_stopped(field.ana);
    field.ana.register_copy();
    field.ana.sync(by(wire::SyncDirection::Snapshot));
    CHECK(content(field.ana.file(), "trees") == field.served());
}

TEST_CASE("photos that one copy sent stop the other too", "[sync][copy]") {
    Copied field;
    field.ana.join();
    field.copy();
    attach(field.ana.file(), "trees", field.oak, "crown.jpg", photo(5000));
    field.ana.sync();
    field.ana.sync();  // its own photo is no copy's
    field.check_stopped(field.ben);
}
