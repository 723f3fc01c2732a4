// SPDX-License-Identifier: Apache-2.0
#include "tests/capi/c_api.hpp"
#include "tests/capi/field_world.hpp"

#include <cstring>

using namespace rhumb::test;

namespace {

rhumb_query_options all() {
    rhumb_query_options options;
    rhumb_query_options_init(&options);
    return options;
}

/// The value of a field of the only tree.
rhumb_value value_of(rhumb_cursor* cursor, std::size_t column) {
    rhumb_error error;
    rhumb_value value;
    ok(rhumb_cursor_value(cursor, column, &value, &error), error);
    return value;
}

bool next(rhumb_cursor* cursor) {
    rhumb_error error;
    std::int32_t has_row = -1;
    ok(rhumb_cursor_next(cursor, &has_row, &error), error);
    return has_row == 1;
}

}  // namespace

TEST_CASE("a query selects by where, area, order and page", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    add_tree(geodatabase.get(), "oak", 1, 1);
    add_tree(geodatabase.get(), "elm", 2, 2);
    add_tree(geodatabase.get(), "ash", 3, 3);
    rhumb_geodatabase* const trees = geodatabase.get();

    CHECK(species(trees) == "oak elm ash");
    CHECK(species(trees, "species <> 'elm' AND OBJECTID < 3") == "oak");
    rhumb_query_options options = all();
    options.order = str("species DESC");
    CHECK(species(trees, options) == "oak elm ash");
    options.order = str("SPECIES");
    CHECK(species(trees, options) == "ash elm oak");
    options.offset = 1;
    options.limit = 1;
    CHECK(species(trees, options) == "elm");
    options = all();
    options.has_envelope = 1;
    options.envelope = {1.5, 1.5, 3, 3};
    CHECK(species(trees, options) == "elm ash");
    std::int64_t count = -1;
    CHECK(rhumb_count(trees, 0, &options, &count, nullptr) == RHUMB_OK);
    CHECK(count == 2);
}

TEST_CASE("an envelope in another reference is projected", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    add_tree(geodatabase.get(), "oak", 1, 1);
    add_tree(geodatabase.get(), "elm", 2, 2);
    rhumb_query_options options = all();
    options.has_envelope = 1;
    options.envelope_epsg = 3857;
    options.envelope = {200'000, 200'000, 300'000, 300'000};
    CHECK(species(geodatabase.get(), options) == "elm");
}

TEST_CASE("a row tells identity, geometry and values by their kind", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    rhumb_error error;
    const FeatureHandle feature = tree("Linde");
    rhumb_feature* const f = feature.get();
    const std::vector<std::uint8_t> photo{0, 255, 7};
    rhumb_guid owner;
    ok(rhumb_guid_parse(str("99999999-bbbb-4bbb-8bbb-999999999999"), &owner, &error), error);
    ok(rhumb_feature_set_double(f, str("dbh"), 12.5, &error), error);
    ok(rhumb_feature_set_date(f, str("planted"), -1, &error), error);
    ok(rhumb_feature_set_int64(f, str("site_order"), -7, &error), error);
    ok(rhumb_feature_set_guid(f, str("owner"), &owner, &error), error);
    ok(rhumb_feature_set_blob(f, str("photo"), view(photo), &error), error);
    ok(rhumb_feature_set_date(f, str("built"), 86'400'000, &error), error);
    ok(rhumb_feature_set_null(f, str("small"), &error), error);
    const auto wkb = point_wkb(5, 6);
    ok(rhumb_feature_set_geometry(f, view(wkb), &error), error);
    const EditsHandle edits = begin_edits(geodatabase.get());
    std::int64_t object_id = 0;
    rhumb_guid global_id{};
    ok(rhumb_edits_insert(edits.get(), 0, f, &object_id, &global_id, &error), error);
    ok(rhumb_edits_commit(edits.get(), &error), error);

    const CursorHandle cursor = open_query(geodatabase.get(), all());
    REQUIRE(rhumb_cursor_column_count(cursor.get()) == 11);
    rhumb_row row;
    rhumb_row_init(&row);
    fails(rhumb_cursor_row(cursor.get(), &row, &error), error, RHUMB_INVALID_ARGUMENT, "no row");
    REQUIRE(next(cursor.get()));
    ok(rhumb_cursor_row(cursor.get(), &row, &error), error);
    CHECK(row.object_id == object_id);
    CHECK(text(row.global_id) == text(global_id));
    REQUIRE(row.wkb.size == wkb.size());
    CHECK(std::memcmp(row.wkb.data, wkb.data(), wkb.size()) == 0);

    CHECK(value_of(cursor.get(), 0).kind == RHUMB_VALUE_GUID);
    CHECK(text(value_of(cursor.get(), 0).guid) == text(global_id));
    CHECK(text(value_of(cursor.get(), 1).text) == "Linde");
    CHECK(value_of(cursor.get(), 2).real == 12.5);
    CHECK(value_of(cursor.get(), 3).kind == RHUMB_VALUE_DATE);
    CHECK(value_of(cursor.get(), 3).integer == -1);
    CHECK(text(value_of(cursor.get(), 3).text) == "1969-12-31T23:59:59.999Z");
    CHECK(value_of(cursor.get(), 4).integer == -7);
    CHECK(text(value_of(cursor.get(), 5).text) == "{99999999-BBBB-4BBB-8BBB-999999999999}");
    const rhumb_value blob = value_of(cursor.get(), 6);
    CHECK(std::vector<std::uint8_t>(blob.blob.data, blob.blob.data + blob.blob.size) == photo);
    CHECK(value_of(cursor.get(), 7).integer == 86'400'000);
    CHECK(value_of(cursor.get(), 8).kind == RHUMB_VALUE_NULL);
    CHECK(text(value_of(cursor.get(), 10).text) == "given");
    rhumb_value value;
    fails(rhumb_cursor_value(cursor.get(), 11, &value, &error), error, RHUMB_INVALID_ARGUMENT,
          "'column' is 11");
    CHECK_FALSE(next(cursor.get()));
    CHECK_FALSE(next(cursor.get()));
    fails(rhumb_cursor_value(cursor.get(), 0, &value, &error), error, RHUMB_INVALID_ARGUMENT,
          "no row");
}

TEST_CASE("a cursor sees the geodatabase as it was when it was opened", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    const rhumb_guid oak = add_tree(geodatabase.get(), "oak");
    add_tree(geodatabase.get(), "elm");
    const CursorHandle cursor = open_query(geodatabase.get(), all());
    delete_tree(geodatabase.get(), oak);
    add_tree(geodatabase.get(), "ash");

    int rows = 0;
    while (next(cursor.get())) {
        ++rows;
        add_tree(geodatabase.get(), "beech");  // an edit for each row goes on forever nowhere
    }
    CHECK(rows == 2);
    CHECK(species(geodatabase.get()) == "elm ash beech beech");
}

TEST_CASE("a query that makes no sense is refused with the reason", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    rhumb_error error;
    rhumb_cursor* cursor = nullptr;
    const auto refused = [&](const rhumb_query_options& options, std::int32_t layer,
                             rhumb_status status, const std::string& part) {
        fails(rhumb_query(geodatabase.get(), layer, &options, &cursor, &error), error, status,
              part);
        CHECK(cursor == nullptr);
        CHECK(error.layer == layer);
    };
    rhumb_query_options options = all();
    refused(options, 7, RHUMB_NOT_FOUND, "no layer 7");
    options.where = str("species = ");
    refused(options, 0, RHUMB_INVALID_ARGUMENT, "at character");
    options.where = str("height > 3");
    refused(options, 0, RHUMB_INVALID_ARGUMENT, "height");
    options = all();
    options.order = str("height");
    refused(options, 0, RHUMB_INVALID_ARGUMENT, "'height'");
    options = all();
    const rhumb_str fields[] = {str("species"), str("height")};
    options.fields = fields;
    options.field_count = 2;
    refused(options, 0, RHUMB_INVALID_ARGUMENT, "'height' of layer 'trees'");
    options = all();
    options.has_envelope = 1;
    refused(options, 1, RHUMB_INVALID_ARGUMENT, "table");
    options.envelope = {2, 2, 1, 1};
    CHECK(rhumb_query(geodatabase.get(), 0, &options, &cursor, &error) == RHUMB_INVALID_ARGUMENT);
    options = all();
    options.limit = -2;
    refused(options, 0, RHUMB_INVALID_ARGUMENT, "negative");
    options = all();
    options.size = 3;
    refused(options, 0, RHUMB_INVALID_ARGUMENT, "unknown size (3)");
}
