// SPDX-License-Identifier: Apache-2.0
//
// perLayer replicas whose layers go different ways in one synchronization.
#include "sync/replica/replica_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/photos.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::SyncDirection;
using wire::SyncModel;

namespace {

const LayerId kTrees{0}, kVisits{1};

/// Both sides have edited both layers.
struct Crew {
    Office office;
    GlobalId oak = office.add("trees", {{"species", "oak"}}, point(1, 1));
    Device ana{office, "ana"};

    explicit Crew(SyncModel model = SyncModel::PerLayer) {
        sync::CreateOptions options;
        options.model = model;
        ana.join(options);
        ana.add("trees", {{"species", "ana's ash"}}, point(2, 2));
        ana.add("visits", {{"note", "ana was here"}});
        office.add("trees", {{"species", "office elm"}}, point(3, 3));
        office.add("visits", {{"note", "a call came in"}});
    }
    sync::SyncReport sync(SyncDirection all, const sync::DirectionWishes& own) {
        sync::SyncOptions options;
        options.direction = all;
        options.layer_directions = own;
        return ana.sync(options);
    }
    bool office_has(const std::string& layer, const std::string& text) {
        Geodatabase served = office.open_file();
        return content(served, layer).find(text) != std::string::npos;
    }
    bool ana_has(const std::string& layer, const std::string& text) {
        return content(ana.file(), layer).find(text) != std::string::npos;
    }
    void check_agreed_after_all() {
        ana.sync();
        Geodatabase served = office.open_file();
        for (const char* layer : {"trees", "visits"}) {
            CHECK(content(ana.file(), layer) == content(served, layer));
        }
        CHECK(ana.pending() == 0);
    }
};

}  // namespace

TEST_CASE("one layer goes up while another comes down", "[sync][directions]") {
    Crew crew;
    const auto report = crew.sync(SyncDirection::Download, {{kTrees, SyncDirection::Upload}});
    CHECK(crew.office_has("trees", "ana''s ash"));
    CHECK_FALSE(crew.ana_has("trees", "office elm"));
    CHECK(crew.ana_has("visits", "a call came in"));
    CHECK_FALSE(crew.office_has("visits", "ana was here"));
    CHECK(report.rejected.empty());
    CHECK(crew.ana.pending() == 1);
    crew.check_agreed_after_all();
}

TEST_CASE("a layer that stays out keeps its edits and misses nothing later", "[sync][directions]") {
    Crew crew;
    crew.sync(SyncDirection::Bidirectional, {{kVisits, std::nullopt}});
    CHECK(crew.office_has("trees", "ana''s ash"));
    CHECK(crew.ana_has("trees", "office elm"));
    CHECK_FALSE(crew.ana_has("visits", "a call came in"));
    CHECK_FALSE(crew.office_has("visits", "ana was here"));
    CHECK(crew.ana.pending() == 1);
    crew.check_agreed_after_all();
}

TEST_CASE("an edit of a layer that stays out is merged with later ones of it",
          "[sync][directions]") {
    Crew crew;
    crew.ana.update("trees", crew.oak, {{"species", "red oak"}});
    crew.sync(SyncDirection::Bidirectional, {{kTrees, std::nullopt}});
    crew.ana.update("trees", crew.oak, {{"dbh", 9.5}});
    crew.check_agreed_after_all();
    CHECK(crew.office_has("trees", "'red oak', 9.5"));
}

TEST_CASE("a layer comes anew while another goes both ways", "[sync][directions]") {
    Crew crew;
    crew.sync(SyncDirection::Bidirectional, {{kVisits, SyncDirection::Snapshot}});
    CHECK(crew.ana_has("visits", "a call came in"));
    CHECK(crew.ana_has("visits", "ana was here"));
    CHECK_FALSE(crew.office_has("visits", "ana was here"));
    CHECK(crew.office_has("trees", "ana''s ash"));
    CHECK(crew.ana_has("trees", "office elm"));
    crew.check_agreed_after_all();
}

TEST_CASE("photos of a layer that only comes down wait for their turn", "[sync][directions]") {
    Office office;
    const GlobalId oak = office.add("trees", {{"species", "oak"}}, point(1, 1));
    const GlobalId visit = office.add("visits", {{"note", "first"}});
    Device ana{office, "ana"};
    sync::CreateOptions options;
    options.model = SyncModel::PerLayer;
    options.attachments = sync::AttachmentPolicy::All;
    ana.join(options);
    attach(ana.file(), "trees", oak, "oak.jpg", photo(1000, 1));
    attach(ana.file(), "visits", visit, "visit.jpg", photo(1000, 2));
    const auto count = [&](std::int32_t layer) {
        Geodatabase served = office.open_file();
        return std::string(served.database()
                               .text_of("SELECT count(*) FROM rhumb_attachment WHERE layer_id = " +
                                        std::to_string(layer))
                               .value_or("?"));
    };
    sync::SyncOptions some;
    some.layer_directions[kVisits] = SyncDirection::Download;
    ana.sync(some);
    CHECK(count(0) == "1");
    CHECK(count(1) == "0");
    ana.sync();
    CHECK(count(0) == "1");
    CHECK(count(1) == "1");
    CHECK(sync::AttachmentLane(ana.file()).pending() == 0);
}

TEST_CASE("a synchronization of mixed directions goes on as it was begun", "[sync][directions]") {
    for (int request = 0; request < 4; ++request) {
        INFO("killed at request " << request);
        Crew crew;
        crew.ana.link().fail_at(request, LinkFault::Killed);
        sync::SyncOptions options;
        options.direction = SyncDirection::Download;
        options.layer_directions[kTrees] = SyncDirection::Upload;
        crew.ana.sync_stubbornly(options);
        crew.ana.link().heal();
        CHECK(crew.office_has("trees", "ana''s ash"));
        CHECK(crew.ana_has("visits", "a call came in"));
        CHECK_FALSE(crew.office_has("visits", "ana was here"));
        crew.check_agreed_after_all();
    }
}

TEST_CASE("directions that cannot be are refused before anything is sent", "[sync][directions]") {
    SECTION("of a layer that the replica does not have") {
        Crew crew;
        CHECK_THROWS_WITH(crew.sync(SyncDirection::Download, {{{7}, SyncDirection::Upload}}),
                          Catch::Contains("layer 7") && Catch::Contains("not in the replica"));
        CHECK(crew.ana.pending() == 2);
    }
    SECTION("under perReplica") {
        Crew crew(SyncModel::PerReplica);
        CHECK_THROWS_WITH(crew.sync(SyncDirection::Download, {{kTrees, SyncDirection::Upload}}),
                          Catch::Contains("layer 0") && Catch::Contains("perReplica"));
        CHECK(crew.ana.pending() == 2);
    }
    SECTION("when no layer is left") {
        Crew crew;
        CHECK_THROWS_WITH(
            crew.sync(SyncDirection::Download, {{kTrees, std::nullopt}, {kVisits, std::nullopt}}),
            Catch::Contains("no layer"));
    }
    SECTION("when closing would leave edits behind") {
        Crew crew;
        sync::SyncOptions options;
        options.layer_directions[kVisits] = SyncDirection::Download;
        options.close_replica = true;
        CHECK_THROWS_WITH(crew.ana.sync(options),
                          Catch::Contains("visits") && Catch::Contains("1 pending edit"));
        CHECK(crew.ana.pending() == 2);
    }
}
