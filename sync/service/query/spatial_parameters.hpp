// SPDX-License-Identifier: Apache-2.0
//
// Where the features of a query lie: geometry, its reference, the relation to it, and a distance.

#pragma once

#include "geodb/geometry/predicates.hpp"
#include "geodb/layer.hpp"
#include "platform/http/form.hpp"
#include "sync/wire/input_limits.hpp"

#include <array>
#include <memory>
#include <string_view>

namespace rhumb::service {

/// What a layer says it can do, in the words of the protocol.
struct NamedRelation {
    std::string_view name;
    geodb::SpatialRelation relation;
};
inline constexpr std::array<NamedRelation, 9> kSpatialRelations{
    {{"esriSpatialRelIntersects", geodb::SpatialRelation::Intersects},
     {"esriSpatialRelContains", geodb::SpatialRelation::Contains},
     {"esriSpatialRelWithin", geodb::SpatialRelation::Within},
     {"esriSpatialRelCrosses", geodb::SpatialRelation::Crosses},
     {"esriSpatialRelTouches", geodb::SpatialRelation::Touches},
     {"esriSpatialRelOverlaps", geodb::SpatialRelation::Overlaps},
     {"esriSpatialRelEnvelopeIntersects", geodb::SpatialRelation::EnvelopeIntersects},
     // The index knows boxes.
     {"esriSpatialRelIndexIntersects", geodb::SpatialRelation::EnvelopeIntersects},
     {"esriSpatialRelRelation", geodb::SpatialRelation::Relate}}};

/// Reads geometry, geometryType, inSR, spatialRel, relationParam, distance and units. Null when no
/// geometry is given. In the layer's reference. Throws InvalidArgument naming the parameter.
std::unique_ptr<geodb::SpatialFilter> spatial_parameters(const http::Parameters& parameters,
                                                         const geodb::Layer& layer,
                                                         const wire::InputLimits& limits);

}  // namespace rhumb::service
