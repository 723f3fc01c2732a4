// SPDX-License-Identifier: Apache-2.0
//
// Edits carried from service to service, cut at every request and at the writes of all three files
// (both services', and the relay's own), and carried on: nothing lost, nothing twice.
#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"
#include "tests/support/branch.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/cut_world.hpp"
#include "tests/support/fault_vfs.hpp"
#include "tests/support/photos.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <optional>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::SyncModel;

namespace {

constexpr int kMostLives = 6;
constexpr int kMostDiskCuts = 8;  // of each file and fault, unless RHUMB_ALL_CUTS is set

/// Two offices that have both been edited.
struct Pair {
    Office north;
    std::optional<Branch> south;

    explicit Pair(SyncModel model) {
        std::vector<GlobalId> trees;
        for (int i = 0; i < 6; ++i) {
            trees.push_back(north.add(
                "trees", {{"global_id", identity(i)}, {"species", "tree " + std::to_string(i)}},
                point(i, i)));
        }
        take_photo(north, trees[0], "old.jpg", 1);
        south.emplace(north, model);
        take_photo(north, trees[2], "north.jpg", 2);
        take_photo(south->office(), trees[2], "south.jpg", 3);
        Office& branch = south->office();
        north.update("trees", trees[0], {{"species", "north 0"}});
        north.erase("trees", trees[1]);
        north.add("trees", {{"global_id", identity(20)}, {"species", "north's"}}, point(9, 9));
        branch.update("trees", trees[0], {{"dbh", 1.5}});
        branch.update("trees", trees[2], {{"species", "south 2"}, {"geom", point(7, 7)}});
        branch.erase("trees", trees[3]);
        branch.add("visits", {{"global_id", identity(30)}, {"note", "south's"}});
    }
    Pair(const Pair& frozen) : north(frozen.north) { south.emplace(north, *frozen.south); }
    Pair& operator=(const Pair&) = delete;

    static void take_photo(Office& office, const GlobalId& tree, const char* name, int number) {
        {
            Geodatabase file = office.open_file();
            // Both offices draw from the same seed.
            for (int i = 0; i < 10 * number; ++i) (void)file.new_global_id();
            attach(file, "trees", tree, name, photo(30'000, static_cast<std::uint32_t>(number)));
        }
        office.restart();
    }

    void freeze() {
        south->close();
        north.close();
    }
    void carry() {
        south->carry_home();
        south->carry_out();
    }
    std::filesystem::path file(int which) {
        return which == 0   ? north.file()
               : which == 1 ? south->office().file()
                            : south->state_path();
    }
    std::string summary() {
        std::string text;
        for (Office* office : {&north, &south->office()}) {
            Geodatabase file = office->open_file();
            text += content(file, "trees") + content(file, "visits") + photos(file);
            text += file.database().text_of("PRAGMA integrity_check").value_or("?") + "\n";
            text +=
                "generations " +
                std::to_string(
                    file.database().int64_of("SELECT count(*) FROM rhumb_changeset").value_or(0)) +
                "\n";
            wire::Json info = office->get("/replicas/" + south->replica());
            info.set("lastSyncDate", 0);
            text += wire::to_text(info) + "\n";
        }
        return text;
    }
};

FaultVfs& disk() {
    return FaultVfs::instance();
}

const char* name_of_file(int which) {
    return which == 0 ? "north" : which == 1 ? "south" : "relay";
}

/// A service that dies over a request comes back; the relay hears nothing.
void watch_services(Pair& pair) {
    pair.south->link().service_died = [&pair] {
        if (!disk().dead()) return false;
        for (Office* office : {&pair.north, &pair.south->office()}) {
            if (!disk().watches(office->file().string())) continue;
            office->restart([] { disk().revive(); });
            return true;
        }
        return false;
    };
}

void survive(Pair& pair) {
    for (int life = 0; life < kMostLives; ++life) {
        try {
            pair.carry();
            if (!disk().dead()) return;
        } catch (const DeviceKilled&) {
            pair.south->restart_state();
            continue;
        } catch (const Error& error) {
            INFO(error.what());
            REQUIRE(disk().dead());
        }
        pair.south->restart_state([] { disk().revive(); });
    }
    FAIL("the relay did not end");
}

void end(Pair& pair) {
    disk().revive();
    pair.south->link().heal();
    pair.south->link().service_died = {};
    // What each has acknowledged trails behind by a turn: until nothing moves any more.
    for (int turn = 0; turn < 3; ++turn) pair.carry();
}

int cut_requests(const Pair& prepared, const std::string& expected, int requests) {
    int cuts = 0;
    for (int n = 0; n < requests; ++n) {
        for (const LinkFault fault : kLinkFaults) {
            INFO("request " << n << ", " << name_of(fault));
            Pair pair(prepared);
            pair.south->link().fail_at(n, fault);
            survive(pair);
            end(pair);
            CHECK(pair.summary() == expected);
            ++cuts;
        }
    }
    return cuts;
}

int cut_disk(const Pair& prepared, const std::string& expected, int which, int calls) {
    const bool all = std::getenv("RHUMB_ALL_CUTS") != nullptr;
    const int step = all ? 1 : std::max(1, calls / kMostDiskCuts);
    int cuts = 0, start = 0;
    for (const DiskFault fault : {DiskFault::Killed, DiskFault::Torn, DiskFault::LostSync}) {
        for (int n = start; n < calls; n += step, ++cuts) {
            INFO(name_of_file(which) << ", call " << n << ", " << name_of(fault));
            Pair pair(prepared);
            watch_services(pair);
            disk().fail_at(pair.file(which), n, fault);
            survive(pair);
            end(pair);
            CHECK(pair.summary() == expected);
        }
        start = (start + step / 3 + 1) % step;
    }
    return cuts;
}

}  // namespace

TEST_CASE("edits carried from service to service survive every cut", "[sync][cut][slow]") {
    disk().revive();  // the shim must stand before the first file is opened
    const SyncModel model = GENERATE(SyncModel::PerReplica, SyncModel::PerLayer);
    Pair prepared(model);
    prepared.freeze();
    std::string expected;
    int requests = 0;
    std::array<int, 3> calls{};
    for (int which = 0; which < 3; ++which) {
        Pair pair(prepared);
        disk().watch(pair.file(which));
        const int before = pair.south->link().requests();
        pair.carry();
        requests = pair.south->link().requests() - before;
        calls[static_cast<std::size_t>(which)] = disk().calls();
        end(pair);
        expected = pair.summary();
        CHECK(pair.south->content("trees") == content_of(pair.north, "trees"));
        CHECK(pair.south->content("visits") == content_of(pair.north, "visits"));
        CHECK(expected.find("south.jpg") != expected.rfind("south.jpg"));
        CHECK(expected.find("north.jpg") != expected.rfind("north.jpg"));
    }
    const int on_link = cut_requests(prepared, expected, requests);
    int on_disk = 0;
    for (int which = 0; which < 3; ++which) {
        on_disk += cut_disk(prepared, expected, which, calls[static_cast<std::size_t>(which)]);
    }
    std::cout << "service to service, " << wire::name_of(model) << ": " << requests
              << " requests\n  cuts run: " << on_link << " on the link, " << on_disk
              << " on the disk\n";
    CHECK(on_link + on_disk > 0);
}
