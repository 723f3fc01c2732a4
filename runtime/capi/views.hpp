// SPDX-License-Identifier: Apache-2.0
//
// Values of the library as the plain structs of the C API, and back.

#pragma once

#include "geodb/layer.hpp"
#include "platform/uuid.hpp"
#include "rhumb/geodatabase.h"
#include "rhumb/types.h"

#include <string_view>

namespace rhumb::capi {

rhumb_guid guid_of(const Uuid& uuid);
Uuid uuid_of(const rhumb_guid& guid);

/// A copy that the caller releases. Throws std::bad_alloc.
rhumb_buffer buffer_of(std::string_view text);

/// Its views are of `layer` or `field`.
rhumb_layer_info layer_info_of(const geodb::Layer& layer);
rhumb_field_info field_info_of(const geodb::Field& field);

}  // namespace rhumb::capi
