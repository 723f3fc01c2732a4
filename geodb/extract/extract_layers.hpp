// SPDX-License-Identifier: Apache-2.0
//
// A new, tracked geodatabase with a part of another one: some layers, an area, the rows of a
// where-clause. What a replica starts from when it is made as a file.
//
// The rows go from file to file in one statement a layer; index, R-tree and log are made after
// them. Object ids are new: they belong to one database. GlobalIDs stay.

#pragma once

#include "geodb/features/feature_reader.hpp"
#include "geodb/geodatabase.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

namespace rhumb::geodb {

/// One layer and which of its features to take.
struct LayerExtract {
    LayerId layer;
    /// Features that intersect it, in the layer's spatial reference; nullptr: wherever they are.
    const SpatialFilter* area = nullptr;
    std::optional<WhereSql> where = {};
    bool with_features = true;  ///< false: the layer as it is, empty
};

struct Extract {
    Generation at;  ///< of the source: the state that was taken
    std::map<LayerId, std::int64_t> features;
};

/// Makes the file at `path`, which must not be there; on failure nothing is left of it. Reads
/// `source` as it was last committed, all layers at the same generation, and holds nobody up. The
/// layers keep their numbers and names. The file is complete when this returns, but not made
/// durable.
Extract extract_layers(const Geodatabase& source, const std::filesystem::path& path, World world,
                       const std::vector<LayerExtract>& layers);

}  // namespace rhumb::geodb
