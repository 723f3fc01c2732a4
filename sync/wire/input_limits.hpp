// SPDX-License-Identifier: Apache-2.0
//
// What one piece of input may cost whoever reads it.

#pragma once

#include "sync/wire/json_reader.hpp"

#include <cstddef>

namespace rhumb::wire {

/// Vertices of one geometry: a coast line has fewer, and checking more would take too long.
constexpr std::size_t kMostVertices = 1'000'000;

struct InputLimits {
    JsonLimits json;
    std::size_t vertices = kMostVertices;  ///< of one geometry
};

/// For lists of numbers and names, and for spatial references, which have no deeper arrays.
constexpr JsonLimits kFlatJson{8, 1'000'000, 64U << 20U};

}  // namespace rhumb::wire
