// SPDX-License-Identifier: Apache-2.0
//
// The rows of a layer as the service gave them: pending edits are laid aside.

#pragma once

#include "geodb/geodatabase.hpp"

#include <functional>
#include <vector>

namespace rhumb::sync {

using OnBaseRow = std::function<void(const geodb::GlobalId&, const std::vector<geodb::Value>&)>;

/// In no order. Memory follows the pending edits alone.
void each_base_row(geodb::Geodatabase& geodatabase, const geodb::Layer& layer,
                   const OnBaseRow& on_row);

}  // namespace rhumb::sync
