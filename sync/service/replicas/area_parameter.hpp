// SPDX-License-Identifier: Apache-2.0
//
// The parameters `geometry` and `geometryType` of a replica's area, checked before they are kept.

#pragma once

#include "sync/wire/input_limits.hpp"

#include <string>

namespace rhumb::service {

/// Blank text and null become "": no area. The type is brought into its own spelling; "" when it
/// was not said. Throws InvalidArgument naming the parameter for a type that nobody knows, a shape
/// that is none or of another type, and a shape without extent, which nothing could meet.
void check_geometry_parameter(std::string& geometry, std::string& type,
                              const wire::InputLimits& limits);

}  // namespace rhumb::service
