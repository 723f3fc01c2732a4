// SPDX-License-Identifier: Apache-2.0
//
// Misuse: every pointer that is required and missing, every struct that was not initialized.
#include "tests/capi/c_api.hpp"
#include "tests/capi/field_world.hpp"

#include <algorithm>
#include <functional>

using namespace rhumb::test;

namespace {

/// A call with a NULL where none may be; `argument` is what its message must name.
struct Misuse {
    const char* argument;
    std::function<rhumb_status(rhumb_error*)> call;
};

void check(const std::vector<Misuse>& misuses) {
    for (const Misuse& misuse : misuses) {
        const std::string quoted = std::string("'") + misuse.argument + "'";
        INFO(quoted << ", case " << (&misuse - misuses.data()));
        rhumb_error error;
        CHECK(misuse.call(&error) == RHUMB_INVALID_ARGUMENT);
        CHECK(error.status == RHUMB_INVALID_ARGUMENT);
        CHECK_THAT(error.message, Catch::Contains(quoted));
        CHECK(misuse.call(nullptr) == RHUMB_INVALID_ARGUMENT);
    }
}

}  // namespace

TEST_CASE("a NULL is named: types and geodatabase", "[capi][misuse]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    rhumb_geodatabase* const g = geodatabase.get();
    rhumb_geodatabase* opened = nullptr;
    rhumb_guid guid{};
    rhumb_layers* layers = nullptr;
    rhumb_buffer buffer{};
    rhumb_layer_info layer{};
    rhumb_field_info field{};
    std::size_t index = 0;
    char out[RHUMB_GUID_TEXT_BYTES];
    REQUIRE(rhumb_geodatabase_layers(g, &layers, nullptr) == RHUMB_OK);
    const LayersHandle keep(layers);
    rhumb_layers* other = nullptr;
    check({
        {"out_guid", [&](auto* e) { return rhumb_guid_parse(str("x"), nullptr, e); }},
        {"text",
         [&](auto* e) {
             return rhumb_guid_parse({nullptr, 3}, &guid, e);
         }},
        {"text", [&](auto* e) { return rhumb_guid_parse(str("{no guid}"), &guid, e); }},
        {"guid", [&](auto* e) { return rhumb_guid_format(nullptr, out, e); }},
        {"out_text", [&](auto* e) { return rhumb_guid_format(&guid, nullptr, e); }},
        {"out_geodatabase",
         [&](auto* e) { return rhumb_geodatabase_create(str("x"), nullptr, e); }},
        {"path",
         [&](auto* e) {
             return rhumb_geodatabase_create({nullptr, 1}, &opened, e);
         }},
        {"out_geodatabase",
         [&](auto* e) { return rhumb_geodatabase_open(str("x"), nullptr, nullptr, e); }},
        {"geodatabase", [&](auto* e) { return rhumb_geodatabase_path(nullptr, &buffer, e); }},
        {"out_path", [&](auto* e) { return rhumb_geodatabase_path(g, nullptr, e); }},
        {"geodatabase", [&](auto* e) { return rhumb_geodatabase_layers(nullptr, &other, e); }},
        {"out_layers", [&](auto* e) { return rhumb_geodatabase_layers(g, nullptr, e); }},
        {"layers", [&](auto* e) { return rhumb_layers_get(nullptr, 0, &layer, e); }},
        {"out_info", [&](auto* e) { return rhumb_layers_get(layers, 0, nullptr, e); }},
        {"out_info", [&](auto* e) { return rhumb_layers_get(layers, 0, &layer, e); }},  // no size
        {"layers", [&](auto* e) { return rhumb_layers_find(nullptr, str("a"), &index, e); }},
        {"out_index", [&](auto* e) { return rhumb_layers_find(layers, str("a"), nullptr, e); }},
        {"name", [&](auto* e) { return rhumb_layers_find(layers, str(""), &index, e); }},
        {"layers", [&](auto* e) { return rhumb_layers_field(nullptr, 0, 0, &field, e); }},
        {"out_info", [&](auto* e) { return rhumb_layers_field(layers, 0, 0, nullptr, e); }},
        {"out_info", [&](auto* e) { return rhumb_layers_field(layers, 0, 0, &field, e); }},
    });
    CHECK(rhumb_layers_count(nullptr) == 0);
}

TEST_CASE("a NULL is named: query and edits", "[capi][misuse]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    rhumb_geodatabase* const g = geodatabase.get();
    rhumb_query_options options;
    rhumb_query_options_init(&options);
    const CursorHandle held = open_query(g, options);
    const EditsHandle editing = begin_edits(g);
    const FeatureHandle feature = new_feature();
    rhumb_cursor* const c = held.get();
    rhumb_cursor* opened = nullptr;
    rhumb_edits* const d = editing.get();
    rhumb_edits* begun = nullptr;
    rhumb_feature* const f = feature.get();
    const rhumb_str name = str("species");
    std::int64_t count = 0;
    std::int32_t flag = 0;
    rhumb_row row{};
    rhumb_value value{};
    rhumb_field_info info{};
    const rhumb_guid guid{};
    rhumb_query_options no_where = options;
    no_where.where = {nullptr, 4};
    check({
        {"geodatabase", [&](auto* e) { return rhumb_query(nullptr, 0, nullptr, &opened, e); }},
        {"out_cursor", [&](auto* e) { return rhumb_query(g, 0, nullptr, nullptr, e); }},
        {"options->where", [&](auto* e) { return rhumb_query(g, 0, &no_where, &opened, e); }},
        {"geodatabase", [&](auto* e) { return rhumb_count(nullptr, 0, nullptr, &count, e); }},
        {"out_count", [&](auto* e) { return rhumb_count(g, 0, nullptr, nullptr, e); }},
        {"cursor", [&](auto* e) { return rhumb_cursor_next(nullptr, &flag, e); }},
        {"out_has_row", [&](auto* e) { return rhumb_cursor_next(c, nullptr, e); }},
        {"cursor", [&](auto* e) { return rhumb_cursor_row(nullptr, &row, e); }},
        {"out_row", [&](auto* e) { return rhumb_cursor_row(c, nullptr, e); }},
        {"out_row", [&](auto* e) { return rhumb_cursor_row(c, &row, e); }},  // no size
        {"cursor", [&](auto* e) { return rhumb_cursor_column(nullptr, 0, &info, e); }},
        {"out_info", [&](auto* e) { return rhumb_cursor_column(c, 0, nullptr, e); }},
        {"cursor", [&](auto* e) { return rhumb_cursor_value(nullptr, 0, &value, e); }},
        {"out_value", [&](auto* e) { return rhumb_cursor_value(c, 0, nullptr, e); }},
        {"out_feature", [&](auto* e) { return rhumb_feature_new(nullptr, e); }},
        {"feature", [&](auto* e) { return rhumb_feature_clear(nullptr, e); }},
        {"feature", [&](auto* e) { return rhumb_feature_set_null(nullptr, name, e); }},
        {"field", [&](auto* e) { return rhumb_feature_set_null(f, str(""), e); }},
        {"field",
         [&](auto* e) {
             return rhumb_feature_set_int64(f, {nullptr, 2}, 1, e);
         }},
        {"feature", [&](auto* e) { return rhumb_feature_set_double(nullptr, name, 1, e); }},
        {"value",
         [&](auto* e) {
             return rhumb_feature_set_text(f, name, {nullptr, 1}, e);
         }},
        {"value", [&](auto* e) { return rhumb_feature_set_text(f, name, str("\xC0"), e); }},
        {"value",
         [&](auto* e) {
             return rhumb_feature_set_blob(f, name, {nullptr, 1}, e);
         }},
        {"feature", [&](auto* e) { return rhumb_feature_set_date(nullptr, name, 1, e); }},
        {"value", [&](auto* e) { return rhumb_feature_set_guid(f, name, nullptr, e); }},
        {"feature", [&](auto* e) { return rhumb_feature_set_geometry(nullptr, {}, e); }},
        {"geodatabase", [&](auto* e) { return rhumb_edits_begin(nullptr, &begun, e); }},
        {"out_edits", [&](auto* e) { return rhumb_edits_begin(g, nullptr, e); }},
        {"edits", [&](auto* e) { return rhumb_edits_insert(nullptr, 0, f, nullptr, nullptr, e); }},
        {"feature",
         [&](auto* e) { return rhumb_edits_insert(d, 0, nullptr, nullptr, nullptr, e); }},
        {"edits", [&](auto* e) { return rhumb_edits_update(nullptr, 0, &guid, f, e); }},
        {"global_id", [&](auto* e) { return rhumb_edits_update(d, 0, nullptr, f, e); }},
        {"feature", [&](auto* e) { return rhumb_edits_update(d, 0, &guid, nullptr, e); }},
        {"edits", [&](auto* e) { return rhumb_edits_delete(nullptr, 0, &guid, e); }},
        {"global_id", [&](auto* e) { return rhumb_edits_delete(d, 0, nullptr, e); }},
        {"edits", [&](auto* e) { return rhumb_edits_commit(nullptr, e); }},
        {"edits", [&](auto* e) { return rhumb_edits_rollback(nullptr, e); }},
    });
    CHECK(rhumb_cursor_column_count(nullptr) == 0);
}

TEST_CASE("a NULL is named: replica and synchronization", "[capi][misuse]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    rhumb_geodatabase* const g = geodatabase.get();
    rhumb_replica* replica = nullptr;
    rhumb_replica_status* status = nullptr;
    rhumb_sync_report* report = nullptr;
    rhumb_sync_job* job = nullptr;
    rhumb_host_sync* carried = nullptr;
    rhumb_create_options create;
    rhumb_create_options_init(&create);
    rhumb_create_options bad_model = create;
    bad_model.service_url = str("http://127.0.0.1:1/FeatureServer");
    bad_model.model = 9;
    rhumb_create_options bad_extent = create;
    bad_extent.service_url = bad_model.service_url;
    bad_extent.has_extent = 1;
    bad_extent.extent = {2, 0, 1, 1};
    std::int32_t flag = 0;
    rhumb_http_request request{};
    rhumb_http_response response{};
    check({
        {"geodatabase", [&](auto* e) { return rhumb_replica_open(nullptr, &replica, e); }},
        {"out_replica", [&](auto* e) { return rhumb_replica_open(g, nullptr, e); }},
        {"replica", [&](auto* e) { return rhumb_replica_read_status(nullptr, &status, e); }},
        {"status", [&](auto* e) { return rhumb_replica_status_facts(nullptr, nullptr, e); }},
        {"status", [&](auto* e) { return rhumb_replica_status_layer(nullptr, 0, nullptr, e); }},
        {"status", [&](auto* e) { return rhumb_replica_status_rejected(nullptr, 0, nullptr, e); }},
        {"status", [&](auto* e) { return rhumb_replica_status_conflict(nullptr, 0, nullptr, e); }},
        {"out_token", [&](auto* e) { return rhumb_cancel_token_new(nullptr, e); }},
        {"geodatabase",
         [&](auto* e) { return rhumb_replica_create(nullptr, &create, nullptr, &report, e); }},
        {"options", [&](auto* e) { return rhumb_replica_create(g, nullptr, nullptr, &report, e); }},
        {"options->service_url",
         [&](auto* e) { return rhumb_replica_create(g, &create, nullptr, nullptr, e); }},
        {"options->model",
         [&](auto* e) { return rhumb_replica_create(g, &bad_model, nullptr, nullptr, e); }},
        {"options->extent",
         [&](auto* e) { return rhumb_replica_create(g, &bad_extent, nullptr, nullptr, e); }},
        {"replica",
         [&](auto* e) { return rhumb_synchronize(nullptr, nullptr, nullptr, &report, e); }},
        {"replica", [&](auto* e) { return rhumb_replica_unregister(nullptr, nullptr, e); }},
        {"report", [&](auto* e) { return rhumb_sync_report_facts(nullptr, nullptr, e); }},
        {"report", [&](auto* e) { return rhumb_sync_report_layer(nullptr, 0, nullptr, e); }},
        {"report", [&](auto* e) { return rhumb_sync_report_rejected(nullptr, 0, nullptr, e); }},
        {"report", [&](auto* e) { return rhumb_sync_report_conflict(nullptr, 0, nullptr, e); }},
        {"report", [&](auto* e) { return rhumb_sync_report_note(nullptr, 0, nullptr, e); }},
        {"replica", [&](auto* e) { return rhumb_sync_start(nullptr, nullptr, nullptr, &job, e); }},
        {"out_job",
         [&](auto* e) { return rhumb_replica_create_start(g, &create, nullptr, nullptr, e); }},
        {"geodatabase",
         [&](auto* e) { return rhumb_replica_create_start(nullptr, &create, nullptr, &job, e); }},
        {"job", [&](auto* e) { return rhumb_sync_job_wait(nullptr, &report, e); }},
        {"replica",
         [&](auto* e) { return rhumb_host_sync_begin(nullptr, nullptr, nullptr, &carried, e); }},
        {"out_sync",
         [&](auto* e) { return rhumb_host_sync_create(g, &create, nullptr, nullptr, e); }},
        {"sync", [&](auto* e) { return rhumb_sync_next_request(nullptr, &request, &flag, e); }},
        {"sync", [&](auto* e) { return rhumb_sync_take_response(nullptr, &response, e); }},
        {"sync", [&](auto* e) { return rhumb_sync_take_failure(nullptr, 1, {}, e); }},
        {"sync", [&](auto* e) { return rhumb_host_sync_report(nullptr, &report, e); }},
    });
    CHECK(rhumb_sync_job_is_finished(nullptr) == 0);
    rhumb_error error;
    fails(rhumb_replica_open(g, &replica, &error), error, RHUMB_NOT_FOUND, "no replica");
}

TEST_CASE("releasing or initializing NULL does nothing", "[capi][misuse]") {
    rhumb_buffer_release(nullptr);
    rhumb_geodatabase_release(nullptr);
    rhumb_layers_release(nullptr);
    rhumb_cursor_release(nullptr);
    rhumb_feature_release(nullptr);
    rhumb_edits_release(nullptr);
    rhumb_replica_release(nullptr);
    rhumb_replica_status_release(nullptr);
    rhumb_sync_report_release(nullptr);
    rhumb_sync_job_release(nullptr);
    rhumb_sync_job_cancel(nullptr);
    rhumb_host_sync_release(nullptr);
    rhumb_cancel_token_release(nullptr);
    rhumb_cancel_token_cancel(nullptr);
    rhumb_open_options_init(nullptr);
    rhumb_query_options_init(nullptr);
    rhumb_sync_options_init(nullptr);
    SUCCEED();
}

TEST_CASE("a long message is cut at a whole character", "[capi][misuse]") {
    const FieldFile file;
    std::string name = "x";
    for (int i = 0; i < 600; ++i) name += "ß";
    rhumb_error error;
    rhumb_geodatabase* geodatabase = nullptr;
    CHECK(rhumb_geodatabase_open(str(file.beside(name)), nullptr, &geodatabase, &error) !=
          RHUMB_OK);
    const std::string message = error.message;
    CHECK(message.size() >= RHUMB_MESSAGE_BYTES - 2);
    CHECK(static_cast<unsigned char>(message.back()) == 0x9F);  // the second byte of ß
}

TEST_CASE("versions and names are static texts", "[capi]") {
    CHECK(rhumb_version_number() == RHUMB_HEADER_VERSION);
    CHECK(text(rhumb_version()) == "0.1.0");
    CHECK(text(rhumb_status_name(RHUMB_NOT_FOUND)) == "not found");
    CHECK(text(rhumb_status_name(-1)) == "unknown");
    CHECK(rhumb_str_of("abc").size == 3);
    CHECK(rhumb_str_of(nullptr).size == 0);
}

TEST_CASE("handles are released in any order", "[capi]") {
    std::vector<int> order{0, 1, 2, 3};
    do {
        const FieldFile file;
        rhumb_error error;
        GeodatabaseHandle geodatabase = open_geodatabase(file.path());
        add_tree(geodatabase.get(), "oak");
        rhumb_query_options options;
        rhumb_query_options_init(&options);
        CursorHandle cursor = open_query(geodatabase.get(), options);
        std::int32_t has_row = 0;
        ok(rhumb_cursor_next(cursor.get(), &has_row, &error), error);
        rhumb_layers* listed = nullptr;
        ok(rhumb_geodatabase_layers(geodatabase.get(), &listed, &error), error);
        LayersHandle layers(listed);
        EditsHandle edits = begin_edits(geodatabase.get());
        const FeatureHandle elm = tree("elm");
        ok(rhumb_edits_insert(edits.get(), 0, elm.get(), nullptr, nullptr, &error), error);
        const std::vector<std::function<void()>> release{
            [&] { geodatabase.reset(); }, [&] { cursor.reset(); }, [&] { layers.reset(); },
            [&] { edits.reset(); }};
        for (const int which : order) release[static_cast<std::size_t>(which)]();
        CHECK(species(open_geodatabase(file.path()).get()) == "oak");
    } while (std::next_permutation(order.begin(), order.end()));
}
