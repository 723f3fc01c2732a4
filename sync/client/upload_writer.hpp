// SPDX-License-Identifier: Apache-2.0
//
// The parameter `edits` of synchronizeReplica: the net edits of a batch.
//
// Writing the same batch again gives the same text, whatever was edited since.

#pragma once

#include "geodb/geodatabase.hpp"
#include "platform/spool.hpp"
#include "sync/client/batch_slices.hpp"
#include "sync/client/layer_definitions.hpp"
#include "sync/replica/replica.hpp"

#include <filesystem>
#include <set>

namespace rhumb::sync {

/// ArcGIS REST, synchronizeReplica: features are known by GlobalID alone; adds carry the client's
/// own. A service that speaks Rhumb gets just the changed columns of an update, others whole rows.
/// What the service fills itself stays at home. Only features of the present slice are written.
/// Scratch files are made beside `file` while it goes on, and none is left.
void write_upload_edits(geodb::Geodatabase& geodatabase, const Replica& replica,
                        const std::set<geodb::LayerId>& layers, geodb::Generation until,
                        const BatchSlices& slices, const ReadOnlyFields& read_only,
                        const std::filesystem::path& file, Spool& out);

}  // namespace rhumb::sync
