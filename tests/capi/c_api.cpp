// SPDX-License-Identifier: Apache-2.0
#include "tests/capi/c_api.hpp"

#include <cstring>

namespace rhumb::test {

std::vector<std::uint8_t> point_wkb(double x, double y) {
    std::vector<std::uint8_t> wkb{1, 1, 0, 0, 0};
    wkb.resize(21);
    std::memcpy(wkb.data() + 5, &x, sizeof x);
    std::memcpy(wkb.data() + 13, &y, sizeof y);
    return wkb;
}

rhumb_guid add_tree(rhumb_geodatabase* geodatabase, std::string_view species, double x, double y) {
    rhumb_error error;
    rhumb_guid made{};
    const EditsHandle edits = begin_edits(geodatabase);
    const FeatureHandle feature = tree(species);
    const auto wkb = point_wkb(x, y);
    ok(rhumb_feature_set_geometry(feature.get(), view(wkb), &error), error);
    ok(rhumb_edits_insert(edits.get(), 0, feature.get(), nullptr, &made, &error), error);
    ok(rhumb_edits_commit(edits.get(), &error), error);
    return made;
}

bool try_add_tree(rhumb_geodatabase* geodatabase, std::string_view species) {
    rhumb_feature* feature = nullptr;
    rhumb_edits* edits = nullptr;
    const bool done =
        rhumb_feature_new(&feature, nullptr) == RHUMB_OK &&
        rhumb_feature_set_text(feature, str("species"), str(species), nullptr) == RHUMB_OK &&
        rhumb_edits_begin(geodatabase, &edits, nullptr) == RHUMB_OK &&
        rhumb_edits_insert(edits, 0, feature, nullptr, nullptr, nullptr) == RHUMB_OK &&
        rhumb_edits_commit(edits, nullptr) == RHUMB_OK;
    rhumb_edits_release(edits);
    rhumb_feature_release(feature);
    return done;
}

void set_species(rhumb_geodatabase* geodatabase, const rhumb_guid& feature,
                 std::string_view species) {
    rhumb_error error;
    const EditsHandle edits = begin_edits(geodatabase);
    const FeatureHandle values = tree(species);
    ok(rhumb_edits_update(edits.get(), 0, &feature, values.get(), &error), error);
    ok(rhumb_edits_commit(edits.get(), &error), error);
}

void delete_tree(rhumb_geodatabase* geodatabase, const rhumb_guid& feature) {
    rhumb_error error;
    const EditsHandle edits = begin_edits(geodatabase);
    ok(rhumb_edits_delete(edits.get(), 0, &feature, &error), error);
    ok(rhumb_edits_commit(edits.get(), &error), error);
}

CursorHandle open_query(rhumb_geodatabase* geodatabase, const rhumb_query_options& options) {
    rhumb_error error;
    rhumb_cursor* out = nullptr;
    ok(rhumb_query(geodatabase, 0, &options, &out, &error), error);
    return CursorHandle(out);
}

std::string species(rhumb_geodatabase* geodatabase, const rhumb_query_options& options) {
    rhumb_error error;
    rhumb_query_options asked = options;
    const rhumb_str fields[] = {str("species")};
    asked.fields = fields;
    asked.field_count = 1;
    const CursorHandle cursor = open_query(geodatabase, asked);
    std::string all;
    std::int32_t has_row = 0;
    while (true) {
        ok(rhumb_cursor_next(cursor.get(), &has_row, &error), error);
        if (has_row == 0) return all;
        rhumb_value value;
        ok(rhumb_cursor_value(cursor.get(), 0, &value, &error), error);
        all += (all.empty() ? "" : " ") + text(value.text);
    }
}

std::string species(rhumb_geodatabase* geodatabase, std::string_view where) {
    rhumb_query_options options;
    rhumb_query_options_init(&options);
    options.where = str(where);
    return species(geodatabase, options);
}

}  // namespace rhumb::test
