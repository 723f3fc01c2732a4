// SPDX-License-Identifier: Apache-2.0
//
// An order of boxes in which neighbours in the list are neighbours on the ground: along a Hilbert
// curve through the middles of the boxes.

#pragma once

#include <cstdint>
#include <vector>

namespace rhumb::geodb {

/// Place of a box's middle on a grid of 65,536 by 65,536.
struct GridCell {
    std::uint16_t x;
    std::uint16_t y;
};

/// Position along the curve.
std::uint32_t hilbert_position(GridCell cell);

/// The indices of `positions`, smallest position first; equal ones stay in order.
/// At most 2^32 - 1 positions.
std::vector<std::uint32_t> sorted_indices(const std::vector<std::uint32_t>& positions);

}  // namespace rhumb::geodb
