// SPDX-License-Identifier: Apache-2.0
//
// The spatial filter of a call: `geometry`, `inSR` and `spatialRel`.

#pragma once

#include "geodb/geometry/predicates.hpp"
#include "sync/service/call.hpp"

#include <optional>

namespace rhumb::service {

/// In the layer's reference; none when the call has no geometry. Throws naming the parameter.
std::optional<geodb::SpatialFilter> area_parameter(const Call& call, const Layer& layer);

}  // namespace rhumb::service
