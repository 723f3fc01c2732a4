// SPDX-License-Identifier: Apache-2.0
//
// What both ways to net edits share. Internal to NetEdits.

#pragma once

#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/value.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace rhumb::geodb {

/// The GlobalID that a row tells. Throws CorruptData naming layer and row when it is none.
GlobalId identity_of(const Layer& layer, ObjectId row, std::string_view text);

/// Where two rows differ.
std::vector<std::size_t> differing_columns(const std::vector<Value>& before,
                                           const std::vector<Value>& after);

}  // namespace rhumb::geodb
