// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/feature_text.hpp"

#include "geodb/features/value_rules.hpp"
#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/gpb.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/text.hpp"
#include "sync/wire/feature_json.hpp"
#include "sync/wire/geojson.hpp"

namespace rhumb::tool {
namespace {

using geodb::Layer;
using wire::Json;

constexpr std::int32_t kGeoJsonCrs = 4326;  // RFC 7946, section 4

/// The two halves of what was typed; pointers into it.
struct Halves {
    Json::Object attributes;
    const Json* geometry = nullptr;
};

[[noreturn]] void refuse(const std::string& message) {
    throw Error(Status::InvalidArgument, message);
}

std::string known_fields(const Layer& layer) {
    std::string names;
    for (const geodb::Field& field : layer.fields) {
        names += (names.empty() ? "" : ", ") + field.name;
    }
    return names;
}

/// {"attributes":…} of Esri, {"type":"Feature","properties":…} of GeoJSON.
const Json* attribute_member(const Json& feature) {
    const Json* attributes = feature.find_any_case("attributes");
    if (attributes != nullptr && attributes->object() != nullptr) return attributes;
    if (text_or_empty(feature.find("type")) != "Feature") return nullptr;
    const Json* properties = feature.find("properties");
    return properties != nullptr && properties->object() != nullptr ? properties : nullptr;
}

Halves halves_of(const Json& feature, const Layer& layer) {
    Halves halves;
    const Json* attributes = attribute_member(feature);
    if (attributes != nullptr) halves.attributes = *attributes->object();
    for (const Json::Member& member : *feature.object()) {
        const bool is_geometry =
            equal_ignoring_case(member.name, "geometry") && !layer.find_field(member.name);
        if (is_geometry) {
            halves.geometry = &member.value;
        } else if (attributes == nullptr) {
            halves.attributes.push_back(member);
        } else if (&member.value != attributes && member.name != "type" && member.name != "id") {
            refuse("a feature has 'attributes' and 'geometry', not '" + excerpt(member.name, 60) +
                   "'");
        }
    }
    return halves;
}

void check_attributes(const Json::Object& attributes, const Layer& layer) {
    for (const Json::Member& member : attributes) {
        const std::string name = "'" + excerpt(member.name, 60) + "'";
        if (!layer.find_field(member.name)) {
            refuse("layer '" + layer.name + "' has no field " + name +
                   " (it has: " + known_fields(layer) + ")");
        }
        if (member.value.array() != nullptr || member.value.object() != nullptr) {
            refuse("layer '" + layer.name + "', field " + name + ": " +
                   std::string(wire::kind_name(member.value)) + " is no value of a field");
        }
    }
}

bool is_geojson(const Json& geometry) {
    return geometry.find("type") != nullptr && geometry.find("coordinates") != nullptr;
}

geodb::Value read_geojson(const Json& json, const Layer& layer) {
    auto geometry = wire::read_geojson_geometry(json);
    if (!geometry) return geodb::Null{};
    const std::int32_t srs = layer.geometry->srs_id;
    if (srs != kGeoJsonCrs) geodb::CoordinateTransform(kGeoJsonCrs, srs).apply(*geometry);
    return geodb::write_gpb(geodb::fitted_geometry(layer, std::move(*geometry)), srs);
}

std::string text_of(const std::string& argument) {
    return argument.starts_with('@') ? read_file(argument.substr(1)) : argument;
}

}  // namespace

FeatureText read_feature_text(const std::string& json, const Layer& layer) {
    const Json typed = wire::parse_json(text_of(json), "the feature");
    if (typed.object() == nullptr) {
        refuse("the feature is " + std::string(wire::kind_name(typed)) + ", not a JSON object");
    }
    const Halves halves = halves_of(typed, layer);
    check_attributes(halves.attributes, layer);
    if (halves.geometry != nullptr && !halves.geometry->is_null() && !layer.geometry) {
        refuse("table '" + layer.name + "' has no geometry");
    }
    Json esri = Json::Object{{"attributes", halves.attributes}};
    const bool geojson = halves.geometry != nullptr && is_geojson(*halves.geometry);
    if (halves.geometry != nullptr && !geojson) esri.set("geometry", *halves.geometry);

    wire::FeatureJson read = wire::read_feature(esri, layer);
    if (geojson) {
        read.values.push_back({layer.geometry_index(), read_geojson(*halves.geometry, layer)});
    }
    const Json* identity = esri.find("attributes")->find_any_case(layer.global_id_column);
    if (read.has_global_id && !read.global_id && identity != nullptr && !identity->is_null()) {
        refuse("layer '" + layer.name + "', field '" + layer.global_id_column +
               "': " + excerpt(wire::to_text(*identity), 60) + " is no GUID");
    }
    return {read.global_id, std::move(read.values)};
}

std::vector<geodb::Value> FeatureText::all_values(const Layer& layer) const {
    std::vector<geodb::Value> all(layer.column_count());
    std::vector<bool> named(layer.column_count());
    for (const geodb::ColumnValue& value : values) {
        all[value.column] = value.value;
        named[value.column] = true;
    }
    const std::size_t identity = layer.global_id_index();
    if (global_id) all[identity] = global_id->value.braced();
    named[identity] = true;
    for (std::size_t column = 0; column < all.size(); ++column) {
        if (!named[column]) all[column] = geodb::stored_value(layer, column, geodb::Null{});
    }
    return all;
}

void FeatureText::check_identity(const Layer& layer, const geodb::GlobalId& feature) const {
    if (!global_id || *global_id == feature) return;
    geodb::refuse(geodb::EditFault::NotEditable,
                  "layer '" + layer.name + "': the GlobalID of a feature cannot be changed");
}

}  // namespace rhumb::tool
