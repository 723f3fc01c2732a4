// SPDX-License-Identifier: Apache-2.0
//
// What layer and service resources say of relationships: each layer its own side of them.

#pragma once

#include "sync/service/store/store.hpp"
#include "sync/wire/json_writer.hpp"

namespace rhumb::service {

/// `[{"id","name","relatedTableId","cardinality","role","keyField","composite"}]`
void write_layer_relationships(wire::JsonWriter& writer, const Store& store, LayerId layer);

/// `[{"id","name"}]`
void write_service_relationships(wire::JsonWriter& writer, const Store& store);

}  // namespace rhumb::service
