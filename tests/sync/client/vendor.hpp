// SPDX-License-Identifier: Apache-2.0
//
// A device against a service that is not Rhumb's: its answers as other vendors write them.

#pragma once

#include "platform/error.hpp"
#include "sync/client/ladder.hpp"
#include "sync/replica/replica_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"
#include "tests/support/scripted_service.hpp"

#include <memory>
#include <string>
#include <vector>

namespace rhumb::test {

inline constexpr const char* kVendorUrl =
    "https://maps.test/arcgis/rest/services/Water/FeatureServer";

/// Root resource; `more` goes in front, e.g. to offer perLayer.
inline std::string vendor_root(
    const std::string& sync_capabilities = "{}",
    const std::string& capabilities = "Create,Delete,Query,Update,Sync") {
    return R"({"currentVersion":10.91,"syncEnabled":true,"capabilities":")" + capabilities +
           R"(","syncCapabilities":)" + sync_capabilities +
           R"(,"spatialReference":{"wkid":102100,"latestWkid":3857},
              "fullExtent":{"xmin":0,"ymin":0,"xmax":9,"ymax":9},
              "layers":[{"id":0,"name":"Hydrants","type":"Feature Layer"}],
              "tables":[{"id":2,"name":"Inspections"}]})";
}

inline constexpr const char* kHydrantFields =
    R"([{"name":"objectid","type":"esriFieldTypeOID"},
        {"name":"globalid","type":"esriFieldTypeGlobalID","length":38},
        {"name":"code","type":"esriFieldTypeString","length":20},
        {"name":"kind","type":"esriFieldTypeInteger"}])";

inline std::string vendor_layers(const std::string& hydrant_fields = kHydrantFields) {
    return R"({"layers":[{"id":0,"name":"Hydrants","type":"Feature Layer",
      "geometryType":"esriGeometryPoint","extent":{"spatialReference":{"wkid":102100}},"fields":)" +
           hydrant_fields + R"(}],
      "tables":[{"id":2,"name":"Inspections","type":"Table","fields":[
        {"name":"OBJECTID","type":"esriFieldTypeOID"},
        {"name":"GlobalID","type":"esriFieldTypeGlobalID"},
        {"name":"note","type":"esriFieldTypeString","length":0}]}]})";
}

// Without braces and in lower case, as some services write them.
inline constexpr const char* kFirst = "0b2f9d4e-0000-4000-8000-000000000001";
inline constexpr const char* kSecond = "0b2f9d4e-0000-4000-8000-000000000002";

inline geodb::GlobalId hydrant(const char* text) {
    return {*Uuid::parse(text)};
}

/// A feature as the vendor writes it: "H-1" of a kind, at x, 5.
inline std::string vendor_hydrant(const std::string& id, const std::string& code, int kind) {
    return R"({"attributes":{"objectid":7,"globalid":")" + id + R"(","code":")" + code +
           R"(","kind":)" + std::to_string(kind) + R"(},"geometry":{"x":1.5,"y":5}})";
}

/// The file that createReplica gives.
inline std::string vendor_replica() {
    return R"({"replicaName":"crew","replicaID":"90F07F7B-991C-4818-B7CA-97B2BF4F7CAA",
      "replicaServerGen":"117","layers":[{"id":0,"features":[)" +
           vendor_hydrant(kFirst, "H-1", 1) + "," + vendor_hydrant(kSecond, "H-2", 2) +
           R"(]},{"id":2,"features":[]}]})";
}

struct VendorCrew {
    TempFolder folder;
    TestWorld world;
    std::unique_ptr<geodb::Geodatabase> file = std::make_unique<geodb::Geodatabase>(
        geodb::Geodatabase::create(folder / "device.gpkg", world.world()));
    ScriptedService service;
    std::vector<std::int64_t> waits;

    VendorCrew() { service.on("/FeatureServer", vendor_root()).on("/layers", vendor_layers()); }
    /// A replica that is ready, whatever stands behind the answers afterwards.
    void join() {
        service.on("/createReplica", vendor_replica());
        create();
    }
    sync::SyncReport create(sync::CreateOptions options = {}) {
        options.service_url = kVendorUrl;
        return climb(*sync::create_replica_ladder(*file, options, nullptr));
    }
    sync::SyncReport sync(sync::SyncOptions options = {}) {
        return climb(*sync::synchronize_ladder(*file, options, nullptr));
    }
    sync::SyncReport climb(sync::Ladder& ladder) {
        return sync::climb(ladder, service, {}, [this](std::int64_t ms) { waits.push_back(ms); });
    }
    void restart() {
        file.reset();
        file = std::make_unique<geodb::Geodatabase>(
            geodb::Geodatabase::open(folder / "device.gpkg", world.world()));
    }
    sync::Replica replica() { return sync::ReplicaStore(*file).load(); }
    std::int64_t pending() {
        std::int64_t total = 0;
        for (const auto& layer : sync::ReplicaStore(*file).pending()) total += layer.total();
        return total;
    }
    /// "H-1 1, H-2 2"
    std::string hydrants() {
        return file->database()
            .text_of(
                "SELECT group_concat(code || ' ' || kind, ', ') FROM "
                "(SELECT * FROM Hydrants ORDER BY code)")
            .value_or("");
    }
    std::string edits_sent(std::size_t which = 0) {
        std::vector<std::string> sent;
        for (const auto& asked : service.asked("/synchronizeReplica")) {
            if (asked.form.has("edits")) sent.push_back(asked.form.get("edits"));
        }
        return which < sent.size() ? sent[which] : "";
    }
};

inline constexpr const char* kNoEdits =
    R"({"responseType":"esriReplicaResponseTypeNoEdits","replicaServerGen":118})";

}  // namespace rhumb::test
