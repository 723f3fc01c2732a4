// SPDX-License-Identifier: Apache-2.0
//
// A layer's definition on the wire: fields, geometry, domains. Written by the service, read by the
// client, which makes its own layer from it.

#pragma once

#include "geodb/geodatabase.hpp"
#include "geodb/layer.hpp"
#include "sync/wire/json.hpp"
#include "sync/wire/json_writer.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb::wire {

/// "esriFieldTypeString" …
std::string_view esri_field_type(geodb::FieldType type);
/// None for kinds that are not synchronized (Raster, XML, Geometry).
std::optional<geodb::FieldType> field_type_of_esri(std::string_view name);

/// The name under which the object id travels: OBJECTID, unless a field has that name.
std::string object_id_name(const geodb::Layer& layer);

/// `"fields":[…]` entry of one field, and of the object id.
void write_field(JsonWriter& writer, const geodb::Field& field, bool with_domain = true);
/// The same, for a field that clients may be kept from editing.
void write_field(JsonWriter& writer, const geodb::Field& field, bool with_domain, bool editable);
void write_object_id_field(JsonWriter& writer, const geodb::Layer& layer);

/// A digest of what a synchronized layer's schema is: names, types, lengths, nullability,
/// domains, geometry, dimensions. Both ends compute it; where it differs the layer has changed.
std::string schema_fingerprint(const geodb::LayerPlan& plan);
std::string schema_fingerprint(const geodb::Layer& layer);

/// What the two ends of a replica agreed on, layer by layer, in a few letters.
class AgreedSchemas {
public:
    /// In the order of ids.
    void add(geodb::LayerId layer, std::string_view fingerprint);
    std::string digest() const;

private:
    std::string text_;
};

/// A layer of a service as the client sees it.
struct RemoteLayer {
    geodb::LayerId id;
    std::string name;
    std::string object_id_field;
    bool is_table = false;
    geodb::LayerPlan plan;
};

/// Reads a layer resource. `service_epsg` is the service's spatial reference.
/// Throws Unsupported naming the layer and what it lacks (a GlobalID field) or has (a kind of
/// geometry we do not keep).
RemoteLayer read_remote_layer(const Json& layer, std::int32_t service_epsg);

}  // namespace rhumb::wire
