// SPDX-License-Identifier: Apache-2.0
//
// Conflicts and refused edits as a host decides about them.
#include "rhumb/merge.h"
#include "tests/capi/device.hpp"

#include <fstream>
#include <sstream>

using namespace rhumb::test;

namespace {

rhumb_guid first_tree(rhumb_geodatabase* geodatabase) {
    rhumb_error error;
    rhumb_query_options options;
    rhumb_query_options_init(&options);
    const CursorHandle cursor = open_query(geodatabase, options);
    std::int32_t has_row = 0;
    ok(rhumb_cursor_next(cursor.get(), &has_row, &error), error);
    REQUIRE(has_row == 1);
    rhumb_row row;
    rhumb_row_init(&row);
    ok(rhumb_cursor_row(cursor.get(), &row, &error), error);
    return row.global_id;
}

/// An oak that Ana has on her device, and Ben on his.
struct Pair {
    FieldFile folder;
    FieldService service;
    Device ana{folder, "ana.gpkg"};
    rhumb_guid oak{};
    StatusHandle status;

    Pair() {
        service.add_tree("oak", 1, 1);
        ana.create(service.url());
        oak = first_tree(ana.geodatabase());
    }
    rhumb_conflict conflict() {
        rhumb_error error;
        facts_of(ana.replica().get(), status);
        rhumb_conflict out;
        rhumb_conflict_init(&out);
        ok(rhumb_replica_status_conflict(status.get(), 0, &out, &error), error);
        return out;
    }
    rhumb_rejected_edit rejected() {
        rhumb_error error;
        facts_of(ana.replica().get(), status);
        rhumb_rejected_edit out;
        rhumb_rejected_edit_init(&out);
        ok(rhumb_replica_status_rejected(status.get(), 0, &out, &error), error);
        return out;
    }
    std::size_t rejected_count() { return facts_of(ana.replica().get(), status).rejected_count; }
    /// The service has a rule that Ana's edit breaks.
    void refuse_update() {
        service.rule(
            "CREATE TRIGGER nobodys BEFORE UPDATE ON trees WHEN NEW.species = 'mine' BEGIN "
            "SELECT RAISE(ABORT, 'a tree is nobody''s'); END");
        set_species(ana.geodatabase(), oak, "mine");
        rhumb_error error;
        rhumb_sync_options up;
        rhumb_sync_options_init(&up);
        up.direction = RHUMB_DIRECTION_UPLOAD;
        ok(rhumb_synchronize(ana.replica().get(), &up, nullptr, nullptr, &error), error);
    }
};

}  // namespace

TEST_CASE("a host changes a layer's policy and decides a conflict", "[capi][merge]") {
    Pair field;
    rhumb_error error;
    const ReplicaHandle replica = field.ana.replica();
    std::int32_t policy = 0;
    ok(rhumb_replica_policy(replica.get(), 0, &policy, &error), error);
    CHECK(policy == RHUMB_POLICY_LAST);
    ok(rhumb_replica_set_policy(replica.get(), 0, RHUMB_POLICY_ASK, &error), error);
    ok(rhumb_replica_policy(replica.get(), 0, &policy, &error), error);
    CHECK(policy == RHUMB_POLICY_ASK);

    set_species(field.ana.geodatabase(), field.oak, "mine");
    field.service.set_species(text(field.oak), "theirs");
    field.ana.sync();
    const rhumb_conflict conflict = field.conflict();
    CHECK(conflict.state == RHUMB_CONFLICT_OPEN);
    CHECK(conflict.policy == RHUMB_POLICY_ASK);
    CHECK(text(conflict.base) == "\"oak\"");
    CHECK(text(conflict.mine) == "\"mine\"");
    CHECK(conflict.mine_by.size > 0);

    rhumb_resolution resolution;
    rhumb_resolution_init(&resolution);
    std::int64_t count = 0;
    ok(rhumb_conflict_resolve(replica.get(), conflict.number, &resolution, &count, &error), error);
    CHECK(count == 1);
    CHECK(field.ana.pending() == 1);
    field.ana.sync();
    CHECK(field.service.species() == "mine");
    CHECK(field.conflict().state == RHUMB_CONFLICT_TOOK_MINE);
    CHECK(field.conflict().resolved_ms > 0);
    fails(rhumb_conflict_resolve(replica.get(), conflict.number, &resolution, nullptr, &error),
          error, RHUMB_INVALID_ARGUMENT, "decided already");
}

TEST_CASE("a host decides about a refused edit", "[capi][merge]") {
    Pair field;
    field.refuse_update();
    rhumb_error error;
    const ReplicaHandle replica = field.ana.replica();
    const rhumb_rejected_edit edit = field.rejected();
    CHECK(edit.state == RHUMB_REJECTED_PARKED);
    CHECK(edit.attempts == 1);
    CHECK(edit.code == 1016);
    CHECK(field.ana.pending() == 0);
    SECTION("retry, park, and retry once more") {
        ok(rhumb_rejected_retry(replica.get(), edit.number, &error), error);
        CHECK(field.ana.pending() == 1);
        CHECK(field.rejected().state == RHUMB_REJECTED_PENDING);
        ok(rhumb_rejected_park(replica.get(), edit.number, &error), error);
        CHECK(field.ana.pending() == 0);
        ok(rhumb_rejected_retry(replica.get(), edit.number, &error), error);
        field.service.rule("DROP TRIGGER nobodys");
        field.ana.sync();
        CHECK(field.service.species() == "mine");
        CHECK(field.rejected_count() == 0);
    }
    SECTION("take theirs") {
        ok(rhumb_rejected_take_theirs(replica.get(), edit.number, &error), error);
        CHECK(field.rejected_count() == 0);
        field.ana.sync();
        CHECK(field.service.species() == "oak");
        CHECK(species(field.ana.geodatabase()) == "oak");
    }
    SECTION("drop") {
        ok(rhumb_rejected_drop(replica.get(), edit.number, &error), error);
        CHECK(field.rejected_count() == 0);
        fails(rhumb_rejected_drop(replica.get(), edit.number, &error), error, RHUMB_NOT_FOUND,
              "number 1");
    }
    SECTION("export") {
        const std::string path = field.folder.beside("refused.jsonl");
        std::int64_t count = 0;
        ok(rhumb_rejected_export(replica.get(), str(path), &count, &error), error);
        CHECK(count == 1);
        std::stringstream written;
        written << std::ifstream(path).rdbuf();
        CHECK_THAT(written.str(), Catch::Contains("\"mine\"") && Catch::Contains("1016"));
    }
}

TEST_CASE("decisions that make no sense are refused by name", "[capi][merge]") {
    Pair field;
    rhumb_error error;
    const ReplicaHandle handle = field.ana.replica();
    rhumb_replica* replica = handle.get();
    std::int32_t policy = 0;
    const auto bad = RHUMB_INVALID_ARGUMENT;
    fails(rhumb_replica_policy(nullptr, 0, &policy, &error), error, bad, "'replica'");
    fails(rhumb_replica_policy(replica, 0, nullptr, &error), error, bad, "'out_policy'");
    fails(rhumb_replica_policy(replica, 9, &policy, &error), error, RHUMB_NOT_FOUND, "layer 9");
    fails(rhumb_replica_set_policy(replica, 0, 7, &error), error, bad, "'policy'");
    fails(rhumb_replica_set_policy(replica, 9, RHUMB_POLICY_ASK, &error), error, RHUMB_NOT_FOUND,
          "layer 9");
    fails(rhumb_replica_set_policy(nullptr, 0, 1, &error), error, bad, "'replica'");
    rhumb_resolution_init(nullptr);
    rhumb_resolution resolution;
    rhumb_resolution_init(&resolution);
    fails(rhumb_conflict_resolve(replica, 5, &resolution, nullptr, &error), error, RHUMB_NOT_FOUND,
          "number 5");
    fails(rhumb_conflict_resolve(replica, 5, nullptr, nullptr, &error), error, bad, "'resolution'");
    resolution.take = 9;
    fails(rhumb_conflict_resolve(replica, 5, &resolution, nullptr, &error), error, bad,
          "'resolution->take'");
    resolution.take = RHUMB_TAKE_MINE;
    resolution.scope = 9;
    fails(rhumb_conflict_resolve(replica, 5, &resolution, nullptr, &error), error, bad,
          "'resolution->scope'");
    resolution.scope = RHUMB_SCOPE_COLUMN;
    fails(rhumb_conflict_resolve(replica, 5, &resolution, nullptr, &error), error, bad,
          "'resolution->column'");
    fails(rhumb_rejected_retry(nullptr, 5, &error), error, bad, "'replica'");
    fails(rhumb_rejected_retry(replica, 5, &error), error, RHUMB_NOT_FOUND, "number 5");
    fails(rhumb_rejected_take_theirs(replica, 5, &error), error, RHUMB_NOT_FOUND, "number 5");
    fails(rhumb_rejected_park(replica, 5, &error), error, RHUMB_NOT_FOUND, "number 5");
    fails(rhumb_rejected_export(replica, str(""), nullptr, &error), error, bad, "'path'");
    const EditsHandle edits = begin_edits(field.ana.geodatabase());
    fails(rhumb_rejected_retry(replica, 5, &error), error, RHUMB_BUSY, "");
}
