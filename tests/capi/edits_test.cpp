// SPDX-License-Identifier: Apache-2.0
#include "tests/capi/c_api.hpp"
#include "tests/capi/field_world.hpp"

#include <atomic>
#include <functional>
#include <limits>
#include <thread>

using namespace rhumb::test;

namespace {

/// Tries to add the tree; what came of it.
rhumb_status try_insert(rhumb_edits* edits, const FeatureHandle& feature, rhumb_error& error) {
    return rhumb_edits_insert(edits, 0, feature.get(), nullptr, nullptr, &error);
}

}  // namespace

TEST_CASE("edits that are committed are there, all of them", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    const rhumb_guid oak = add_tree(geodatabase.get(), "oak");
    const rhumb_guid elm = add_tree(geodatabase.get(), "elm");
    set_species(geodatabase.get(), oak, "holm oak");
    delete_tree(geodatabase.get(), elm);
    CHECK(species(geodatabase.get()) == "holm oak");
}

TEST_CASE("edits that are not committed are taken back", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    const rhumb_guid oak = add_tree(geodatabase.get(), "oak");
    rhumb_error error;
    {
        const EditsHandle edits = begin_edits(geodatabase.get());
        ok(rhumb_edits_delete(edits.get(), 0, &oak, &error), error);
        ok(rhumb_edits_rollback(edits.get(), &error), error);
        fails(rhumb_edits_delete(edits.get(), 0, &oak, &error), error, RHUMB_INVALID_ARGUMENT,
              "rolled back");
    }
    {
        const EditsHandle edits = begin_edits(geodatabase.get());
        ok(rhumb_edits_delete(edits.get(), 0, &oak, &error), error);
        CHECK(species(geodatabase.get()) == "oak");  // readers see what is committed
    }
    CHECK(species(geodatabase.get()) == "oak");
}

TEST_CASE("an edit that is refused leaves the earlier ones standing", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    rhumb_error error;
    const EditsHandle edits = begin_edits(geodatabase.get());
    ok(try_insert(edits.get(), tree("oak"), error), error);
    const FeatureHandle bad = tree(std::string(121, 'x'));
    fails(try_insert(edits.get(), bad, error), error, RHUMB_CONSTRAINT_VIOLATED,
          "layer 'trees', field 'species'");
    CHECK(error.detail_code == RHUMB_FAULT_VALUE_REFUSED);
    CHECK(error.layer == 0);
    ok(try_insert(edits.get(), tree("elm"), error), error);
    ok(rhumb_edits_commit(edits.get(), &error), error);
    CHECK(species(geodatabase.get()) == "oak elm");
}

TEST_CASE("a column that another program adds can be edited from the next edits on", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    add_tree(geodatabase.get(), "oak");
    file.foreign("ALTER TABLE trees ADD COLUMN height REAL");
    rhumb_error error;
    const EditsHandle edits = begin_edits(geodatabase.get());
    const FeatureHandle elm = tree("elm");
    ok(rhumb_feature_set_double(elm.get(), str("height"), 12.5, &error), error);
    ok(try_insert(edits.get(), elm, error), error);
    ok(rhumb_edits_commit(edits.get(), &error), error);
    CHECK(species(geodatabase.get()) == "oak elm");
}

TEST_CASE("edits are over once they are committed", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    rhumb_error error;
    const EditsHandle edits = begin_edits(geodatabase.get());
    ok(rhumb_edits_commit(edits.get(), &error), error);
    fails(try_insert(edits.get(), tree("oak"), error), error, RHUMB_INVALID_ARGUMENT, "committed");
    fails(rhumb_edits_commit(edits.get(), &error), error, RHUMB_INVALID_ARGUMENT, "committed");
    fails(rhumb_edits_rollback(edits.get(), &error), error, RHUMB_INVALID_ARGUMENT, "committed");
}

TEST_CASE("a value that breaks a rule of its field is refused by name", "[capi]") {
    struct Case {
        std::function<void(rhumb_feature*)> set;
        rhumb_status status;
        std::int64_t fault;
        std::string part;
    };
    const rhumb_guid guid{{1}};
    const std::vector<std::uint8_t> bytes{1};
    const std::vector<Case> cases{
        {[](auto* f) { rhumb_feature_set_text(f, str("dbh"), str("thick"), nullptr); },
         RHUMB_CONSTRAINT_VIOLATED, RHUMB_FAULT_VALUE_REFUSED, "'dbh'"},
        {[](auto* f) { rhumb_feature_set_int64(f, str("small"), 40'000, nullptr); },
         RHUMB_CONSTRAINT_VIOLATED, RHUMB_FAULT_VALUE_REFUSED, "'small'"},
        {[](auto* f) { rhumb_feature_set_double(f, str("site_order"), 1.5, nullptr); },
         RHUMB_CONSTRAINT_VIOLATED, RHUMB_FAULT_VALUE_REFUSED, "'site_order'"},
        {[](auto* f) { rhumb_feature_set_text(f, str("planted"), str("yesterday"), nullptr); },
         RHUMB_CONSTRAINT_VIOLATED, RHUMB_FAULT_VALUE_REFUSED, "'planted'"},
        {[](auto* f) { rhumb_feature_set_date(f, str("site_order"), 0, nullptr); },
         RHUMB_CONSTRAINT_VIOLATED, RHUMB_FAULT_VALUE_REFUSED, "takes no date"},
        {[&](auto* f) { rhumb_feature_set_guid(f, str("dbh"), &guid, nullptr); },
         RHUMB_CONSTRAINT_VIOLATED, RHUMB_FAULT_VALUE_REFUSED, "takes no GUID"},
        {[&](auto* f) { rhumb_feature_set_blob(f, str("dbh"), view(bytes), nullptr); },
         RHUMB_CONSTRAINT_VIOLATED, RHUMB_FAULT_VALUE_REFUSED, "'dbh'"},
        {[](auto* f) { rhumb_feature_set_text(f, str("owner"), str("me"), nullptr); },
         RHUMB_CONSTRAINT_VIOLATED, RHUMB_FAULT_VALUE_REFUSED, "'owner'"},
        {[](auto* f) { rhumb_feature_set_text(f, str("GRÖSSE"), str("x"), nullptr); },
         RHUMB_INVALID_ARGUMENT, 0, "no field"},
        {[](auto* f) { rhumb_feature_set_int64(f, str("fid"), 3, nullptr); },
         RHUMB_INVALID_ARGUMENT, 0, "gives the object id"},
        {[](auto* f) { rhumb_feature_set_text(f, str("SPECIES"), str("x"), nullptr); },
         RHUMB_INVALID_ARGUMENT, 0, "two values for field 'species'"},
    };
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    const EditsHandle edits = begin_edits(geodatabase.get());
    for (const Case& refused : cases) {
        INFO(refused.part);
        const FeatureHandle feature = tree("oak");
        refused.set(feature.get());
        rhumb_error error;
        fails(try_insert(edits.get(), feature, error), error, refused.status, refused.part);
        CHECK(error.detail_code == refused.fault);
    }
    rhumb_error error;
    ok(rhumb_edits_commit(edits.get(), &error), error);
    CHECK(species(geodatabase.get()).empty());
}

TEST_CASE("an odd field name and a default are fine", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    rhumb_error error;
    const EditsHandle edits = begin_edits(geodatabase.get());
    const FeatureHandle feature = tree("東京の桜");
    ok(rhumb_feature_set_text(feature.get(), str("Größe \"x\""), str("öööö\""), &error), error);
    ok(try_insert(edits.get(), feature, error), error);
    ok(rhumb_edits_commit(edits.get(), &error), error);
    CHECK(species(geodatabase.get(), "must = 'given'") == "東京の桜");
}

TEST_CASE("a field that is not set takes its default, and one set to NULL stays so", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    rhumb_error error;
    const EditsHandle edits = begin_edits(geodatabase.get());
    ok(try_insert(edits.get(), tree("unsaid"), error), error);
    const FeatureHandle emptied = tree("emptied");
    ok(rhumb_feature_set_null(emptied.get(), str("small"), &error), error);
    ok(try_insert(edits.get(), emptied, error), error);
    const FeatureHandle given = tree("given");
    ok(rhumb_feature_set_int64(given.get(), str("small"), 3, &error), error);
    ok(try_insert(edits.get(), given, error), error);
    ok(rhumb_edits_commit(edits.get(), &error), error);
    CHECK(species(geodatabase.get(), "small = 7") == "unsaid");
    CHECK(species(geodatabase.get(), "small IS NULL") == "emptied");
    CHECK(species(geodatabase.get(), "small = 3") == "given");
}

TEST_CASE("NaN and the infinities are stored as NULL", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    rhumb_error error;
    const EditsHandle edits = begin_edits(geodatabase.get());
    const double infinity = std::numeric_limits<double>::infinity();
    for (const double none : {std::numeric_limits<double>::quiet_NaN(), infinity, -infinity}) {
        const FeatureHandle feature = tree("oak");
        ok(rhumb_feature_set_double(feature.get(), str("dbh"), none, &error), error);
        ok(try_insert(edits.get(), feature, error), error);
    }
    ok(rhumb_edits_commit(edits.get(), &error), error);
    CHECK(species(geodatabase.get(), "dbh IS NULL") == species(geodatabase.get()));
    CHECK(species(geodatabase.get(), "dbh IS NOT NULL").empty());
}

TEST_CASE("geometry that does not fit is refused", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    const FeatureHandle feature = tree("oak");
    rhumb_error error;
    std::vector<std::uint8_t> wkb = point_wkb(1, 2);
    wkb.pop_back();
    fails(rhumb_feature_set_geometry(feature.get(), view(wkb), &error), error, RHUMB_CORRUPT_DATA,
          "byte");
    wkb = point_wkb(1, 2);
    wkb.push_back(0);
    CHECK(rhumb_feature_set_geometry(feature.get(), view(wkb), &error) == RHUMB_CORRUPT_DATA);
    wkb = {1, 8, 0, 0, 0, 0, 0, 0, 0};  // CircularString
    CHECK(rhumb_feature_set_geometry(feature.get(), view(wkb), &error) == RHUMB_UNSUPPORTED);
    const std::vector<std::uint8_t> line{1, 2, 0, 0, 0, 0, 0, 0, 0};
    ok(rhumb_feature_set_geometry(feature.get(), view(line), &error), error);

    const EditsHandle edits = begin_edits(geodatabase.get());
    fails(try_insert(edits.get(), feature, error), error, RHUMB_CONSTRAINT_VIOLATED, "'trees'");
    CHECK(error.detail_code == RHUMB_FAULT_GEOMETRY_REFUSED);
    const FeatureHandle visit = new_feature();
    ok(rhumb_feature_set_geometry(visit.get(), view(line), &error), error);
    fails(rhumb_edits_insert(edits.get(), 1, visit.get(), nullptr, nullptr, &error), error,
          RHUMB_CONSTRAINT_VIOLATED, "'visits' is a table");
}

TEST_CASE("a geometry is taken away by one without bytes", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    const rhumb_guid oak = add_tree(geodatabase.get(), "oak");
    rhumb_error error;
    const FeatureHandle feature = new_feature();
    ok(rhumb_feature_set_geometry(feature.get(), {nullptr, 0}, &error), error);
    const EditsHandle edits = begin_edits(geodatabase.get());
    ok(rhumb_edits_update(edits.get(), 0, &oak, feature.get(), &error), error);
    ok(rhumb_edits_commit(edits.get(), &error), error);
    CHECK(species(geodatabase.get(), "shape IS NULL") == "oak");
}

TEST_CASE("a GlobalID may be given once and not changed", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    const rhumb_guid oak = add_tree(geodatabase.get(), "oak");
    rhumb_error error;
    const FeatureHandle feature = tree("elm");
    ok(rhumb_feature_set_guid(feature.get(), str("global_id"), &oak, &error), error);
    const EditsHandle edits = begin_edits(geodatabase.get());
    CHECK(try_insert(edits.get(), feature, error) == RHUMB_CONSTRAINT_VIOLATED);
    CHECK(error.detail_code == RHUMB_FAULT_GLOBAL_ID_EXISTS);
    CHECK(rhumb_edits_update(edits.get(), 0, &oak, feature.get(), &error) ==
          RHUMB_CONSTRAINT_VIOLATED);
    CHECK(error.detail_code == RHUMB_FAULT_NOT_EDITABLE);
    CHECK(text(error.feature) == text(oak));
    const rhumb_guid nobody{{9}};
    fails(rhumb_edits_delete(edits.get(), 0, &nobody, &error), error, RHUMB_NOT_FOUND,
          "{09000000-");
    fails(rhumb_edits_delete(edits.get(), 5, &oak, &error), error, RHUMB_NOT_FOUND, "no layer 5");
    CHECK(error.layer == 5);
}

TEST_CASE("a thread that has edits open is told so instead of waiting for itself", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    const EditsHandle edits = begin_edits(geodatabase.get());
    rhumb_error error;
    rhumb_edits* second = nullptr;
    fails(rhumb_edits_begin(geodatabase.get(), &second, &error), error, RHUMB_BUSY, "this thread");
    CHECK(second == nullptr);
}

TEST_CASE("threads that edit take turns, and none is lost", "[capi]") {
    const FieldFile file;
    const GeodatabaseHandle geodatabase = open_geodatabase(file.path());
    constexpr int kEach = 10;
    std::atomic<int> added{0};
    std::vector<std::thread> crew;
    for (const char* name : {"oak", "elm", "ash"}) {
        crew.emplace_back([&, name] {
            for (int i = 0; i < kEach; ++i) {
                if (try_add_tree(geodatabase.get(), name)) ++added;
                std::int64_t count = 0;
                rhumb_count(geodatabase.get(), 0, nullptr, &count, nullptr);
            }
        });
    }
    for (std::thread& member : crew) member.join();
    std::int64_t count = 0;
    CHECK(rhumb_count(geodatabase.get(), 0, nullptr, &count, nullptr) == RHUMB_OK);
    CHECK(added == 3 * kEach);
    CHECK(count == 3 * kEach);
}
