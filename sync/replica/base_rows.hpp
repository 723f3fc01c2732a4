// SPDX-License-Identifier: Apache-2.0
//
// The rows of a layer as the service gave them: pending edits are laid aside.

#pragma once

#include "geodb/features/feature_writer.hpp"
#include "geodb/geodatabase.hpp"

#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace rhumb::sync {

using OnBaseRow = std::function<void(const geodb::GlobalId&, const std::vector<geodb::Value>&)>;

/// In no order. Memory follows the pending edits alone.
void each_base_row(geodb::Geodatabase& geodatabase, const geodb::Layer& layer,
                   const OnBaseRow& on_row);

/// The same one by one, in any order. What is edited while it lives may be told as it is now.
/// What it refers to outlives it.
class BaseRows {
public:
    BaseRows(geodb::Geodatabase& geodatabase, const geodb::Layer& layer);

    /// In their order; 16 bytes each.
    const std::vector<geodb::GlobalId>& ids() const { return ids_; }
    bool has(const geodb::GlobalId& feature) const;
    /// All columns; none when there is no such row.
    std::optional<std::vector<geodb::Value>> find(const geodb::GlobalId& feature);

private:
    geodb::FeatureWriter rows_;
    /// Rows with pending edits as they were; without values: made here.
    std::map<geodb::GlobalId, std::vector<geodb::Value>> edited_;
    std::vector<geodb::GlobalId> ids_;
};

}  // namespace rhumb::sync
