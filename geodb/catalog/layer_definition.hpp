// SPDX-License-Identifier: Apache-2.0
//
// What a layer's definition says beside its columns: how it is called and drawn, which kinds of
// features there are, what a new one starts from, who edited last. One row a member in the table
// rhumb_layer_definition; the values are JSON as the layer resource of a feature service has them
// (ArcGIS REST, layer: types, subtypes, templates, drawingInfo, editFieldsInfo …). Here they are
// kept and not understood, but for the fields of editor tracking.

#pragma once

#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"

namespace rhumb::geodb {

/// Fills in `definition` and `tracking`.
void read_definition(sqlite::Database& database, Layer& layer);

/// Replaces what there was; inside the caller's transaction. The values are valid JSON.
void write_definition(sqlite::Database& database, LayerId layer, const LayerDefinition& definition);

/// A text that changes when any layer's definition does.
std::string definitions_text(sqlite::Database& database);

}  // namespace rhumb::geodb
