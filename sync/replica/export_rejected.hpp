// SPDX-License-Identifier: Apache-2.0
//
// The refused edits of a replica as a file for other programs, nothing of them left out.

#pragma once

#include "geodb/geodatabase.hpp"

#include <cstdint>
#include <filesystem>

namespace rhumb::sync {

/// JSON lines, an edit each: number, layer, kind, globalId, code, reason, at, attempts, state, and
/// the feature as Esri JSON in the layer's spatial reference. A path that ends with ".geojson"
/// gets a FeatureCollection in longitude and latitude with the same facts as properties; a
/// deletion is the feature that was deleted. Replaces the file whole. Returns how many there are.
std::int64_t export_rejected(geodb::Geodatabase& geodatabase, const std::filesystem::path& path);

}  // namespace rhumb::sync
