// SPDX-License-Identifier: Apache-2.0
//
// The "crs" member of GeoJSON as it was in 2008. RFC 7946 took it away, files still have it.

#pragma once

#include "sync/wire/json.hpp"

#include <cstdint>

namespace rhumb::connector {

/// The EPSG code that a FeatureCollection or Feature names; 4326 when it names none.
/// Throws Unsupported for a name that is no EPSG code, and for a link.
std::int32_t geojson_crs(const wire::Json& root);

}  // namespace rhumb::connector
