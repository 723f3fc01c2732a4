// SPDX-License-Identifier: Apache-2.0
//
// Photos between devices and the office, told as stories.
#include "platform/files.hpp"
#include "sync/replica/replica_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/photos.hpp"

#include <algorithm>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using sync::AttachmentPolicy;

namespace {

struct Crew {
    Office office;
    GlobalId oak = office.add("trees", {{"species", "oak"}}, point(1, 1));
    GlobalId elm = office.add("trees", {{"species", "elm"}}, point(2, 2));
    Device ana{office, "ana"};
    Device ben{office, "ben"};

    void join(AttachmentPolicy policy = AttachmentPolicy::All) {
        sync::CreateOptions options;
        options.attachments = policy;
        ana.join(options);
        ben.join(options);
    }
    std::string office_photos() {
        Geodatabase served = office.open_file();
        return photos(served);
    }
    std::string office_bytes(const GlobalId& attachment) {
        Geodatabase served = office.open_file();
        return bytes_of(served, attachment);
    }
};

std::int64_t requests_to(Device& device, std::string_view part) {
    const auto& log = device.link().log();
    return std::count_if(log.begin(), log.end(), [&](const std::string& line) {
        return line.find(part) != std::string::npos;
    });
}

}  // namespace

TEST_CASE("a photo taken offline arrives at the office and at the other device",
          "[sync][attachments]") {
    Crew field;
    field.join();
    const std::string taken = photo(700'000);
    const GlobalId id = attach(field.ana.file(), "trees", field.oak, "oak.jpg", taken);
    CHECK(state_of(field.ana.file(), id).pending);
    const auto up = field.ana.sync();
    CHECK(up.attachments.sent == 1);
    CHECK(up.attachments.failures.empty());
    CHECK_FALSE(state_of(field.ana.file(), id).pending);
    CHECK(field.office_bytes(id) == taken);

    const auto down = field.ben.sync();
    CHECK(down.attachments.received == 1);
    CHECK(down.attachments.fetched == 1);
    CHECK(bytes_of(field.ben.file(), id) == taken);
    CHECK(photos(field.ben.file()) == field.office_photos());
    // Nobody sends anything twice.
    CHECK(field.ana.sync().attachments.sent == 0);
    CHECK(field.ben.sync().attachments.received == 0);
}

TEST_CASE("photos travel the same under one generation for all layers", "[sync][attachments]") {
    Crew field;
    sync::CreateOptions options;
    options.model = wire::SyncModel::PerReplica;
    field.ana.join(options);
    field.ben.join(options);
    const GlobalId a = attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(5000));
    field.ana.sync();
    const GlobalId b = attach(field.ben.file(), "trees", field.elm, "b.jpg", photo(6000, 2));
    field.ben.sync();
    field.ana.sync();
    CHECK(bytes_of(field.ben.file(), a) == photo(5000));
    CHECK(bytes_of(field.ana.file(), b) == photo(6000, 2));
    CHECK(photos(field.ana.file()) == field.office_photos());
}

TEST_CASE("a synchronization with nothing to say about photos costs no request for them",
          "[sync][attachments]") {
    Crew field;
    field.join();
    remove_photo(field.ana.file(), attach(field.ana.file(), "trees", field.oak, "a", "1"));
    field.ana.sync();
    CHECK(contents(field.ana.file()) == 0);
    const int before = field.ana.link().requests();
    field.ana.sync();
    CHECK(field.ana.link().requests() - before == 1);
}

TEST_CASE("a photo of a feature that is new itself goes up after it", "[sync][attachments]") {
    Crew field;
    field.join();
    const GlobalId ash = field.ana.add("trees", {{"species", "ash"}}, point(3, 3));
    const GlobalId id = attach(field.ana.file(), "trees", ash, "ash.jpg", photo(1000));
    CHECK(field.ana.sync().attachments.failures.empty());
    field.ben.sync();
    CHECK(bytes_of(field.ben.file(), id) == photo(1000));
}

TEST_CASE("a replaced photo replaces the others', and a deleted one goes", "[sync][attachments]") {
    Crew field;
    field.join();
    const GlobalId id = attach(field.ana.file(), "trees", field.oak, "oak.jpg", photo(5000));
    const GlobalId other = attach(field.ana.file(), "trees", field.oak, "b.jpg", photo(10, 9));
    field.ana.sync();
    field.ben.sync();
    replace_photo(field.ben.file(), id, photo(6000, 2));
    remove_photo(field.ben.file(), other);
    field.ben.sync();
    field.ana.sync();
    CHECK(bytes_of(field.ana.file(), id) == photo(6000, 2));
    CHECK(bytes_of(field.ana.file(), other) == "(gone)");
    CHECK(photos(field.ana.file()) == field.office_photos());
    // Content that nobody refers to is reclaimed everywhere.
    Geodatabase served = field.office.open_file();
    CHECK(contents(served) == 1);
    CHECK(contents(field.ana.file()) == 1);
    CHECK(contents(field.ben.file()) == 1);
}

TEST_CASE("photos of a deleted feature go with it, whoever deletes it", "[sync][attachments]") {
    Crew field;
    field.join();
    const GlobalId a = attach(field.ana.file(), "trees", field.oak, "oak.jpg", photo(5000));
    const GlobalId b = attach(field.ana.file(), "trees", field.elm, "elm.jpg", photo(5000, 2));
    field.ana.sync();
    field.ben.sync();
    field.ana.erase("trees", field.oak);
    field.ana.sync();
    CHECK(field.office_bytes(a) == "(gone)");
    field.office.erase("trees", field.elm);
    field.ben.sync();
    CHECK(bytes_of(field.ben.file(), a) == "(gone)");
    CHECK(bytes_of(field.ben.file(), b) == "(gone)");
    field.ana.sync();
    CHECK(photos(field.ana.file()).empty());
    CHECK(field.ana.sync().attachments.sent == 0);
}

TEST_CASE("a photo whose feature was deleted meanwhile is kept and says so",
          "[sync][attachments]") {
    Crew field;
    field.join();
    const GlobalId id = attach(field.ana.file(), "trees", field.oak, "oak.jpg", photo(5000));
    field.office.erase("trees", field.oak);
    field.ana.sync();
    CHECK(bytes_of(field.ana.file(), id) == photo(5000));
    const AttachmentState state = state_of(field.ana.file(), id);
    CHECK(state.state == ContentState::Failed);
    CHECK(state.kept);
    CHECK_THAT(state.failure, Catch::Contains("was deleted at the service"));
}

TEST_CASE("the same photo on fifty features costs one transfer each way", "[sync][attachments]") {
    Crew field;
    field.join();
    const std::string taken = photo(300'000);
    for (int i = 0; i < 50; ++i) {
        const GlobalId tree = field.ana.add("trees", {{"species", "ash"}}, point(i, i));
        attach(field.ana.file(), "trees", tree, "sign.jpg", taken);
    }
    CHECK(contents(field.ana.file()) == 1);
    const auto up = field.ana.sync();
    CHECK(up.attachments.sent == 50);
    CHECK(up.bytes_up < 300'000 + 200'000);
    const auto down = field.ben.sync();
    CHECK(down.attachments.fetched == 50);
    CHECK(down.bytes_down < 300'000 + 200'000);
    CHECK(photos(field.ben.file()) == field.office_photos());
    // The office has it already: not a byte of it goes up again.
    attach(field.ben.file(), "trees", field.oak, "again.jpg", taken);
    CHECK(field.ben.sync().bytes_up < 20'000);
}

TEST_CASE("a thousand photos cost a few dozen round trips", "[sync][attachments]") {
    Crew field;
    field.join();
    for (int i = 0; i < 1000; ++i) {
        attach(field.ana.file(), "trees", i % 2 == 0 ? field.oak : field.elm, "p.jpg",
               photo(25'000, static_cast<std::uint32_t>(i)));
    }
    const int before_up = field.ana.link().requests();
    CHECK(field.ana.sync().attachments.sent == 1000);
    const int up = field.ana.link().requests() - before_up;
    const int before_down = field.ben.link().requests();
    CHECK(field.ben.sync().attachments.fetched == 1000);
    const int down = field.ben.link().requests() - before_down;
    INFO("25 MB up in " << up << " requests, down in " << down);
    CHECK(up <= 20);    // 2 MB a request
    CHECK(down <= 12);  // 200 photos or 16 MB a request
    CHECK(photos(field.ben.file()) == field.office_photos());
}

TEST_CASE("policies: nothing, what is asked for, or all is fetched", "[sync][attachments]") {
    Crew field;
    field.join(AttachmentPolicy::OnDemand);
    const GlobalId a = attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(5000));
    const GlobalId b = attach(field.ana.file(), "trees", field.elm, "b.jpg", photo(6000, 2));
    field.ana.sync();
    CHECK(field.ben.sync().attachments.received == 2);
    CHECK(state_of(field.ben.file(), a).state == ContentState::Remote);
    CHECK(requests_to(field.ben, "rhumbContents/get") == 0);
    sync::AttachmentLane(field.ben.file()).want(a);
    CHECK(state_of(field.ben.file(), a).state == ContentState::Wanted);
    field.ben.sync();
    CHECK(state_of(field.ben.file(), a).state == ContentState::Present);
    CHECK(state_of(field.ben.file(), b).state == ContentState::Remote);
    sync::SyncOptions all;
    all.attachments = AttachmentPolicy::All;
    field.ben.sync(all);
    CHECK(bytes_of(field.ben.file(), b) == photo(6000, 2));

    Device cal(field.office, "cal");
    sync::CreateOptions options;
    options.attachments = AttachmentPolicy::None;
    cal.join(options);
    CHECK(photos(cal.file()).empty());
    const GlobalId c = attach(cal.file(), "trees", field.oak, "c.jpg", photo(400, 3));
    CHECK(cal.sync().attachments.sent == 1);
    CHECK(field.office_bytes(c) == photo(400, 3));
}

TEST_CASE("a new replica has the photos that were there", "[sync][attachments]") {
    Crew field;
    field.join();
    const GlobalId id = attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(500'000));
    field.ana.sync();
    field.office.restart();
    Device cal(field.office, "cal");
    cal.join();
    CHECK(bytes_of(cal.file(), id) == photo(500'000));
    CHECK(photos(cal.file()) == field.office_photos());
    CHECK(cal.sync().attachments.sent == 0);
}

TEST_CASE("a filter brings the photos of what it brings, also of what enters it",
          "[sync][attachments]") {
    Crew field;
    sync::CreateOptions oaks;
    oaks.where[LayerId{0}] = "species = 'oak'";
    field.ben.join(oaks);
    field.ana.join();
    const GlobalId a = attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(50));
    const GlobalId b = attach(field.ana.file(), "trees", field.elm, "b.jpg", photo(60, 2));
    field.ana.sync();
    field.ben.sync();
    CHECK(bytes_of(field.ben.file(), a) == photo(50));
    CHECK(bytes_of(field.ben.file(), b) == "(gone)");
    field.office.update("trees", field.elm, {{"species", "oak"}});
    field.ben.sync();
    CHECK(bytes_of(field.ben.file(), b) == photo(60, 2));
    field.office.update("trees", field.oak, {{"species", "ash"}});
    field.ben.sync();
    CHECK(bytes_of(field.ben.file(), a) == "(gone)");
}

TEST_CASE("a replaced photo is not lost when the office deleted it meanwhile",
          "[sync][attachments]") {
    Crew field;
    field.join();
    const GlobalId id = attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(50));
    field.ana.sync();
    field.ben.sync();
    replace_photo(field.ben.file(), id, photo(70, 7));
    remove_photo(field.ana.file(), id);
    field.ana.sync();
    CHECK(field.ben.sync().attachments.failures.empty());
    CHECK(field.office_bytes(id) == photo(70, 7));
    field.ana.sync();
    CHECK(bytes_of(field.ana.file(), id) == photo(70, 7));
}

TEST_CASE("a photo deleted before its batch was answered was sent whole all the same",
          "[sync][attachments]") {
    Crew field;
    field.join();
    const GlobalId id = attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(900));
    field.ana.link().fail_at(1 + 2, LinkFault::Killed);  // describe, pull, have, put, submit
    CHECK_THROWS_AS(field.ana.sync(), DeviceKilled);
    field.ana.restart();
    remove_photo(field.ana.file(), id);
    field.ana.sync();
    field.ana.sync();
    CHECK(field.office_bytes(id) == "(gone)");
    field.ben.sync();
    CHECK(photos(field.ben.file()).empty());
    CHECK(contents(field.ana.file()) == 0);
}

TEST_CASE("a photo that was deleted in the office goes with a snapshot", "[sync][attachments]") {
    Crew field;
    field.join();
    const GlobalId gone = attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(300));
    const GlobalId kept = attach(field.ana.file(), "trees", field.oak, "b.jpg", photo(300, 2));
    field.ana.sync();
    {
        Geodatabase served = field.office.open_file();
        remove_photo(served, gone);
    }
    const GlobalId mine = attach(field.ana.file(), "trees", field.elm, "c.jpg", photo(300, 3));
    sync::SyncOptions anew;
    anew.direction = wire::SyncDirection::Snapshot;
    field.ana.sync(anew);
    CHECK(bytes_of(field.ana.file(), gone) == "(gone)");
    CHECK(bytes_of(field.ana.file(), kept) == photo(300, 2));
    CHECK(state_of(field.ana.file(), mine).pending);
    field.ana.sync();
    CHECK(field.office_bytes(mine) == photo(300, 3));
}

TEST_CASE("a photo replaced by the same photo does not keep away what others made of it",
          "[sync][attachments]") {
    Crew field;
    field.join();
    const GlobalId both = attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(300));
    const GlobalId gone = attach(field.ana.file(), "trees", field.oak, "b.jpg", photo(301));
    field.ana.sync();
    field.ben.sync();
    replace_photo(field.ana.file(), both, photo(300));
    replace_photo(field.ana.file(), gone, photo(301));
    CHECK_FALSE(state_of(field.ana.file(), both).pending);
    replace_photo(field.ben.file(), both, photo(400));
    remove_photo(field.ben.file(), gone);
    field.ben.sync();
    field.ana.sync();
    CHECK(bytes_of(field.ana.file(), both) == photo(400));
    CHECK(bytes_of(field.ana.file(), gone) == "(gone)");
    field.ana.sync();
    CHECK(field.office_bytes(both) == photo(400));
}

TEST_CASE("a photo goes up as soon as its feature is back", "[sync][attachments]") {
    Crew field;
    field.join();
    const GlobalId mine = attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(300));
    field.ben.update("trees", field.oak, {{"species", "holm oak"}});
    field.office.erase("trees", field.oak);
    sync::SyncOptions down;
    down.direction = wire::SyncDirection::Download;
    field.ana.sync(down);
    CHECK(state_of(field.ana.file(), mine).kept);
    field.ben.sync();  // the last wins, and brings the tree back
    field.ana.sync();
    CHECK(field.office_bytes(mine) == photo(300));
}

TEST_CASE("a file that was killed over photos is not taken for a copy", "[sync][attachments]") {
    for (int request = 0; request < 7; ++request) {
        INFO("killed at request " << request);
        Crew field;
        field.join();
        attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(300));
        field.ana.link().fail_at(request, LinkFault::Killed);
        try {
            field.ana.sync();
        } catch (const DeviceKilled&) {
            field.ana.restart();
        }
        field.ana.link().heal();
        for (int i = 0; i < 3; ++i) {
            field.ana.update("trees", field.elm, {{"dbh", 1.5 + i}});
            CHECK_NOTHROW(field.ana.sync());
        }
    }
}

TEST_CASE("photos of a feature whose deletion lost stay with it", "[sync][attachments]") {
    Crew field;
    sync::CreateOptions options;
    options.policies[LayerId{0}] = sync::MergePolicy::Service;
    options.attachments = AttachmentPolicy::All;
    field.ana.join(options);
    field.ben.join(options);
    const GlobalId old = attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(300));
    field.ana.sync();
    field.ben.sync();
    field.ana.erase("trees", field.oak);
    const GlobalId unseen = attach(field.ben.file(), "trees", field.oak, "b.jpg", photo(400));
    field.ben.sync();
    sync::SyncOptions down;
    down.direction = wire::SyncDirection::Download;
    field.ana.sync(down);
    field.ben.update("trees", field.oak, {{"species", "holm oak"}});
    field.ben.sync();
    field.ana.sync();
    CHECK(field.office_bytes(old) == photo(300));
    CHECK(field.office_bytes(unseen) == photo(400));
    CHECK(bytes_of(field.ana.file(), old) == photo(300));
    CHECK(bytes_of(field.ana.file(), unseen) == photo(400));
}

TEST_CASE("a photo that arrived unheard and was deleted there since goes here too",
          "[sync][attachments]") {
    Crew field;
    field.join();
    const GlobalId mine = attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(300));
    constexpr int kSubmission = 3;  // pull, have, put, submit
    field.ana.link().fail_at(kSubmission, LinkFault::Killed);
    CHECK_THROWS_AS(field.ana.sync(), DeviceKilled);
    field.ana.restart();
    field.ana.link().heal();
    REQUIRE(field.office_bytes(mine) == photo(300));
    {
        Geodatabase served = field.office.open_file();
        remove_photo(served, mine);
    }
    field.ana.sync();
    CHECK(bytes_of(field.ana.file(), mine) == "(gone)");
    CHECK(field.office_bytes(mine) == "(gone)");
}

TEST_CASE("photos whose feature went before they were sent do not make a copy of a file",
          "[sync][attachments]") {
    Crew field;
    field.join();
    field.ana.update("trees", field.elm, {{"dbh", 1.5}});
    field.ana.sync();
    attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(300));
    field.ana.link().fail_at(1, LinkFault::Killed);  // the batch is sealed, and never sent
    CHECK_THROWS_AS(field.ana.sync(), DeviceKilled);
    field.ana.restart();
    field.ana.link().heal();
    field.office.erase("trees", field.oak);
    field.ana.sync();
    CHECK_NOTHROW(field.ana.sync());
}
