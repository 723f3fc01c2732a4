// SPDX-License-Identifier: Apache-2.0
//
// What a service and its layers say about themselves, derived from the geodatabase.

#pragma once

#include "sync/service/call.hpp"

#include <string>

namespace rhumb::service {

/// ArcGIS REST level whose wire this is.
inline constexpr double kCurrentVersion = 11.2;

std::string service_json(const Call& call);
std::string layer_json(const Call& call, const Layer& layer);
std::string all_layers_json(const Call& call);

}  // namespace rhumb::service
