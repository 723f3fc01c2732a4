// SPDX-License-Identifier: Apache-2.0
//
// The SQL functions that a GeoPackage's R-tree triggers call, and our exact spatial test.

#pragma once

namespace rhumb::geodb::sqlite {
struct Connection;

/// Names the pointer that rhumb_matches(geometry, filter) takes as its second argument.
inline constexpr const char* kFilterPointerType = "rhumb_spatial_filter";

/// ST_IsEmpty, ST_MinX, ST_MaxX, ST_MinY, ST_MaxY (OGC GeoPackage 1.3, F.3) on GeoPackage blobs,
/// and two that no trigger may use, since other programs do not have them: rhumb_matches, and
/// rhumb_boxed(geometry, filter), the same, which tells the connection the box of what matches;
/// where no filter is bound all does.
void register_spatial_functions(Connection& connection);

}  // namespace rhumb::geodb::sqlite
