// SPDX-License-Identifier: Apache-2.0
//
// Geometries on their way into a layer. They come in the reference that was agreed upon, unless
// one says its own, and each is projected once.

#pragma once

#include "geodb/geometry/crs.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

namespace rhumb::wire {

/// Keeps what it has set up, because a batch has thousands of geometries. One thread at a time.
class ShapeTransforms {
public:
    /// `agreed`: the reference of geometries that say none; nullopt for that of the layer.
    explicit ShapeTransforms(std::optional<std::int32_t> agreed = {}) : agreed_(agreed) {}

    /// Throws as geodb::CoordinateTransform does.
    void apply(geodb::Geometry& geometry, std::optional<std::int32_t> own, std::int32_t layer_epsg);

private:
    std::optional<std::int32_t> agreed_;
    std::map<std::pair<std::int32_t, std::int32_t>, geodb::CoordinateTransform> transforms_;
};

}  // namespace rhumb::wire
