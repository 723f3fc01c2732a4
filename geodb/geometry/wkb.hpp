// SPDX-License-Identifier: Apache-2.0
//
// Geometries from and to well-known binary (OGC Simple Features 1.2.1, ISO 13249-3).
//
// WKB has no empty point: by custom a point whose x and y are NaN stands for it, and becomes a
// Geometry without coordinates. All other numbers keep their bits both ways.

#pragma once

#include "geodb/geometry/geometry.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace rhumb::geodb {

/// Reads exactly one geometry of the six types, in any byte order, ISO or EWKB; an SRID in it is
/// passed over. Throws Error(Unsupported) naming a type Geometry cannot hold, and
/// Error(CorruptData) naming the byte where the bytes stop making sense.
Geometry read_wkb(std::span<const std::uint8_t> bytes);

/// Appends little endian ISO WKB. Throws Error(ConstraintViolated) when the layout is not sound.
void append_wkb(std::vector<std::uint8_t>& out, const Geometry& geometry);

}  // namespace rhumb::geodb
