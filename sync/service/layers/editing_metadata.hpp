// SPDX-License-Identifier: Apache-2.0
//
// What the resources of a service and its layers say of editing.

#pragma once

#include "sync/service/call.hpp"
#include "sync/wire/json_writer.hpp"

namespace rhumb::service {

/// Members of a layer's resource: what edits may ask for, editor tracking, ownership, the last
/// edit.
void write_layer_editing(wire::JsonWriter& writer, const Call& call, const Layer& layer,
                         StoreSnapshot& snapshot);

/// Members of the service's root: the same, and what extractChanges offers.
void write_service_editing(wire::JsonWriter& writer, const Call& call, StoreSnapshot& snapshot);

/// Whether clients may put values into a field.
bool is_editable(const Layer& layer, std::size_t field);

}  // namespace rhumb::service
