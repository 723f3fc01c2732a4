// SPDX-License-Identifier: Apache-2.0
//
// From service to service: a data set is taken from one office, published by another, and edits are
// carried between them in files.
#include "sync/client/relay_ladder.hpp"

#include "platform/error.hpp"
#include "runtime/server/publish_data_set.hpp"
#include "sync/replica/data_set.hpp"
#include "sync/replica/replica_store.hpp"
#include "tests/support/branch.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/narrow_link.hpp"
#include "tests/support/photos.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;
using wire::SyncDirection;
using wire::SyncModel;

TEST_CASE("a data set for a service is published with a replica of the same id", "[sync][relay]") {
    const SyncModel model = GENERATE(SyncModel::PerReplica, SyncModel::PerLayer);
    Office north;
    north.add("trees", {{"species", "oak"}}, point(1, 1));
    Branch south(north, model);
    CHECK(south.content("trees") == content_of(north, "trees"));
    const Json there = north.get("/replicas/" + south.replica());
    const Json here = south.office().get("/replicas/" + south.replica());
    CHECK(at(here, "replicaID") == at(there, "replicaID"));
    CHECK(at(here, "targetType") == Json("server"));
    CHECK(at(here, "syncModel") == at(there, "syncModel"));
}

TEST_CASE("edits go both ways between two services, each once", "[sync][relay]") {
    const SyncModel model = GENERATE(SyncModel::PerReplica, SyncModel::PerLayer);
    Office north;
    const GlobalId oak = north.add("trees", {{"species", "oak"}, {"dbh", 1.0}}, point(1, 1));
    const GlobalId elm = north.add("trees", {{"species", "elm"}}, point(2, 2));
    Branch south(north, model);
    north.update("trees", oak, {{"species", "holm oak"}});
    const GlobalId yew = north.add("trees", {{"species", "yew"}}, point(3, 3));
    south.office().update("trees", oak, {{"dbh", 2.5}});
    south.office().erase("trees", elm);
    south.office().add("visits", {{"note", "seen"}});
    south.carry_home();
    south.carry_out();
    CHECK(south.content("trees") == content_of(north, "trees"));
    CHECK(south.content("visits") == content_of(north, "visits"));
    CHECK(content_of(north, "trees").find("'holm oak', 2.5") != std::string::npos);
    CHECK(content_of(north, "trees").find("'elm'") == std::string::npos);
    // Nothing is left to carry: what each took in is not sent back.
    const std::string before = south.content("trees");
    CHECK(south.carry_home().layers.empty());
    CHECK(south.carry_out().layers.empty());
    south.office().erase("trees", yew);
    south.carry_home();
    CHECK(content_of(north, "trees") == south.content("trees"));
    CHECK(before != south.content("trees"));
}

TEST_CASE("what was edited in the data set before it was published goes home", "[sync][relay]") {
    Office north;
    const GlobalId oak = north.add("trees", {{"species", "oak"}}, point(1, 1));
    Branch south(north, SyncModel::PerReplica, [&](Geodatabase& file) {
        update_feature(file, "trees", oak, {{"species", "edited early"}});
    });
    south.carry_home();
    CHECK(content_of(north, "trees").find("edited early") != std::string::npos);
}

TEST_CASE("a row that left the source's filter goes at the branch and stays at the source",
          "[sync][relay]") {
    Office north;
    const GlobalId oak = north.add("trees", {{"species", "oak"}}, point(1, 1));
    sync::CreateOptions options;
    options.where[LayerId{0}] = "species <> 'gone'";
    Branch south(north, SyncModel::PerReplica, {}, options);
    south.office().update("trees", oak, {{"dbh", 4.5}});
    north.update("trees", oak, {{"species", "gone"}});
    south.carry_out();  // the branch has edited it too, and must not send a deletion home
    CHECK(south.content("trees").empty());
    south.carry_home();
    CHECK(content_of(north, "trees").find("gone") != std::string::npos);
}

TEST_CASE("a relay that is repeated, or begun anew, changes nothing", "[sync][relay]") {
    Office north;
    const GlobalId oak = north.add("trees", {{"species", "oak"}}, point(1, 1));
    Branch south(north, SyncModel::PerLayer);
    north.update("trees", oak, {{"species", "yew"}});
    south.link().fail_at(0, LinkFault::None);
    // The target takes the file, the answer is lost, and the state of the relay with it.
    const int last = south.requests_out() - 1;
    north.update("trees", oak, {{"species", "fir"}});
    south.link().fail_at(last, LinkFault::Killed);
    CHECK_THROWS_AS(south.carry_out(), DeviceKilled);
    south.forget_state();
    CHECK(south.carry_out().layers.empty());
    CHECK(south.content("trees") == content_of(north, "trees"));
}

TEST_CASE("edits that the target refuses are told, and the file with them is kept",
          "[sync][relay]") {
    Office north;
    const GlobalId oak = north.add("trees", {{"species", "oak"}}, point(1, 1));
    Branch south(north, SyncModel::PerReplica);
    south.rule(
        "CREATE TRIGGER no_palms BEFORE INSERT ON trees WHEN NEW.species = 'palm' "
        "BEGIN SELECT RAISE(ABORT, 'no palms'); END");
    const GlobalId palm = north.add("trees", {{"species", "palm"}}, point(2, 2));
    north.update("trees", oak, {{"species", "yew"}});
    SECTION("each by itself") {
        const auto report = south.carry_out();
        REQUIRE(report.rejected.size() == 1);
        CHECK(report.rejected[0].feature == palm);
        REQUIRE(report.notes.size() == 1);
        CHECK(south.content("trees").find("yew") != std::string::npos);
        CHECK(south.carry_out().layers.empty());
    }
    SECTION("all or none") {
        sync::RelayOptions options;
        options.rollback_on_failure = true;
        CHECK_THROWS_WITH(south.carry_out(options), Catch::Contains("no palms"));
        CHECK(south.content("trees").find("yew") == std::string::npos);
        south.rule("DROP TRIGGER no_palms");
        south.carry_out(options);
        CHECK(south.content("trees") == content_of(north, "trees"));
    }
}

TEST_CASE("what the target refused is told although its answer was lost", "[sync][relay]") {
    bool lost_the_last = false;
    for (int request = 0; !lost_the_last; ++request) {
        Office north;
        Branch south(north, SyncModel::PerReplica);
        south.rule(
            "CREATE TRIGGER no_palms BEFORE INSERT ON trees WHEN NEW.species = 'palm' "
            "BEGIN SELECT RAISE(ABORT, 'no palms'); END");
        north.add("trees", {{"species", "palm"}}, point(2, 2));
        south.link().fail_at(request, LinkFault::AnswerLost);
        const auto report = south.carry_out();
        INFO("request " << request);
        CHECK(report.rejected.size() == 1);
        CHECK(report.notes.size() == 1);
        lost_the_last = south.link().requests() <= request;
        REQUIRE(request < 30);
    }
}

TEST_CASE("edits older than those that are in, or with a gap before them, are refused",
          "[sync][relay]") {
    Office north;
    const GlobalId oak = north.add("trees", {{"species", "oak"}}, point(1, 1));
    Branch south(north, SyncModel::PerReplica);
    const auto reached = [&] {
        return at(south.office().get("/replicas/" + south.replica()), "replicaServerSibGen")
            .as_int64("g");
    };
    const std::int64_t first = reached();
    north.update("trees", oak, {{"species", "yew"}});
    south.carry_out();
    REQUIRE(reached() > first);
    const Json late =
        south.office().post("/synchronizeReplica", {{"replicaID", south.replica()},
                                                    {"syncDirection", "upload"},
                                                    {"replicaServerSibGen", std::to_string(first)},
                                                    {"edits", "[]"}});
    CHECK(at(late, "error", "details", 0).as_string("d").find("are in already") !=
          std::string::npos);
    CHECK(south.content("trees").find("yew") != std::string::npos);
}

TEST_CASE("a data set for a service is not synchronized as a device's replica", "[sync][relay]") {
    Office north;
    Branch south(north, SyncModel::PerReplica, [](Geodatabase& file) {
        CHECK_THROWS_WITH(sync::synchronize_ladder(file, {}, nullptr),
                          Catch::Contains("from service to service"));
    });
    CHECK_FALSE(south.replica().empty());
}

namespace {

/// "a.jpg 1000 <hash>" of each, in the order of names.
std::string photos_of(Office& office) {
    Geodatabase file = office.open_file();
    return photos(file);
}

struct PhotoPair {
    Office north;
    GlobalId oak = north.add("trees", {{"species", "oak"}}, point(1, 1));
    GlobalId old_photo, gone_photo;
    std::optional<Branch> south;

    explicit PhotoPair(SyncModel model = SyncModel::PerReplica) {
        {
            Geodatabase file = north.open_file();
            old_photo = attach(file, "trees", oak, "old.jpg", photo(70'000, 1));
            gone_photo = attach(file, "trees", oak, "gone.jpg", photo(300, 2));
        }
        north.restart();
        south.emplace(north, model);
    }
    void both_work() {
        {
            Geodatabase file = north.open_file();
            replace_photo(file, old_photo, photo(5'000, 3));
            remove_photo(file, gone_photo);
            const GlobalId ash = add_feature(file, "trees", {{"species", "ash"}}, point(2, 2));
            attach(file, "trees", ash, "ash.jpg", photo(200'000, 4));
        }
        north.restart();
        {
            Geodatabase file = south->office().open_file();
            // Both offices draw from the same seed.
            for (int i = 0; i < 100; ++i) (void)file.new_global_id();
            attach(file, "trees", oak, "south.jpg", photo(40'000, 5));
            attach(file, "trees", oak, "empty.txt", "");
        }
        south->office().restart();
    }
};

}  // namespace

TEST_CASE("a data set for a service brings the photos along", "[sync][relay][attachments]") {
    PhotoPair pair;
    CHECK(photos_of(pair.south->office()) == photos_of(pair.north));
    CHECK(photos_of(pair.north).find("old.jpg") != std::string::npos);
}

TEST_CASE("photos go both ways between two services", "[sync][relay][attachments]") {
    const SyncModel model = GENERATE(SyncModel::PerReplica, SyncModel::PerLayer);
    PhotoPair pair(model);
    pair.both_work();
    const auto home = pair.south->carry_home();
    const auto out = pair.south->carry_out();
    CHECK(home.attachments.sent == 2);
    CHECK(home.attachments.failures.empty());
    CHECK(out.attachments.failures.empty());
    CHECK(photos_of(pair.south->office()) == photos_of(pair.north));
    for (const char* name : {"old.jpg", "ash.jpg", "south.jpg", "empty.txt"}) {
        INFO(name);
        CHECK(photos_of(pair.north).find(name) != std::string::npos);
    }
    CHECK(photos_of(pair.north).find("gone.jpg") == std::string::npos);
    // What each took in is not sent back.
    CHECK(pair.south->carry_home().attachments.sent == 0);
    CHECK(pair.south->carry_out().attachments.sent == 0);
}

TEST_CASE("photos are carried over a link that drops every thirty kilobytes",
          "[sync][relay][attachments][link]") {
    PhotoPair pair;
    pair.both_work();
    NarrowLink link(pair.south->link());
    link.room = 30'000;
    link.gateway = GENERATE(false, true);
    pair.south->go_over(link);
    CHECK(pair.south->carry_home().attachments.failures.empty());
    CHECK(pair.south->carry_out().attachments.failures.empty());
    CHECK(link.broken > 2);
    CHECK(link.bytes_up < 900'000);
    CHECK((photos_of(pair.south->office()) == photos_of(pair.north)));
    CHECK(photos_of(pair.south->office()).find("ash.jpg") != std::string::npos);
}

TEST_CASE("a relay of photos goes on after any cut", "[sync][relay][attachments]") {
    for (int request = 0; request < 12; ++request) {
        for (const LinkFault fault : kLinkFaults) {
            INFO("request " << request << ", " << name_of(fault));
            PhotoPair pair;
            pair.both_work();
            pair.south->link().fail_at(request, fault);
            for (int life = 0; life < 3; ++life) {
                try {
                    pair.south->carry_home();
                    pair.south->carry_out();
                } catch (const DeviceKilled&) {
                    pair.south->restart_state();
                }
            }
            CHECK(photos_of(pair.south->office()) == photos_of(pair.north));
            CHECK(photos_of(pair.north).find("south.jpg") != std::string::npos);
            CHECK(photos_of(pair.north).find("ash.jpg") != std::string::npos);
        }
    }
}

TEST_CASE("content that the source has lost is told, and everything else is carried",
          "[sync][relay][attachments]") {
    PhotoPair pair;
    pair.both_work();
    pair.north.open_file().database().execute(
        "UPDATE rhumb_content SET have = 0 WHERE size = 200000");
    pair.north.restart();
    const auto out = pair.south->carry_out();
    REQUIRE(out.attachments.failures.size() == 1);
    CHECK_THAT(out.attachments.failures[0].reason, Catch::Contains("is not here"));
    CHECK(pair.south->content("trees").find("ash") != std::string::npos);
    REQUIRE(out.notes.size() == 1);
    CHECK_THAT(out.notes[0], Catch::Contains("is kept"));
}
