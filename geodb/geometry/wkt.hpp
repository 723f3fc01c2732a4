// SPDX-License-Identifier: Apache-2.0
//
// Geometries as well-known text, for tables that people and spreadsheets read.

#pragma once

#include "geodb/geometry/geometry.hpp"

#include <string>

namespace rhumb::geodb {

/// "POINT Z (1 2 3)", "POLYGON EMPTY" …; ordinates with as many digits as they need.
std::string write_wkt(const Geometry& geometry);

}  // namespace rhumb::geodb
