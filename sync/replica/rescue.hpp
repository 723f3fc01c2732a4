// SPDX-License-Identifier: Apache-2.0
//
// What can still be read of the edits in a damaged replica, into a GeoPackage of its own.
//
// The edit log drives, entry by entry: where a page cannot be read the next readable entry is
// looked for behind it, and what lay between is told.

#pragma once

#include "geodb/geodatabase.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rhumb::sync {

struct RescuedLayer {
    std::string name;  ///< of the damaged file; the rescued one is "<name>_pending"
    std::int64_t inserts = 0, updates = 0, deletes = 0;
    std::vector<std::string> lost = {};  ///< where something could not be read
};

struct Rescued {
    std::vector<RescuedLayer> layers;  ///< those with edits or losses
    std::int64_t rejected = 0;         ///< in table rejected_edits, those that are open
    std::int64_t conflicts = 0;        ///< in table conflicts, values as JSON
    std::vector<std::string> lost;     ///< of these two lists

    std::int64_t edits() const;
    std::int64_t losses() const;
};

/// `damaged` is read, `target` is empty and written in one transaction. Each "_pending" layer has
/// the fields of its layer, "rhumb_kind" (insert, update, delete) and "rhumb_state" (pending or
/// parked); a deletion has the values that were deleted.
Rescued rescue_edits(geodb::Geodatabase& damaged, geodb::Geodatabase& target);

}  // namespace rhumb::sync
