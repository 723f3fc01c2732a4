// SPDX-License-Identifier: Apache-2.0
//
// The SQL functions that a GeoPackage's R-tree triggers call, and our exact spatial test.

#pragma once

struct sqlite3;

namespace rhumb::geodb::sqlite {

/// Names the pointer that rhumb_intersects(geometry, filter) takes as its second argument.
inline constexpr const char* kFilterPointerType = "rhumb_spatial_filter";

/// ST_IsEmpty, ST_MinX, ST_MaxX, ST_MinY, ST_MaxY (OGC GeoPackage 1.3, F.3) on GeoPackage blobs,
/// and rhumb_intersects, which no trigger may use: other programs do not have it.
void register_spatial_functions(sqlite3* handle);

}  // namespace rhumb::geodb::sqlite
