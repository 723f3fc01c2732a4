// SPDX-License-Identifier: Apache-2.0
//
// How a feature may lie to the geometry of a query.
//
// The query's geometry comes first: Contains means that it contains the feature, Within that it
// lies within the feature.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rhumb::geodb {

enum class SpatialRelation : std::uint8_t {
    Intersects,
    Contains,
    Within,
    Crosses,
    Touches,
    Overlaps,
    EnvelopeIntersects,  ///< the boxes around both have a point in common
    Relate,              ///< a matrix of DE-9IM
};

struct SpatialTest {
    SpatialRelation relation = SpatialRelation::Intersects;
    /// Relate: nine of T F * 0 1 2, for interior, boundary and exterior of the query's geometry
    /// against those of the feature, row by row.
    std::string matrix = {};
};

/// Whether it is such a matrix; capitals only.
bool is_relation_matrix(std::string_view text);

/// Whether geometries without a common point can meet the test too.
bool holds_apart(const SpatialTest& test);

}  // namespace rhumb::geodb
