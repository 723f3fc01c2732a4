// SPDX-License-Identifier: Apache-2.0
//
// Whether two values mean the same, however each file writes them.
//
// Numbers are equal by value, dates as instants, GUIDs without regard to braces and letter case,
// a line and its only part as multi line, a ring and the same ring turned round. Vertices must
// agree exactly.

#pragma once

#include "geodb/field_type.hpp"
#include "geodb/value.hpp"

namespace rhumb::geodb {

/// Values of two fields that are compared, perhaps of different types.
bool same_meaning(FieldType type_a, const Value& a, FieldType type_b, const Value& b);

/// GeoPackage blobs. NULL and an empty geometry are both "no shape"; header, envelope and byte
/// order do not count. Bytes that are no geometry equal only themselves. `tolerance`: x and y that
/// are no further apart are equal; for shapes that somebody has projected.
bool same_shape(const Value& a, const Value& b, double tolerance = 0);

}  // namespace rhumb::geodb
