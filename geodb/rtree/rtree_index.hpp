// SPDX-License-Identifier: Apache-2.0
//
// The R-tree extension of a GeoPackage on one geometry column: its table, its triggers.

#pragma once

#include "geodb/sqlite/database.hpp"

#include <string>
#include <vector>

namespace rhumb::geodb {

class PackedRtree;

struct RtreeColumn {
    std::string table;
    std::string fid_column;
    std::string geometry_column;
};

/// "rtree_<table>_<column>", as the standard names it.
std::string rtree_table(const RtreeColumn& column);
bool has_rtree(sqlite::Database& database, const RtreeColumn& column);

/// Makes the index over the rows that are there (packed), its triggers, and registers it.
void create_rtree(sqlite::Database& database, const RtreeColumn& column);

/// The same from boxes that were collected while the rows were written.
void create_rtree(sqlite::Database& database, const RtreeColumn& column, PackedRtree& boxes);

/// Fills an index anew from the rows; its triggers stay.
void rebuild_rtree(sqlite::Database& database, const RtreeColumn& column);

/// Names of the standard's triggers on this column, whether they are there or not.
std::vector<std::string> rtree_trigger_names(const RtreeColumn& column);

}  // namespace rhumb::geodb
