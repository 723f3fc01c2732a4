// SPDX-License-Identifier: Apache-2.0
//
// Brings GeoJSON, CSV and GeoPackage files into a geodatabase as new layers.
//
// What is imported is the base that edits are made upon, so nothing of it is logged as an edit.
// A source is read twice: once to learn what its fields and geometries are, once for the rows. In
// memory are one row and, where features have ids, 24 bytes for each of them.

#pragma once

#include "geodb/geodatabase.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::connector {

struct ImportOptions {
    /// What the layer is called. Default: the file's name without its extension, or the name of
    /// each source layer.
    std::optional<std::string> layer;
    /// The field that identifies a feature. UUIDs become GlobalIDs; from any other key a GlobalID
    /// is derived that is the same at each import (see derived_id). Default: a field called
    /// globalid, global_id, guid or uuid, if it holds nothing but distinct UUIDs.
    std::optional<std::string> id_field;
    /// EPSG code of the coordinates. Default: what the source says, else 4326. Nothing is
    /// reprojected.
    std::optional<std::int32_t> crs;
    /// Called after each 64 KB of input or so, and at the end. May throw to stop the import.
    std::function<void(std::uint64_t done, std::uint64_t total_bytes)> on_progress;
    /// Which layers of the source, in any letter case; empty: all.
    std::vector<std::string> source_layers;
};

struct ImportedLayer {
    geodb::LayerId id;
    std::string name;
    std::int64_t features;
    std::vector<std::string> notes;  ///< what came out otherwise than the source says it
};

/// Whether a file is called like a source of data that is no geodatabase: "trees.geojson".
bool is_named_as_source(const std::filesystem::path& file);

/// Inside a transaction on `into` that the caller opens and commits; on any Error `into` is as it
/// was before the call. Throws NotFound, Unsupported for what is no source, AlreadyExists for the
/// name of a layer, CorruptData and others naming file, feature, line or row.
std::vector<ImportedLayer> import_source(geodb::Geodatabase& into,
                                         const std::filesystem::path& source,
                                         const ImportOptions& options);

}  // namespace rhumb::connector
