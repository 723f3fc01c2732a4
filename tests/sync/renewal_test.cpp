// SPDX-License-Identifier: Apache-2.0
//
// A replica that its service has given up is made anew under the edits of its device.
#include "platform/error.hpp"
#include "sync/replica/rejected_edits.hpp"
#include "sync/replica/replica_store.hpp"
#include "sync/service/store/history.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/photos.hpp"

#include <algorithm>
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

/// Ana's tablet comes out of the drawer after a winter in which the office went on.
struct Winter {
    Office office;
    Device ana{office, "ana"};
    std::vector<GlobalId> trees;

    explicit Winter(sync::CreateOptions options = {}) {
        for (int i = 0; i < 6; ++i) {
            trees.push_back(office.add(
                "trees", {{"global_id", identity(i)}, {"species", "tree " + std::to_string(i)}},
                point(i, i)));
        }
        ana.join(std::move(options));
    }
    void days_pass(std::int64_t days) {
        office.world().clock.now += days * service::kDayMs;
        office.services().housekeep();
    }
    void edit_on_both_sides() {
        ana.add("trees", {{"global_id", identity(7)}, {"species", "of ana"}}, point(7, 7));
        ana.add("visits", {{"global_id", identity(8)}, {"note", "seen"}});
        ana.update("trees", trees[0], {{"species", "ana 0"}});
        ana.update("trees", trees[1], {{"dbh", 1.5}});
        ana.erase("trees", trees[2]);
        office.update("trees", trees[1], {{"species", "office 1"}});
        office.erase("trees", trees[4]);
        office.add("trees", {{"global_id", identity(9)}, {"species", "of office"}}, point(9, 9));
    }
    std::string id() { return sync::ReplicaStore(ana.file()).load().id.value_or(""); }
    void forget_replica() { office.post("/unRegisterReplica", {{"replicaID", id()}}); }
    std::string office_content() {
        Geodatabase served = office.open_file();
        return content(served, "trees") + content(served, "visits");
    }
    std::string ana_content() {
        return content(ana.file(), "trees") + content(ana.file(), "visits");
    }
    std::size_t replicas() { return office.get("/replicas").array()->size(); }
    void check_equal() {
        CHECK(ana_content() == office_content());
        CHECK(ana.pending() == 0);
        CHECK_FALSE(sync::ReplicaStore(ana.file()).rung());
    }
};

bool notes_say(const sync::SyncReport& report, const std::string& words) {
    for (const std::string& note : report.notes) {
        if (note.find(words) != std::string::npos) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("a tablet that lay in a drawer for half a year loses no edit and has all of the office's",
          "[sync][renewal]") {
    for (const SyncModel model : {SyncModel::PerReplica, SyncModel::PerLayer}) {
        sync::CreateOptions options;
        options.model = model;
        Winter winter(options);
        const std::string before = winter.id();
        winter.edit_on_both_sides();
        winter.days_pass(181);
        const auto report = winter.ana.sync();
        CHECK(notes_say(report, "Replica expired on"));
        CHECK(winter.id() != before);
        CHECK(winter.replicas() == 1);
        CHECK(winter.ana_content().find("of office") != std::string::npos);
        CHECK(winter.office_content().find("of ana") != std::string::npos);
        CHECK(winter.office_content().find("ana 0") != std::string::npos);
        CHECK(winter.office_content().find("tree 2") == std::string::npos);
        CHECK(winter.office_content().find("tree 4") == std::string::npos);
        winter.check_equal();
        winter.office.update("trees", winter.trees[3], {{"species", "spring"}});
        CHECK_FALSE(notes_say(winter.ana.sync(), "anew"));  // it is a replica like any other
        winter.check_equal();
    }
}

TEST_CASE("a device restored from an old backup gets a new base, and its edits go up",
          "[sync][renewal]") {
    Winter winter;
    Device backup(winter.office, "backup");
    backup.copy_from(winter.ana);
    winter.office.update("trees", winter.trees[1], {{"species", "office 1"}});
    winter.ana.sync();
    winter.ana.sync();  // acknowledges what came
    winter.days_pass(31);
    winter.ana.copy_from(backup);
    winter.ana.update("trees", winter.trees[0], {{"species", "ana 0"}});
    CHECK(notes_say(winter.ana.sync(), "no longer available"));
    CHECK(winter.office_content().find("ana 0") != std::string::npos);
    CHECK(winter.replicas() == 1);  // the old one is unregistered
    winter.check_equal();
}

TEST_CASE("a replica that the service does not know is made anew only when somebody says so",
          "[sync][renewal]") {
    Winter winter;
    winter.edit_on_both_sides();
    winter.forget_replica();
    const std::string before = winter.ana_content();
    try {
        winter.ana.sync();
        FAIL("it went on with a replica that is not there");
    } catch (const Error& error) {
        CHECK(error.status() == Status::NotFound);
        CHECK(error.message().find("--renew") != std::string::npos);
    }
    CHECK(winter.ana_content() == before);
    CHECK(winter.ana.pending() == 5);

    sync::SyncOptions options;
    options.renew_unknown = true;
    const auto report = winter.ana.sync(options);
    CHECK(notes_say(report, "Replica does not exist"));
    CHECK(winter.office_content().find("of ana") != std::string::npos);
    CHECK(winter.office_content().find("ana 0") != std::string::npos);
    CHECK(winter.office_content().find("tree 2") == std::string::npos);
    winter.check_equal();
}

TEST_CASE("a download of an expired replica sends nothing and keeps every edit pending",
          "[sync][renewal]") {
    Winter winter;
    winter.edit_on_both_sides();
    winter.days_pass(181);
    const std::string office = winter.office_content();
    sync::SyncOptions options;
    options.direction = wire::SyncDirection::Download;
    winter.ana.sync(options);
    CHECK(winter.office_content() == office);
    CHECK(winter.ana.pending() == 5);
    CHECK(winter.ana_content().find("ana 0") != std::string::npos);
    CHECK(winter.ana_content().find("of office") != std::string::npos);
    CHECK(winter.ana_content().find("tree 4") == std::string::npos);
    winter.ana.sync();
    winter.check_equal();
}

TEST_CASE("the new replica has the layers, the filter and the area of the old one",
          "[sync][renewal]") {
    sync::CreateOptions options;
    options.layers = {{LayerId{0}}};
    options.where[LayerId{0}] = "species <> 'tree 1'";
    options.area = R"({"rings":[[[-1,-1],[-1,3.5],[3.5,3.5],[3.5,-1],[-1,-1]]]})";
    options.extent_epsg = 4326;
    Winter winter(options);
    const std::string before = content(winter.ana.file(), "trees");
    CHECK(before.find("tree 3") != std::string::npos);
    CHECK(before.find("tree 5") == std::string::npos);
    winter.days_pass(181);
    winter.ana.sync();
    CHECK(content(winter.ana.file(), "trees") == before);
    winter.office.add("trees", {{"species", "outside"}}, point(9, 9));
    winter.office.add("trees", {{"species", "inside"}}, point(2, 1));
    winter.ana.sync();
    CHECK(content(winter.ana.file(), "trees").find("outside") == std::string::npos);
    CHECK(content(winter.ana.file(), "trees").find("inside") != std::string::npos);
}

TEST_CASE("photos follow a renewal: those taken meanwhile go up, those deleted there go",
          "[sync][renewal][attachments]") {
    Winter winter;
    const GlobalId old = attach(winter.ana.file(), "trees", winter.trees[0], "old.jpg", photo(900));
    winter.ana.sync();
    const GlobalId taken =
        attach(winter.ana.file(), "trees", winter.trees[1], "new.jpg", photo(800, 2));
    {
        Geodatabase served = winter.office.open_file();
        sqlite::Transaction transaction(served.database());
        Attachments attachments(served);
        attachments.erase(attachments.find(old)->id, Attachments::Tracking::Logged);
        transaction.commit();
    }
    winter.days_pass(181);
    winter.ana.sync();
    Geodatabase served = winter.office.open_file();
    Attachments there(served);
    Attachments here(winter.ana.file());
    CHECK(there.find(taken));
    CHECK(here.find(taken));
    CHECK_FALSE(here.find(old));
}

TEST_CASE(
    "an edit that the service refuses of an expired replica is parked, and the renewal goes on",
    "[sync][renewal]") {
    Winter winter;
    winter.office.open_file().database().execute(
        "CREATE TRIGGER no_larch BEFORE UPDATE ON trees WHEN NEW.species = 'larch' BEGIN SELECT "
        "RAISE(ABORT, 'no larch'); END");
    winter.office.restart();
    winter.ana.update("trees", winter.trees[0], {{"species", "larch"}});
    winter.ana.update("trees", winter.trees[1], {{"species", "birch"}});
    winter.days_pass(181);
    const auto report = winter.ana.sync();
    CHECK(report.rejected.size() == 1);
    CHECK(sync::ReplicaStore(winter.ana.file()).rejected().size() == 1);
    CHECK(winter.ana_content().find("larch") != std::string::npos);
    CHECK(winter.office_content().find("birch") != std::string::npos);
}

TEST_CASE("the data of a renewal come as a delta, and what they lack goes",
          "[sync][renewal][delta]") {
    const auto deltas = [](Winter& winter) {
        const auto& log = winter.ana.link().log();
        return std::count_if(log.begin(), log.end(), [](const std::string& line) {
            return line.find(".delta") != std::string::npos;
        });
    };
    Winter winter;
    const auto before = deltas(winter);
    SECTION("as they are") {
        winter.edit_on_both_sides();
        winter.days_pass(181);
        const auto report = winter.ana.sync();
        CHECK(deltas(winter) > before);
        CHECK_FALSE(notes_say(report, "as JSON"));
        winter.check_equal();
        CHECK(winter.replicas() == 1);
    }
    SECTION("with photos they come as JSON") {
        attach(winter.ana.file(), "trees", winter.trees[0], "old.jpg", photo(900));
        winter.ana.sync();
        winter.days_pass(181);
        winter.ana.sync();
        CHECK(deltas(winter) == before);
        winter.check_equal();
    }
    SECTION("a photo that is gone there goes though the delta tells of none") {
        const GlobalId old =
            attach(winter.ana.file(), "trees", winter.trees[0], "old.jpg", photo(900));
        winter.ana.sync();
        {
            Geodatabase served = winter.office.open_file();
            sqlite::Transaction transaction(served.database());
            Attachments attachments(served);
            attachments.erase(attachments.find(old)->id, Attachments::Tracking::Logged);
            transaction.commit();
        }
        winter.days_pass(181);
        winter.ana.sync();
        CHECK(deltas(winter) > before);
        CHECK_FALSE(Attachments(winter.ana.file()).find(old));
        winter.check_equal();
    }
    SECTION("one that does not fit is done without") {
        winter.office.update("trees", winter.trees[1], {{"species", "office 1"}});
        winter.ana.file().database().execute("ALTER TABLE trees RENAME COLUMN dbh TO girth");
        winter.ana.restart();
        winter.days_pass(181);
        const auto report = winter.ana.sync();
        CHECK(notes_say(report, "the replica was asked for as JSON"));
        CHECK(winter.replicas() == 1);
        CHECK(winter.ana_content().find("office 1") != std::string::npos);
    }
}

TEST_CASE("a renewal survives a cut at every request, with no edit lost and one replica left",
          "[sync][renewal][cut]") {
    int cuts = 0;
    for (const bool unknown : {false, true}) {
        const auto begin = [unknown](Winter& winter) {
            winter.edit_on_both_sides();
            if (unknown) {
                winter.forget_replica();
            } else {
                winter.days_pass(181);
            }
        };
        sync::SyncOptions options;
        options.renew_unknown = unknown;
        Winter undisturbed;
        begin(undisturbed);
        const int before = undisturbed.ana.link().requests();
        undisturbed.ana.sync(options);
        const int requests = undisturbed.ana.link().requests() - before;
        const std::string expected = undisturbed.office_content();
        REQUIRE(undisturbed.ana_content() == expected);
        for (int n = 0; n < requests; ++n) {
            for (const LinkFault fault : kFaults) {
                INFO((unknown ? "unknown" : "expired")
                     << ", request " << n << ", " << name_of(fault));
                Winter winter;
                begin(winter);
                winter.ana.link().fail_at(n, fault);
                winter.ana.sync_stubbornly(options);
                winter.ana.sync();
                CHECK(winter.office_content() == expected);
                CHECK(winter.replicas() == 1);
                winter.check_equal();
                ++cuts;
            }
        }
    }
    std::cout << "cuts of a renewal: " << cuts << "\n";
}

namespace {

/// The office's disk breaks after Ana's edits came in, and an older backup takes its place.
struct Restored {
    Office office;
    GlobalId oak = office.add("trees", {{"global_id", identity(0)}, {"species", "oak"}});
    Device ana{office, "ana"};
    std::filesystem::path backup = office.folder() / "backup";

    explicit Restored(SyncModel model) {
        sync::CreateOptions options;
        options.model = model;
        ana.join(options);
        office.update("trees", oak, {{"dbh", 1.0}});
        ana.sync();
        office.restart([&] { std::filesystem::copy_file(office.file(), backup); });
        ana.add("trees", {{"global_id", identity(1)}, {"species", "only on the device"}});
        ana.update("trees", oak, {{"species", "as ana saw it"}});
        ana.sync();
        office.update("trees", oak, {{"dbh", 2.0}});
        ana.sync();
        REQUIRE(ana.pending() == 0);
    }
    void restore(int generations_since) {
        office.restart([&] {
            std::filesystem::copy_file(backup, office.file(),
                                       std::filesystem::copy_options::overwrite_existing);
        });
        for (int i = 0; i < generations_since; ++i) {
            office.add("trees", {{"global_id", identity(2 + i)}, {"species", "since"}});
        }
    }
    std::string here() { return content(ana.file(), "trees"); }
    std::string there() {
        Geodatabase served = office.open_file();
        return content(served, "trees");
    }
};

}  // namespace

TEST_CASE("a service restored from a backup is noticed, and what it has lost stays on the device",
          "[sync][renewal]") {
    const SyncModel model = GENERATE(SyncModel::PerReplica, SyncModel::PerLayer);
    // Behind what the device knows, just there, and beyond it.
    const int generations_since = GENERATE(0, 2, 6);
    INFO(wire::name_of(model) << ", " << generations_since);
    Restored world(model);
    world.restore(generations_since);
    world.ana.add("trees", {{"global_id", identity(9)}, {"species", "pending"}});

    const auto report = world.ana.sync();
    CHECK(notes_say(report, "restored from a backup"));
    REQUIRE(report.rejected.size() == 1);
    CHECK(report.rejected[0].feature.value.braced() == identity(1));
    CHECK_THAT(world.here(), Catch::Contains("only on the device"));
    CHECK_THAT(world.there(), Catch::Contains("pending"));
    bool kept = false;
    for (const sync::Conflict& conflict : report.conflicts) {
        kept = kept || (conflict.column == "species" && conflict.mine == "\"as ana saw it\"");
        CHECK(conflict.state == sync::Conflict::State::Open);
    }
    CHECK(kept);

    // Somebody decides that it goes up again.
    sync::retry_rejected(world.ana.file(), report.rejected[0].number);
    world.ana.sync();
    CHECK_THAT(world.there(), Catch::Contains("only on the device"));
    CHECK(world.here() == world.there());
    CHECK(world.ana.pending() == 0);
    CHECK_FALSE(notes_say(world.ana.sync(), "anew"));
}

TEST_CASE("attachments of a feature that the service has lost go up again with it",
          "[sync][renewal][attachments]") {
    Restored world(SyncModel::PerLayer);
    const GlobalId lost{*Uuid::parse(identity(1))};
    const GlobalId crown = attach(world.ana.file(), "trees", lost, "crown.jpg", photo(900));
    const GlobalId stem = attach(world.ana.file(), "trees", lost, "stem.jpg", photo(700, 2));
    world.ana.sync();
    const auto at_the_office = [&](const GlobalId& attachment) {
        Geodatabase served = world.office.open_file();
        const auto there = Attachments(served).find(attachment);
        if (!there || !there->content) return std::int64_t{-1};
        const auto content = Attachments(served).contents().find(*there->content);
        return content && content->whole() ? content->size : std::int64_t{-1};
    };
    REQUIRE(at_the_office(crown) == 900);
    world.restore(2);
    SECTION("when somebody says so") {
        SECTION("as they were") {}
        SECTION("one was replaced meanwhile") {
            replace_photo(world.ana.file(), crown, photo(900, 5));
        }
        const auto report = world.ana.sync();
        REQUIRE(report.rejected.size() == 1);
        CHECK(Attachments(world.ana.file()).find(crown));
        CHECK(at_the_office(crown) == -1);
        sync::retry_rejected(world.ana.file(), report.rejected[0].number);
    }
    SECTION("when it is edited again") {
        world.ana.sync();
        world.ana.update("trees", lost, {{"dbh", 7.0}});
    }
    SECTION("when its edit came to nothing before that was noticed") {
        world.ana.update("trees", lost, {{"dbh", 7.0}});
        CHECK(world.ana.sync().rejected.empty());  // it makes the feature anew
    }
    SECTION("when it had been edited and only a download came in between") {
        world.ana.update("trees", lost, {{"dbh", 7.0}});
        sync::SyncOptions down;
        down.direction = wire::SyncDirection::Download;
        CHECK(world.ana.sync(down).rejected.empty());
        CHECK(at_the_office(crown) == -1);
    }
    world.ana.sync();
    CHECK(world.here() == world.there());
    CHECK(at_the_office(crown) == 900);
    CHECK(at_the_office(stem) == 700);
    CHECK(sync::AttachmentLane(world.ana.file()).pending() == 0);
    const auto again = world.ana.sync();
    CHECK(again.attachments.sent == 0);
}

TEST_CASE("a photo that the service has lost while it kept its feature goes up again",
          "[sync][renewal][attachments]") {
    Restored world(GENERATE(SyncModel::PerReplica, SyncModel::PerLayer));
    const GlobalId bark = attach(world.ana.file(), "trees", world.oak, "bark.jpg", photo(900));
    const GlobalId leaf = attach(world.ana.file(), "trees", world.oak, "leaf.jpg", photo(800, 2));
    world.ana.sync();
    world.restore(2);
    const bool office_has_others = GENERATE(false, true);  // then the base does not come as a delta
    GlobalId office_photo;
    if (office_has_others) {
        Geodatabase served = world.office.open_file();
        office_photo = attach(served, "trees", world.oak, "office.jpg", photo(70, 3));
    }
    replace_photo(world.ana.file(), leaf, photo(850, 4));
    const GlobalId fresh = attach(world.ana.file(), "trees", world.oak, "fresh.jpg", photo(60, 5));

    const auto report = world.ana.sync();
    CHECK(notes_say(report, "1 attachment that the service has lost goes up again"));
    world.ana.sync();
    Geodatabase served = world.office.open_file();
    for (Geodatabase* file : {&served, &world.ana.file()}) {
        CHECK((bytes_of(*file, bark) == photo(900)));
        CHECK((bytes_of(*file, leaf) == photo(850, 4)));
        CHECK((bytes_of(*file, fresh) == photo(60, 5)));
        if (office_has_others) CHECK((bytes_of(*file, office_photo) == photo(70, 3)));
    }
    CHECK(sync::AttachmentLane(world.ana.file()).pending() == 0);
    CHECK(world.ana.sync().attachments.sent == 0);
}

TEST_CASE("an attachment whose content was never fetched says that it is lost with its feature",
          "[sync][renewal][attachments]") {
    Restored world(SyncModel::PerLayer);
    const GlobalId lost{*Uuid::parse(identity(1))};
    {
        Geodatabase served = world.office.open_file();
        attach(served, "trees", lost, "crown.jpg", photo(900));
    }
    sync::SyncOptions options;
    options.attachments = sync::AttachmentPolicy::None;
    world.ana.sync(options);
    world.restore(2);
    const auto report = world.ana.sync();
    REQUIRE(report.rejected.size() == 1);
    sync::retry_rejected(world.ana.file(), report.rejected[0].number);
    world.ana.sync();
    CHECK(world.here() == world.there());
    sync::AttachmentLane lane(world.ana.file());
    CHECK(lane.pending() == 0);
    const auto left = lane.attachments().of_feature({0}, lost);
    REQUIRE(left.size() == 1);
    CHECK_THAT(lane.state(left[0]).failure, Catch::Contains("its content was not here"));
}

TEST_CASE("a service whose file was replaced by another keeps nobody from what they had sent",
          "[sync][renewal]") {
    Restored world(SyncModel::PerLayer);
    world.office.restart([&] {
        Office other;
        other.add("trees", {{"global_id", identity(5)}, {"species", "of another file"}});
        other.close();
        std::filesystem::copy_file(other.file(), world.office.file(),
                                   std::filesystem::copy_options::overwrite_existing);
    });
    CHECK_THROWS_WITH(world.ana.sync(), Catch::Contains("does not know this replica"));
    sync::SyncOptions options;
    options.renew_unknown = true;
    const auto report = world.ana.sync(options);
    CHECK(report.rejected.size() == 2);
    CHECK_THAT(world.here(), Catch::Contains("of another file") &&
                                 Catch::Contains("only on the device") &&
                                 Catch::Contains("as ana saw it"));
}

TEST_CASE("a service that merely went on is not taken for a restored one", "[sync][renewal]") {
    Restored world(SyncModel::PerReplica);
    world.office.restart();
    world.office.update("trees", world.oak, {{"dbh", 3.0}});
    const auto report = world.ana.sync();
    CHECK(report.notes.empty());
    CHECK(world.here() == world.there());
}
