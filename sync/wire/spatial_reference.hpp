// SPDX-License-Identifier: Apache-2.0
//
// Spatial references as ArcGIS writes them: {"wkid":102100,"latestWkid":3857}, or a bare number.
//
// Inside Rhumb a reference is its EPSG code, so Esri's own numbers for Web Mercator end here.

#pragma once

#include "sync/wire/json.hpp"
#include "sync/wire/json_writer.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace rhumb::wire {

/// A bare number or an object; latestWkid goes before wkid. nullopt for null, an empty object, and
/// codes that mean "unknown" (0 and below). One that is spelled out as WKT is looked up. Throws
/// InvalidArgument for what is no spatial reference, or WKT of one without a code.
std::optional<std::int32_t> read_spatial_reference(const Json& json);

/// The same from the text of a request parameter such as inSR; blank text is nullopt. Throws also
/// for a code that nobody has defined, naming the parameter.
std::optional<std::int32_t> read_spatial_reference_parameter(std::string_view text,
                                                             std::string_view parameter);

/// As the value of "spatialReference". 3857 goes out as 102100, which older clients expect.
void write_spatial_reference(JsonWriter& writer, std::int32_t epsg);

}  // namespace rhumb::wire
