// SPDX-License-Identifier: Apache-2.0
//
// Features that a service had taken and has lost since, because it was restored from a backup or
// its file replaced. This device may hold the only copy, so they stay here, parked as inserts
// until somebody decides: they go up again with their attachments, or are given up.

#pragma once

#include "geodb/features/feature_writer.hpp"
#include "geodb/geodatabase.hpp"
#include "sync/replica/held_edits.hpp"
#include "sync/replica/replica.hpp"

#include <optional>
#include <string>

namespace rhumb::sync {

/// Of one layer, within one write transaction. What it refers to outlives it.
class LostFeatures {
public:
    LostFeatures(geodb::Geodatabase& geodatabase, const geodb::Layer& layer);

    /// For the list of rejected edits. None when the feature was edited since, and goes up as an
    /// insert by itself with its attachments, or is parked as one already.
    std::optional<RejectedEdit> keep(const geodb::GlobalId& feature, const std::string& reason);

private:
    geodb::Geodatabase& geodatabase_;
    const geodb::Layer& layer_;
    geodb::FeatureWriter rows_;
    HeldEdits held_;
};

}  // namespace rhumb::sync
