// SPDX-License-Identifier: Apache-2.0
#include "tests/support/cut_world.hpp"

#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"
#include "sync/replica/replica_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/photos.hpp"

#include <cstdlib>
#include <iostream>
#include <set>

namespace rhumb::test {

using namespace geodb;

namespace {

constexpr int kMostLives = 6;

struct DiskCut {
    bool of_office;
    int call;
    DiskFault fault;
};

struct Counted {
    std::string summary;
    int requests = 0;
    int device_calls = 0;
    int office_calls = 0;
};

FaultVfs& disk() {
    return FaultVfs::instance();
}

std::string rows_of(Geodatabase& file) {
    return content(file, "trees") + content(file, "visits") + photos(file);
}

std::string health(Geodatabase& file) {
    std::string found = file.database().text_of("PRAGMA integrity_check").value_or("?");
    if (file.database().has_table("rtree_trees_geom")) {
        found +=
            ", " + file.database().text_of("SELECT rtreecheck('rtree_trees_geom')").value_or("");
    }
    if (file.database().text_of("PRAGMA foreign_key_check")) found += ", foreign keys broken";
    return found + "\n";
}

std::string lists_of(Geodatabase& file) {
    sync::ReplicaStore store(file);
    if (!store.exists()) return "no replica\n";
    std::int64_t pending = 0;
    for (const auto& count : store.pending()) pending += count.total();
    std::string text = "pending " + std::to_string(pending) + "\n";
    for (const sync::Conflict& one : store.conflicts()) {
        text += "conflict " + one.feature.value.braced() + " " + one.column + ": " + one.base +
                " / " + one.mine + " / " + one.theirs + "\n";
    }
    for (const sync::RejectedEdit& one : store.rejected(true)) {
        text += "rejected " + one.feature.value.braced() + " " + one.reason + " " +
                std::string(sync::name_of(one.state)) + "\n";
    }
    return text;
}

/// Files that a synchronization keeps beside the replica's while it runs.
std::string side_files(const std::filesystem::path& device) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(device.parent_path())) {
        const std::string name = entry.path().filename().string();
        const bool its_own = name.ends_with("-wal") || name.ends_with("-shm") ||
                             name.ends_with("-journal") || name == device.filename();
        if (name.starts_with(device.filename().string()) && !its_own) names.insert(name);
    }
    std::string text;
    for (const std::string& name : names) text += "left behind: " + name + "\n";
    return text;
}

void bring_back_device(CutWorld& world) {
    world.ana.restart([] { disk().revive(); });
}

/// Acts until the story is at its end, over all deaths.
void survive(CutWorld& world, const std::function<void(CutWorld&)>& act) {
    for (int life = 0; life < kMostLives; ++life) {
        try {
            act(world);
            if (!disk().dead()) return;
        } catch (const DeviceKilled&) {
            world.ana.restart();
            continue;
        } catch (const Error& error) {
            INFO(error.what());
            REQUIRE(disk().dead());
        }
        bring_back_device(world);
    }
    FAIL("the story did not end");
}

void end(CutWorld& world, const CutStory& story) {
    disk().revive();
    world.ana.link().heal();
    world.ana.link().service_died = {};
    while (world.office.services().run_next_job()) continue;
    if (story.finish) {
        story.finish(world);
    } else {
        world.ana.sync();
    }
}

/// What the story comes to when nothing disturbs it, and how often each side could be cut.
Counted undisturbed(const CutWorld& prepared, const CutStory& story) {
    Counted counted;
    for (const bool of_office : {false, true}) {
        CutWorld world(prepared);
        disk().watch(of_office ? world.office.file() : world.ana.path());
        const int before = world.ana.link().requests();
        story.act(world);
        counted.requests = world.ana.link().requests() - before;
        (of_office ? counted.office_calls : counted.device_calls) = disk().calls();
        end(world, story);
        const std::string summary = world.summary();
        if (of_office) CHECK(summary == counted.summary);
        counted.summary = summary;
        if (!story.ends_agree) continue;
        Geodatabase served = world.office.open_file();
        CHECK(rows_of(world.ana.file()) == rows_of(served));
    }
    return counted;
}

int cut_requests(const CutWorld& prepared, const CutStory& story, const Counted& counted) {
    int cuts = 0;
    for (int n = 0; n < counted.requests; ++n) {
        for (const LinkFault fault : kLinkFaults) {
            INFO("request " << n << ", " << name_of(fault));
            CutWorld world(prepared);
            world.ana.link().fail_at(n, fault);
            survive(world, story.act);
            end(world, story);
            CHECK(world.summary() == counted.summary);
            ++cuts;
        }
    }
    return cuts;
}

void cut_disk_once(const CutWorld& prepared, const CutStory& story, const Counted& counted,
                   const DiskCut& cut) {
    INFO((cut.of_office ? "office" : "device")
         << ", call " << cut.call << ", " << name_of(cut.fault));
    CutWorld world(prepared);
    world.ana.link().service_died = [&world] {
        if (!disk().dead() || !disk().watches(world.office.file().string())) return false;
        world.office.restart([] { disk().revive(); });
        return true;
    };
    disk().fail_at(cut.of_office ? world.office.file() : world.ana.path(), cut.call, cut.fault);
    survive(world, story.act);
    end(world, story);
    CHECK(world.summary() == counted.summary);
}

/// Every k-th call; k is 1 when all are asked for.
int cut_disk(const CutWorld& prepared, const CutStory& story, const Counted& counted) {
    int cuts = 0;
    const bool all = std::getenv("RHUMB_ALL_CUTS") != nullptr;
    for (const bool of_office : {false, true}) {
        const int calls = of_office ? counted.office_calls : counted.device_calls;
        const int step = all ? 1 : std::max(1, calls / story.most_disk_cuts);
        int start = 0;
        for (const DiskFault fault : {DiskFault::Killed, DiskFault::Torn, DiskFault::LostSync}) {
            for (int n = start; n < calls; n += step, ++cuts) {
                cut_disk_once(prepared, story, counted, {of_office, n, fault});
            }
            start = (start + step / 3 + 1) % step;  // the faults share the calls among them
        }
        std::cout << "  " << (of_office ? "office" : "device") << ": " << calls
                  << " calls on the disk, each fault at "
                  << (step == 1 ? "each of them" : "one of " + std::to_string(step)) << "\n";
    }
    return cuts;
}

}  // namespace

std::string identity(int n) {
    const std::string digits = std::to_string(n);
    return "{00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits + "}";
}

CutWorld::CutWorld() : office(), ana(office, "ana"), ben(office, "ben") {
    for (int i = 0; i < 10; ++i) {
        trees.push_back(office.add(
            "trees", {{"global_id", identity(i)}, {"species", "tree " + std::to_string(i)}},
            point(i, i)));
    }
}

CutWorld::CutWorld(const CutWorld& frozen)
    : office(frozen.office),
      ana(office, frozen.ana),
      ben(office, frozen.ben),
      trees(frozen.trees) {}

void CutWorld::freeze() {
    ana.close();
    ben.close();
    office.close();
}

void CutWorld::rule(const std::string& sql) {
    office.open_file().database().execute(sql);
    office.restart();
}

std::string CutWorld::summary() {
    Geodatabase served = office.open_file();
    const auto generations =
        served.database().int64_of("SELECT count(*) FROM rhumb_changeset").value_or(0);
    return "office:\n" + rows_of(served) + health(served) + "generations " +
           std::to_string(generations) + ", replicas " +
           std::to_string(office.get("/replicas").array()->size()) + "\ndevice:\n" +
           rows_of(ana.file()) + health(ana.file()) + lists_of(ana.file()) + side_files(ana.path());
}

void cut_everywhere(const CutStory& story) {
    disk().revive();  // the shim must stand before the first file is opened
    CutWorld prepared;
    story.prepare(prepared);
    prepared.freeze();
    const Counted counted = undisturbed(prepared, story);
    std::cout << story.name << ": " << counted.requests << " requests\n";
    const int on_the_link = cut_requests(prepared, story, counted);
    const int on_disk = cut_disk(prepared, story, counted);
    std::cout << "  cuts run: " << on_the_link << " on the link, " << on_disk << " on the disk\n";
    CHECK(on_the_link + on_disk > 0);
}

}  // namespace rhumb::test
