// SPDX-License-Identifier: Apache-2.0
#include "tests/capi/device.hpp"

#include <cstddef>
#include <set>

using namespace rhumb::test;

namespace {

/// Three trees in a row from west to east.
void plant(FieldService& service) {
    service.add_tree("oak", 1, 1);
    service.add_tree("elm", 2, 1);
    service.add_tree("ash", 3, 1);
}

rhumb_guid id_of(rhumb_geodatabase* geodatabase, const std::string& name) {
    rhumb_error error;
    rhumb_query_options options;
    rhumb_query_options_init(&options);
    const std::string where = "species = '" + name + "'";
    options.where = str(where);
    const CursorHandle cursor = open_query(geodatabase, options);
    std::int32_t has_row = 0;
    ok(rhumb_cursor_next(cursor.get(), &has_row, &error), error);
    REQUIRE(has_row == 1);
    rhumb_row row;
    rhumb_row_init(&row);
    ok(rhumb_cursor_row(cursor.get(), &row, &error), error);
    return row.global_id;
}

}  // namespace

TEST_CASE("a field day: taken offline, edited, synchronized", "[capi][sync]") {
    const FieldFile folder;
    FieldService service;
    plant(service);
    Device device(folder);
    const ReportHandle taken = device.create(service.url());
    CHECK(layer_of(taken, 0).received_inserts == 3);
    CHECK(species(device.geodatabase()) == "oak elm ash");

    set_species(device.geodatabase(), id_of(device.geodatabase(), "oak"), "holm oak");
    delete_tree(device.geodatabase(), id_of(device.geodatabase(), "elm"));
    add_tree(device.geodatabase(), "beech");
    CHECK(device.pending() == 3);
    service.add_tree("yew", 9, 9);

    const ReportHandle report = device.sync();
    const rhumb_sync_layer trees = layer_of(report, 0);
    CHECK(trees.sent_inserts == 1);
    CHECK(trees.sent_updates == 1);
    CHECK(trees.sent_deletes == 1);
    CHECK(trees.received_inserts == 1);
    CHECK(facts_of(report).requests > 0);
    CHECK(facts_of(report).bytes_down > 0);
    CHECK(device.pending() == 0);
    CHECK(service.species() == "ash beech holm oak yew");
    CHECK(species(device.geodatabase()) == "holm oak ash beech yew");
}

TEST_CASE("a replica has the layers, filters and model it was asked for", "[capi][sync]") {
    const FieldFile folder;
    FieldService service;
    plant(service);
    Device device(folder);
    rhumb_error error;
    rhumb_create_options options = Device::options(service.url());
    const std::int32_t layers[] = {0};
    const rhumb_layer_where where[] = {{0, str("species <> 'oak'")}};
    options.layers = layers;
    options.layer_count = 1;
    options.where = where;
    options.where_count = 1;
    options.has_extent = 1;
    options.extent = {0, 0, 2.5, 2};
    options.extent_epsg = 4326;
    options.model = RHUMB_MODEL_PER_REPLICA;
    options.name = str("crew 7");
    ok(rhumb_replica_create(device.geodatabase(), &options, nullptr, nullptr, &error), error);
    CHECK(species(device.geodatabase()) == "elm");

    StatusHandle status;
    const ReplicaHandle replica = device.replica();
    const rhumb_replica_facts facts = facts_of(replica.get(), status);
    CHECK(facts.state == RHUMB_REPLICA_READY);
    CHECK(facts.model == RHUMB_MODEL_PER_REPLICA);
    CHECK(text(facts.service_url) == service.url());
    CHECK(text(facts.name).rfind("crew 7", 0) == 0);
    CHECK(facts.id.size > 0);
    CHECK(facts.server_generation.size > 0);
    CHECK(facts.last_sync_ms > 0);
    REQUIRE(facts.layer_count == 1);
    rhumb_replica_layer layer;
    rhumb_replica_layer_init(&layer);
    ok(rhumb_replica_status_layer(status.get(), 0, &layer, &error), error);
    CHECK(text(layer.name) == "trees");
    CHECK(text(layer.where) == "species <> 'oak'");
    CHECK(layer.server_generation.size == 0);
}

TEST_CASE("a replica of a shape, in another reference, with policies and wishes by layer",
          "[capi][sync]") {
    const FieldFile folder;
    FieldService service;
    plant(service);
    Device device(folder);
    rhumb_error error;
    rhumb_create_options options = Device::options(service.url());
    const std::string triangle = R"({"rings":[[[0.5,0.5],[0.5,1.5],[2.5,0.9],[0.5,0.5]]]})";
    options.area = str(triangle);
    options.extent_epsg = 4326;
    options.replica_epsg = 3857;
    const rhumb_layer_wish wishes[] = {{1, RHUMB_QUERY_NONE, 0, 0}};
    options.wishes = wishes;
    options.wish_count = 1;
    const rhumb_layer_policy policies[] = {{0, RHUMB_POLICY_SERVICE}};
    options.policies = policies;
    options.policy_count = 1;

    auto refused = options;
    refused.has_extent = 1;
    CHECK(rhumb_replica_create(device.geodatabase(), &refused, nullptr, nullptr, &error) ==
          RHUMB_INVALID_ARGUMENT);
    CHECK_THAT(error.message, Catch::Contains("'options->area'"));
    refused = options;
    const rhumb_layer_policy twice[] = {{0, RHUMB_POLICY_SERVICE}, {0, RHUMB_POLICY_ASK}};
    refused.policies = twice;
    refused.policy_count = 2;
    CHECK(rhumb_replica_create(device.geodatabase(), &refused, nullptr, nullptr, &error) ==
          RHUMB_INVALID_ARGUMENT);
    CHECK_THAT(error.message, Catch::Contains("layer 0 twice"));

    ok(rhumb_replica_create(device.geodatabase(), &options, nullptr, nullptr, &error), error);
    CHECK(species(device.geodatabase()) == "oak elm");
    const rhumb_guid oak = id_of(device.geodatabase(), "oak");
    char written[RHUMB_GUID_TEXT_BYTES];
    ok(rhumb_guid_format(&oak, written, &error), error);
    set_species(device.geodatabase(), oak, "mine");
    service.set_species(written, "theirs");
    device.sync();
    CHECK(service.species() == "ash elm theirs");
}

TEST_CASE("a snapshot brings all rows anew and keeps what is pending", "[capi][sync]") {
    const FieldFile folder;
    FieldService service;
    plant(service);
    Device device(folder);
    device.create(service.url());
    add_tree(device.geodatabase(), "beech");
    service.add_tree("yew", 9, 9);
    rhumb_error error;
    rhumb_sync_options options;
    rhumb_sync_options_init(&options);
    options.direction = RHUMB_DIRECTION_SNAPSHOT;
    const ReplicaHandle replica = device.replica();
    ok(rhumb_synchronize(replica.get(), &options, nullptr, nullptr, &error), error);
    CHECK(species(device.geodatabase()).find("yew") != std::string::npos);
    CHECK(device.pending() == 1);
}

TEST_CASE("a host that was built for an older version is understood", "[capi][sync]") {
    const FieldFile folder;
    FieldService service;
    plant(service);
    Device device(folder);
    rhumb_error error;
    rhumb_create_options options = Device::options(service.url());
    options.size = offsetof(rhumb_create_options, replica_epsg);
    options.replica_epsg = -7;  // beyond what such a host gives
    options.wish_count = 99;
    ok(rhumb_replica_create(device.geodatabase(), &options, nullptr, nullptr, &error), error);
    CHECK(species(device.geodatabase()) == "oak elm ash");
    options.size = offsetof(rhumb_create_options, name);
    CHECK(rhumb_replica_create(device.geodatabase(), &options, nullptr, nullptr, &error) ==
          RHUMB_INVALID_ARGUMENT);
    CHECK_THAT(error.message, Catch::Contains("unknown size"));
    options.size = sizeof options + 8;  // newer than this library
    CHECK(rhumb_replica_create(device.geodatabase(), &options, nullptr, nullptr, &error) ==
          RHUMB_INVALID_ARGUMENT);
}

TEST_CASE("what both sides changed is a conflict in report and status", "[capi][sync]") {
    const FieldFile folder;
    FieldService service;
    plant(service);
    Device device(folder);
    device.create(service.url());
    const rhumb_guid oak = id_of(device.geodatabase(), "oak");
    set_species(device.geodatabase(), oak, "mine");
    service.set_species(text(oak), "theirs");

    const ReportHandle report = device.sync();
    REQUIRE(facts_of(report).conflict_count == 1);
    rhumb_error error;
    rhumb_conflict conflict;
    rhumb_conflict_init(&conflict);
    ok(rhumb_sync_report_conflict(report.get(), 0, &conflict, &error), error);
    CHECK(text(conflict.feature) == text(oak));
    CHECK(text(conflict.column) == "species");
    CHECK(text(conflict.theirs) == "\"theirs\"");
    CHECK(conflict.winner == RHUMB_WINNER_DEVICE);

    StatusHandle status;
    CHECK(facts_of(device.replica().get(), status).conflict_count == 1);
    rhumb_conflict kept;
    rhumb_conflict_init(&kept);
    ok(rhumb_replica_status_conflict(status.get(), 0, &kept, &error), error);
    CHECK(text(kept.mine) == "\"mine\"");
    fails(rhumb_replica_status_rejected(status.get(), 0, nullptr, &error), error,
          RHUMB_INVALID_ARGUMENT, "'out_edit'");
}

TEST_CASE("progress tells its phases, and a callback may cancel", "[capi][sync]") {
    struct Seen {
        std::set<std::int32_t> phases;
        rhumb_cancel_token* token = nullptr;
        bool released = false;
    };
    const FieldFile folder;
    FieldService service;
    plant(service);
    rhumb_error error;
    Seen seen;
    rhumb_transfer_options transfer;
    rhumb_transfer_options_init(&transfer);
    transfer.context = &seen;
    transfer.on_progress = [](void* context, const rhumb_progress* progress) {
        auto* into = static_cast<Seen*>(context);
        into->phases.insert(progress->phase);
        if (into->token != nullptr) rhumb_cancel_token_cancel(into->token);
    };
    transfer.release_context = [](void* context) { static_cast<Seen*>(context)->released = true; };
    const rhumb_create_options options = Device::options(service.url());
    Device first(folder, "first.gpkg");
    ok(rhumb_replica_create(first.geodatabase(), &options, &transfer, nullptr, &error), error);
    CHECK(seen.phases.count(RHUMB_PHASE_CONNECT) == 1);
    CHECK(seen.phases.count(RHUMB_PHASE_APPLY) == 1);
    CHECK_FALSE(seen.released);  // a blocking call only borrows the context

    rhumb_cancel_token* made = nullptr;
    ok(rhumb_cancel_token_new(&made, &error), error);
    const TokenHandle token(made);
    seen.token = made;
    transfer.cancel = made;
    Device second(folder, "second.gpkg");
    CHECK(rhumb_replica_create(second.geodatabase(), &options, &transfer, nullptr, &error) ==
          RHUMB_CANCELLED);
    second.restart();
    const std::string elsewhere = service.url() + "s";
    const rhumb_create_options other = Device::options(elsewhere);
    fails(rhumb_replica_create(second.geodatabase(), &other, nullptr, nullptr, &error), error,
          RHUMB_ALREADY_EXISTS, service.url());
    second.create(service.url());  // goes on
    CHECK(species(second.geodatabase()) == "oak elm ash");
}

TEST_CASE("a service that is not there is offline, and nothing is lost", "[capi][sync]") {
    const FieldFile folder;
    FieldService service;
    plant(service);
    Device device(folder);
    device.create(service.url());
    rhumb_error error;
    const rhumb_create_options again = Device::options(service.url());
    fails(rhumb_replica_create(device.geodatabase(), &again, nullptr, nullptr, &error), error,
          RHUMB_ALREADY_EXISTS, "device.gpkg");

    add_tree(device.geodatabase(), "beech");
    const std::vector<std::uint8_t> photo{1};
    const FeatureHandle feature = new_feature();
    ok(rhumb_feature_set_text(feature.get(), str("no such field"), str("x"), &error), error);
    {
        const EditsHandle edits = begin_edits(device.geodatabase());
        const ReplicaHandle replica = device.replica();
        fails(rhumb_synchronize(replica.get(), nullptr, nullptr, nullptr, &error), error,
              RHUMB_BUSY, "this thread");
        CHECK(rhumb_edits_insert(edits.get(), 0, feature.get(), nullptr, nullptr, &error) ==
              RHUMB_INVALID_ARGUMENT);
    }
    CHECK(device.pending() == 1);
    device.sync();
    CHECK(service.species() == "ash beech elm oak");
}

TEST_CASE("an unregistered replica is closed", "[capi][sync]") {
    const FieldFile folder;
    FieldService service;
    Device device(folder);
    device.create(service.url());
    rhumb_error error;
    const ReplicaHandle replica = device.replica();
    ok(rhumb_replica_unregister(replica.get(), nullptr, &error), error);
    StatusHandle status;
    CHECK(facts_of(replica.get(), status).state == RHUMB_REPLICA_CLOSED);
    CHECK(rhumb_synchronize(replica.get(), nullptr, nullptr, nullptr, &error) != RHUMB_OK);
    rhumb_sync_options options;
    rhumb_sync_options_init(&options);
    options.direction = 5;
    fails(rhumb_synchronize(replica.get(), &options, nullptr, nullptr, &error), error,
          RHUMB_INVALID_ARGUMENT, "options->direction");
}

TEST_CASE("a host that is asked for a token gives one, and is not asked without need",
          "[capi][sync][token]") {
    const FieldFile folder;
    FieldService service;
    plant(service);
    Device device(folder);
    device.create(service.url());
    struct Host {
        int asked = 0;
        std::string url;
    } host;
    rhumb_transfer_options transfer;
    rhumb_transfer_options_init(&transfer);
    transfer.context = &host;
    transfer.on_token = [](void* context, const rhumb_token_request* request) {
        auto& self = *static_cast<Host*>(context);
        ++self.asked;
        self.url.assign(request->service_url.data, request->service_url.size);
        CHECK(request->refused == 0);
        rhumb_error error;
        CHECK(rhumb_token_give(request->answer, str("a\nb"), 0, str(""), &error) ==
              RHUMB_INVALID_ARGUMENT);
        CHECK(rhumb_token_give(request->answer, str("t0ken"), 0, str(""), &error) == RHUMB_OK);
        CHECK(rhumb_token_give(nullptr, str("t0ken"), 0, str(""), &error) ==
              RHUMB_INVALID_ARGUMENT);
    };
    rhumb_error error;
    const ReplicaHandle replica = device.replica();
    ok(rhumb_synchronize(replica.get(), nullptr, &transfer, nullptr, &error), error);
    CHECK(host.asked == 1);
    CHECK(host.url == service.url());
    transfer.token = str("another");
    CHECK(rhumb_synchronize(replica.get(), nullptr, &transfer, nullptr, &error) ==
          RHUMB_INVALID_ARGUMENT);
    CHECK_THAT(error.message, Catch::Contains("transfer->on_token"));
}
