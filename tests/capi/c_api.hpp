// SPDX-License-Identifier: Apache-2.0
//
// What the tests of the C API need to call it from C++: handles that release themselves, and
// checks that show the message of a failure.

#pragma once

#include "tests/support/catch.hpp"

#include <rhumb/rhumb.h>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::test {

template <auto Release>
struct Releaser {
    template <class Handle>
    void operator()(Handle* handle) const {
        Release(handle);
    }
};
using GeodatabaseHandle = std::unique_ptr<rhumb_geodatabase, Releaser<rhumb_geodatabase_release>>;
using LayersHandle = std::unique_ptr<rhumb_layers, Releaser<rhumb_layers_release>>;
using CursorHandle = std::unique_ptr<rhumb_cursor, Releaser<rhumb_cursor_release>>;
using FeatureHandle = std::unique_ptr<rhumb_feature, Releaser<rhumb_feature_release>>;
using EditsHandle = std::unique_ptr<rhumb_edits, Releaser<rhumb_edits_release>>;
using ReplicaHandle = std::unique_ptr<rhumb_replica, Releaser<rhumb_replica_release>>;
using StatusHandle = std::unique_ptr<rhumb_replica_status, Releaser<rhumb_replica_status_release>>;
using ReportHandle = std::unique_ptr<rhumb_sync_report, Releaser<rhumb_sync_report_release>>;
using JobHandle = std::unique_ptr<rhumb_sync_job, Releaser<rhumb_sync_job_release>>;
using HostSyncHandle = std::unique_ptr<rhumb_host_sync, Releaser<rhumb_host_sync_release>>;
using TokenHandle = std::unique_ptr<rhumb_cancel_token, Releaser<rhumb_cancel_token_release>>;

inline rhumb_str str(std::string_view text) {
    return {text.data(), text.size()};
}
inline std::string text(rhumb_str view) {
    return {view.data == nullptr ? "" : view.data, view.size};
}
inline std::string text(const rhumb_guid& guid) {
    char out[RHUMB_GUID_TEXT_BYTES];
    rhumb_guid_format(&guid, out, nullptr);
    return out;
}

/// The call succeeded. `error` is what it was given.
inline void ok(rhumb_status status, const rhumb_error& error) {
    INFO((status == RHUMB_OK ? "" : error.message));
    REQUIRE(status == RHUMB_OK);
}

/// The call failed so, with a message that has `part`.
inline void fails(rhumb_status status, const rhumb_error& error, rhumb_status expected,
                  const std::string& part) {
    REQUIRE(status != RHUMB_OK);
    CHECK(status == expected);
    CHECK(error.status == expected);
    CHECK_THAT(error.message, Catch::Contains(part));
}

inline GeodatabaseHandle open_geodatabase(const std::string& path) {
    rhumb_error error;
    rhumb_geodatabase* out = nullptr;
    ok(rhumb_geodatabase_open(str(path), nullptr, &out, &error), error);
    return GeodatabaseHandle(out);
}

inline EditsHandle begin_edits(rhumb_geodatabase* geodatabase) {
    rhumb_error error;
    rhumb_edits* out = nullptr;
    ok(rhumb_edits_begin(geodatabase, &out, &error), error);
    return EditsHandle(out);
}

inline FeatureHandle new_feature() {
    rhumb_error error;
    rhumb_feature* out = nullptr;
    ok(rhumb_feature_new(&out, &error), error);
    return FeatureHandle(out);
}

/// A tree of that species, without a place.
inline FeatureHandle tree(std::string_view species) {
    FeatureHandle out = new_feature();
    rhumb_error error;
    ok(rhumb_feature_set_text(out.get(), str("species"), str(species), &error), error);
    return out;
}

/// WKB of a point, little endian.
std::vector<std::uint8_t> point_wkb(double x, double y);
inline rhumb_bytes view(const std::vector<std::uint8_t>& bytes) {
    return {bytes.data(), bytes.size()};
}

/// Adds a tree in a transaction of its own.
rhumb_guid add_tree(rhumb_geodatabase* geodatabase, std::string_view species, double x = 1,
                    double y = 2);
/// The same without a check, which Catch wants on the main thread only; true when it is done.
bool try_add_tree(rhumb_geodatabase* geodatabase, std::string_view species);
void set_species(rhumb_geodatabase* geodatabase, const rhumb_guid& feature,
                 std::string_view species);
void delete_tree(rhumb_geodatabase* geodatabase, const rhumb_guid& feature);

CursorHandle open_query(rhumb_geodatabase* geodatabase, const rhumb_query_options& options);
/// The species of all trees that a query selects, in its order: "elm oak".
std::string species(rhumb_geodatabase* geodatabase, const rhumb_query_options& options);
std::string species(rhumb_geodatabase* geodatabase, std::string_view where = {});

}  // namespace rhumb::test
