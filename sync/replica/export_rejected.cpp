// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/export_rejected.hpp"

#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/gpb.hpp"
#include "platform/date_time.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "sync/replica/replica_store.hpp"
#include "sync/wire/feature_json.hpp"
#include "sync/wire/geojson.hpp"

#include <map>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::Layer;
using wire::Json;

constexpr std::int32_t kLongitudeLatitude = 4326;

Json facts_of(const RejectedEdit& edit, const Layer& layer) {
    return Json::Object{{"number", edit.number},
                        {"layer", layer.name},
                        {"layerId", layer.id.value},
                        {"kind", name_of(edit.kind)},
                        {"globalId", edit.feature.value.braced()},
                        {"code", edit.code},
                        {"reason", edit.reason},
                        {"at", format_date_time(edit.at_ms)},
                        {"attempts", edit.attempts},
                        {"state", name_of(edit.state)}};
}

Json feature_of(const RejectedEdit& edit) {
    return edit.values.empty() ? Json() : wire::parse_json(edit.values, "rhumb_rejected");
}

std::string line_of(const RejectedEdit& edit, const Layer& layer) {
    Json line = facts_of(edit, layer);
    if (layer.geometry) line.set("epsg", layer.geometry->srs_id);
    line.set("feature", feature_of(edit));
    return wire::to_text(line) + "\n";
}

/// What cannot be read or has no place in longitude and latitude stands in the properties alone.
std::string geojson_geometry(const Json& feature, const Layer& layer) {
    if (feature.is_null() || !layer.geometry) return "null";
    try {
        const auto read = wire::read_feature(feature, layer, wire::ValueRules::TakenAsIs);
        for (const geodb::ColumnValue& value : read.values) {
            const auto* blob = std::get_if<geodb::Blob>(&value.value);
            if (value.column != layer.geometry_index() || blob == nullptr) continue;
            geodb::Geometry geometry = geodb::read_gpb(*blob);
            const std::int32_t epsg = layer.geometry->srs_id;
            geodb::CoordinateTransform(epsg, kLongitudeLatitude).apply(geometry);
            std::string text;
            wire::JsonWriter writer(text);
            wire::write_geojson_geometry(writer, geometry);
            return text;
        }
    } catch (const Error& error) {
        if (error.status() == Status::Internal) throw;
    }
    return "null";
}

std::string geojson_of(const RejectedEdit& edit, const Layer& layer) {
    const Json feature = feature_of(edit);
    Json properties = facts_of(edit, layer);
    if (const Json* attributes = feature.find("attributes")) {
        properties.set("attributes", *attributes);
    }
    return R"({"type":"Feature","properties":)" + wire::to_text(properties) + R"(,"geometry":)" +
           geojson_geometry(feature, layer) + "}";
}

}  // namespace

std::int64_t export_rejected(geodb::Geodatabase& geodatabase, const std::filesystem::path& path) {
    const std::vector<RejectedEdit> edits = ReplicaStore(geodatabase).rejected();
    const bool geojson = path.extension() == ".geojson";
    std::filesystem::path half = path;
    half += ".part";
    FileWriter file(half, FileWriter::Mode::Replace);
    if (geojson) file.write("{\"type\":\"FeatureCollection\",\"features\":[");
    const char* between = "\n";
    for (const RejectedEdit& edit : edits) {
        const Layer& layer = geodatabase.layer(edit.layer);
        file.write(geojson ? between + geojson_of(edit, layer) : line_of(edit, layer));
        between = ",\n";
    }
    if (geojson) file.write("\n]}\n");
    file.close_durably();
    replace_file(half, path);
    return static_cast<std::int64_t>(edits.size());
}

}  // namespace rhumb::sync
