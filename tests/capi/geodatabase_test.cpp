// SPDX-License-Identifier: Apache-2.0
#include "tests/capi/c_api.hpp"
#include "tests/capi/field_world.hpp"

#include <filesystem>
#include <fstream>

using namespace rhumb::test;

namespace {

rhumb_status open_with(const std::string& path, std::int32_t read_only, std::int32_t adopt,
                       GeodatabaseHandle& out, rhumb_error& error) {
    rhumb_open_options options;
    rhumb_open_options_init(&options);
    options.read_only = read_only;
    options.adopt = adopt;
    rhumb_geodatabase* opened = nullptr;
    const rhumb_status status = rhumb_geodatabase_open(str(path), &options, &opened, &error);
    out.reset(opened);
    return status;
}

LayersHandle layers_of(rhumb_geodatabase* geodatabase) {
    rhumb_error error;
    rhumb_layers* layers = nullptr;
    ok(rhumb_geodatabase_layers(geodatabase, &layers, &error), error);
    return LayersHandle(layers);
}

}  // namespace

TEST_CASE("a geodatabase that was made is opened again", "[capi]") {
    const FieldFile file;
    const std::string path = file.beside("neu.gpkg");
    rhumb_error error;
    rhumb_geodatabase* made = nullptr;
    ok(rhumb_geodatabase_create(str(path), &made, &error), error);
    rhumb_buffer name{};
    ok(rhumb_geodatabase_path(made, &name, &error), error);
    CHECK(std::string(name.data, name.size) == path);
    rhumb_buffer_release(&name);
    CHECK(name.data == nullptr);
    CHECK(rhumb_layers_count(layers_of(made).get()) == 0);
    rhumb_geodatabase_release(made);

    fails(rhumb_geodatabase_create(str(path), &made, &error), error, RHUMB_ALREADY_EXISTS, path);
    CHECK(made == nullptr);
    CHECK(open_geodatabase(path) != nullptr);
}

TEST_CASE("layers are listed with their fields", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    const LayersHandle layers = layers_of(geodatabase.get());
    rhumb_error error;
    REQUIRE(rhumb_layers_count(layers.get()) == 2);

    std::size_t index = 9;
    ok(rhumb_layers_find(layers.get(), str("TREES"), &index, &error), error);
    rhumb_layer_info info;
    rhumb_layer_info_init(&info);
    ok(rhumb_layers_get(layers.get(), index, &info, &error), error);
    CHECK(text(info.name) == "trees");
    CHECK(info.id == 0);
    CHECK(info.geometry_type == RHUMB_GEOMETRY_POINT);
    CHECK(info.srs_id == 4326);
    CHECK(text(info.object_id_field) == "fid");
    CHECK(info.field_count == 11);

    rhumb_field_info field;
    rhumb_field_info_init(&field);
    ok(rhumb_layers_field(layers.get(), index, 1, &field, &error), error);
    CHECK(text(field.name) == "species");
    CHECK(field.type == RHUMB_FIELD_STRING);
    CHECK(field.length == 120);
    CHECK(field.nullable == 1);
    CHECK(field.editable == 1);

    fails(rhumb_layers_find(layers.get(), str("shrubs"), &index, &error), error, RHUMB_NOT_FOUND,
          "trees, visits");
    fails(rhumb_layers_get(layers.get(), 2, &info, &error), error, RHUMB_INVALID_ARGUMENT,
          "'index' is 2");
    fails(rhumb_layers_field(layers.get(), 0, 11, &field, &error), error, RHUMB_INVALID_ARGUMENT,
          "'field' is 11");
}

TEST_CASE("a file that cannot be opened says why and stays as it is", "[capi]") {
    const FieldFile file;
    const std::string text_file = file.beside("notes.gpkg");
    std::ofstream(text_file) << "these are notes, and no geodatabase at all";
    rhumb_error error;
    GeodatabaseHandle none;
    fails(open_with(file.beside("absent.gpkg"), 0, 0, none, error), error, RHUMB_NOT_FOUND,
          "absent.gpkg");
    fails(open_with(file.beside("."), 0, 0, none, error), error, RHUMB_INVALID_ARGUMENT, "folder");
    fails(open_with(text_file, 0, 0, none, error), error, RHUMB_CORRUPT_DATA, "notes.gpkg");
    fails(open_with(text_file, 0, 1, none, error), error, RHUMB_CORRUPT_DATA, "notes.gpkg");
    fails(open_with(file.path(), 1, 1, none, error), error, RHUMB_INVALID_ARGUMENT, "read_only");
    fails(open_with("", 0, 0, none, error), error, RHUMB_INVALID_ARGUMENT, "'path' is empty");
    fails(open_with(std::string("a\0b", 3), 0, 0, none, error), error, RHUMB_INVALID_ARGUMENT,
          "NUL");
    fails(open_with("\xFF", 0, 0, none, error), error, RHUMB_INVALID_ARGUMENT, "UTF-8");
    CHECK(none == nullptr);
    CHECK(std::filesystem::file_size(text_file) == 42);
}

TEST_CASE("a GeoPackage of others is adopted when that is asked for", "[capi]") {
    const FieldFile file;
    const std::string path = file.beside("city.gpkg");
    std::filesystem::copy_file(RHUMB_SOURCE_DIR "/examples/data/sf_street_trees.gpkg", path);
    rhumb_error error;
    GeodatabaseHandle geodatabase;
    fails(open_with(path, 0, 0, geodatabase, error), error, RHUMB_INVALID_ARGUMENT, "track");
    ok(open_with(path, 0, 1, geodatabase, error), error);
    CHECK(rhumb_layers_count(layers_of(geodatabase.get()).get()) >= 4);
    geodatabase.reset();
    ok(open_with(path, 0, 0, geodatabase, error), error);
}

TEST_CASE("a geodatabase that is open to be read takes no edits", "[capi]") {
    const FieldFile file;
    add_tree(open_geodatabase(file.path()).get(), "oak");
    rhumb_error error;
    GeodatabaseHandle geodatabase;
    ok(open_with(file.path(), 1, 0, geodatabase, error), error);
    CHECK(species(geodatabase.get()) == "oak");
    rhumb_edits* edits = nullptr;
    fails(rhumb_edits_begin(geodatabase.get(), &edits, &error), error, RHUMB_READ_ONLY,
          file.path());
}

TEST_CASE("one plain file is left when the last handle is released", "[capi]") {
    const FieldFile file;
    GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    add_tree(geodatabase.get(), "oak");
    rhumb_query_options options;
    rhumb_query_options_init(&options);
    CursorHandle cursor = open_query(geodatabase.get(), options);
    geodatabase.reset();
    CHECK(std::filesystem::exists(file.path() + "-wal"));
    cursor.reset();
    CHECK_FALSE(std::filesystem::exists(file.path() + "-wal"));
    CHECK_FALSE(std::filesystem::exists(file.path() + "-shm"));
}
