// SPDX-License-Identifier: Apache-2.0
//
// The extent of a layer, a service or what a query found.

#pragma once

#include "geodb/geometry/geometry.hpp"

#include <cstdint>
#include <optional>

namespace rhumb::wire {

class JsonWriter;

/// ArcGIS REST: where there is nothing the sides are "NaN". Clients tell an empty layer by these
/// texts, and a null keeps some of them from opening it.
void write_extent(JsonWriter& writer, const std::optional<geodb::Envelope>& extent,
                  std::int32_t epsg);

}  // namespace rhumb::wire
