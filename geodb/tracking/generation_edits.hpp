// SPDX-License-Identifier: Apache-2.0
//
// The net edits of a single generation, read in one walk along its log.
//
// Within a generation an object id has one entry, which is the whole story of the row under it. So
// nothing has to be folded: an update is told as its entry is read, and of the rows only those
// columns are asked for that updates of this log tell. Internal to NetEdits.

#pragma once

#include "geodb/tracking/net_edits.hpp"

namespace rhumb::geodb {

/// Whether the log's masks name each column of the layer.
bool masks_name_columns(const Layer& layer);

/// For layers whose masks name each column; `generation` is the last that the log has entries of.
/// The caller sees to it that all statements see the same edits. Updates come first, then inserts,
/// then deletions, which tell their feature alone, each by object id; at the end updates of
/// features that stand under another object id than before. Takes 24 bytes of memory for each
/// deleted feature.
void each_edit_of_generation(sqlite::Database& database, const Layer& layer, Generation generation,
                             const NetEdits::OnEdit& on_edit, bool old_values);

}  // namespace rhumb::geodb
