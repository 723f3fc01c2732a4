// SPDX-License-Identifier: Apache-2.0
//
// The members of a layer resource that its columns cannot tell (ArcGIS REST, layer): descriptions,
// kinds of features with their templates, drawing, editor tracking. A person gives them for a layer
// that is served; a device takes over those of the service.

#pragma once

#include "geodb/layer.hpp"
#include "sync/wire/json.hpp"
#include "sync/wire/json_writer.hpp"

#include <vector>

namespace rhumb::wire {

/// Reads a document that a person wrote. Throws InvalidArgument naming the member: one that is
/// unknown, of another kind, or names a field that `layer` lacks.
geodb::LayerDefinition read_layer_definition(const Json& document, const geodb::Layer& layer);

/// Takes from the layer resource of a service what it says and fits these fields.
geodb::LayerDefinition definition_of_service(const Json& resource,
                                             const std::vector<geodb::Field>& fields);

/// Writes all these members into a layer resource: as they are defined, else what the layer gives.
/// editFieldsInfo is left to the service: it knows which fields it stamps.
void write_layer_definition(JsonWriter& writer, const geodb::Layer& layer);

/// The value of editFieldsInfo: the fields that are defined to tell who edited and when, or null.
void write_edit_fields(JsonWriter& writer, const geodb::Layer& layer);

}  // namespace rhumb::wire
