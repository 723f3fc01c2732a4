// SPDX-License-Identifier: Apache-2.0
//
// A synchronization that finds nothing to do costs next to nothing: one request, and no write.
#include "geodb/sqlite/database.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/files.hpp"
#include "sync/replica/replica_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fault_vfs.hpp"
#include "tests/support/loopback.hpp"

#include <algorithm>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

constexpr std::int64_t kMostBytes = 1000;
constexpr std::int64_t kLongAgo = 1'000;

void note_last_sync(Device& device, std::int64_t at_ms) {
    sync::ReplicaStore store(device.file());
    sync::Replica replica = store.load();
    replica.last_sync_ms = at_ms;
    sqlite::Transaction transaction(device.file().database());
    store.save(replica);
    transaction.commit();
}

/// What a file that nobody touches keeps.
struct Untouched {
    std::string bytes;
    std::filesystem::file_time_type written;
    std::optional<std::int64_t> version;
    bool operator==(const Untouched&) const = default;

    static Untouched of(Device& device, sqlite::Database& onlooker) {
        return {read_file(device.path()), std::filesystem::last_write_time(device.path()),
                onlooker.int64_of("PRAGMA data_version")};
    }
};

}  // namespace

TEST_CASE("a synchronization without changes is one request and writes nothing", "[sync][idle]") {
    FaultVfs& disk = FaultVfs::instance();
    Office office;
    office.add("trees", {{"species", "oak"}}, point(1, 1));
    Device ana(office, "ana");
    ana.join();
    ana.sync();
    note_last_sync(ana, kLongAgo);
    sqlite::Database onlooker =
        sqlite::Database::open(ana.path(), sqlite::Database::Mode::ReadOnly);
    const Untouched before = Untouched::of(ana, onlooker);
    for (const auto direction :
         {wire::SyncDirection::Bidirectional, wire::SyncDirection::Download}) {
        disk.watch(ana.path());
        sync::SyncOptions options;
        options.direction = direction;
        const sync::SyncReport report = ana.sync(options);
        CHECK(disk.calls() == 0);
        disk.revive();
        CHECK(report.requests == 1);
        CHECK(report.bytes_up + report.bytes_down < kMostBytes);
        CHECK(Untouched::of(ana, onlooker) == before);
    }
    CHECK(sync::ReplicaStore(ana.file()).load().last_sync_ms == kLongAgo);

    office.add("trees", {{"species", "elm"}}, point(2, 2));
    disk.watch(ana.path());
    ana.sync();
    CHECK(disk.calls() > 0);
    disk.revive();
    CHECK(sync::ReplicaStore(ana.file()).load().last_sync_ms > kLongAgo);
    CHECK_FALSE(Untouched::of(ana, onlooker) == before);
}
