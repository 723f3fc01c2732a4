// SPDX-License-Identifier: Apache-2.0
//
// Replica files of the version before policies and decisions.
#include "sync/replica/rejected_edits.hpp"
#include "tests/support/crew.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using State = sync::RejectedEdit::State;

namespace {

/// Takes a file back to the tables of version 0.1.
constexpr const char* kOldTables = R"(
ALTER TABLE rhumb_replica_layer DROP COLUMN policy;
ALTER TABLE rhumb_replica_layer DROP COLUMN editor_field;
ALTER TABLE rhumb_conflict DROP COLUMN policy;
ALTER TABLE rhumb_conflict DROP COLUMN state;
ALTER TABLE rhumb_conflict DROP COLUMN mine_by;
ALTER TABLE rhumb_conflict DROP COLUMN theirs_by;
ALTER TABLE rhumb_conflict DROP COLUMN resolved_ms;
ALTER TABLE rhumb_conflict DROP COLUMN resolved_value;
ALTER TABLE rhumb_rejected DROP COLUMN state;
ALTER TABLE rhumb_rejected DROP COLUMN keeping;
ALTER TABLE rhumb_rejected DROP COLUMN attempts;
ALTER TABLE rhumb_rejected DROP COLUMN decided_ms;
)";

/// Ana's file, made by 0.1: an insert and an update were refused, one value lost.
struct OldFile : MergeCrew {
    GlobalId palm;

    OldFile() {
        rule(
            "CREATE TRIGGER no_palms BEFORE INSERT ON trees WHEN NEW.species = 'palm' BEGIN "
            "SELECT RAISE(ABORT, 'no palms'); END; CREATE TRIGGER thin BEFORE UPDATE ON trees "
            "WHEN NEW.dbh < 0 BEGIN SELECT RAISE(ABORT, 'too thin'); END");
        palm = ana.add("trees", {{"species", "palm"}}, point(3, 3));
        ana.update("trees", elm, {{"dbh", -1.0}});
        ana.update("trees", oak, {{"species", "mine"}});
        office.update("trees", oak, {{"species", "theirs"}});
        REQUIRE(ana.sync().rejected.size() == 2);
        ana.file().database().execute(kOldTables);
        // 0.1 forgot the edit itself.
        ana.file().database().execute("DELETE FROM rhumb_edit_0");
        ana.restart();
    }
    sync::RejectedEdit refused(NetEdit::Kind kind) {
        for (const auto& edit : sync::ReplicaStore(ana.file()).rejected(true)) {
            if (edit.kind == kind) return edit;
        }
        FAIL("there is none");
        return {};
    }
};

}  // namespace

TEST_CASE("a file of version 0.1 is read without being changed", "[sync][merge][upgrade]") {
    OldFile old;
    const auto path = old.ana.file().path();
    const Geodatabase::Access read = Geodatabase::Access::Read;
    Geodatabase file = Geodatabase::open(path, old.office.world().world(), read);
    const sync::ReplicaStore store(file);
    REQUIRE(store.rejected().size() == 2);
    CHECK(store.rejected()[0].state == State::Parked);
    REQUIRE(store.conflicts().size() == 1);
    CHECK(store.conflicts()[0].state == sync::Conflict::State::ByPolicy);
    CHECK(store.load().layers.at(0).policy == sync::MergePolicy::LastIn);
}

TEST_CASE("a refused insert of version 0.1 goes up whole when its feature is mended",
          "[sync][merge][upgrade]") {
    OldFile old;
    sync::SyncOptions nothing;
    CHECK(old.ana.sync(nothing).rejected.empty());
    old.ana.update("trees", old.palm, {{"species", "ash"}});
    CHECK(old.ana.sync().rejected.empty());
    CHECK(old.served(old.of(old.palm, "species")) == "ash");
    CHECK(old.refused(NetEdit::Kind::Insert).state == State::Accepted);
    CHECK(old.refused(NetEdit::Kind::Update).state == State::Parked);
}

TEST_CASE("a refused insert that was edited before the file was upgraded is pending as an insert",
          "[sync][merge][upgrade]") {
    OldFile old;
    old.ana.update("trees", old.palm, {{"species", "ash"}});
    CHECK(old.ana.sync().rejected.empty());
    CHECK(old.served(old.of(old.palm, "species")) == "ash");
    CHECK(old.refused(NetEdit::Kind::Insert).state == State::Accepted);
}

TEST_CASE("a refused update of version 0.1 goes up again with all its values",
          "[sync][merge][upgrade]") {
    OldFile old;
    old.rule("DROP TRIGGER thin");
    const std::int64_t number = old.refused(NetEdit::Kind::Update).number;
    SECTION("retried") {
        sync::retry_rejected(old.ana.file(), number);
        CHECK(old.ana.sync().rejected.empty());
        CHECK(old.served(old.of(old.elm, "dbh")) == "-1.0");
    }
    SECTION("dropped: what is here stays") {
        sync::drop_rejected(old.ana.file(), number);
        CHECK(old.on(old.ana, old.of(old.elm, "dbh")) == "-1.0");
    }
}

TEST_CASE("a conflict of version 0.1 may be decided", "[sync][merge][upgrade]") {
    OldFile old;
    sync::resolve_conflict(old.ana.file(), 1, {sync::Resolution::Take::Theirs});
    old.ana.sync();
    CHECK(old.served(old.of(old.oak, "species")) == "theirs");
}
