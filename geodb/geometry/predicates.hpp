// SPDX-License-Identifier: Apache-2.0
//
// Which features lie to a given area as asked: the spatial filter of a query or a replica.
//
// The answer is exact. Numbers decide where they can (points, boxes apart, boxes within), GEOS
// decides the rest on geometry prepared once.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "geodb/geometry/spatial_relation.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace rhumb::geodb {

/// One thread at a time. Moves, does not copy.
class SpatialFilter {
public:
    /// A closed box, perhaps without width or height.
    /// Throws Error(InvalidArgument) when it is turned round or not finite.
    explicit SpatialFilter(const Envelope& box, const SpatialTest& test = {});
    /// Any of the six types. Throws Error(InvalidArgument) when it is empty or not finite,
    /// Error(ConstraintViolated) when its layout is not sound.
    explicit SpatialFilter(const Geometry& area, const SpatialTest& test = {});
    SpatialFilter(SpatialFilter&&) noexcept;
    SpatialFilter& operator=(SpatialFilter&&) noexcept;
    ~SpatialFilter();

    /// Whether the geometry of a GeoPackage blob meets the test: in the plain case, whether it and
    /// the filter have a point in common. No blob (NULL) and an empty geometry meet nothing.
    /// Vertices of a feature that are not finite are passed over. Throws as read_gpb.
    bool matches(std::span<const std::uint8_t> gpb) const;

    Envelope envelope() const;
    /// Whether all that matches has a point in common with envelope().
    bool is_bounded() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace rhumb::geodb
