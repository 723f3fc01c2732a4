// SPDX-License-Identifier: Apache-2.0
//
// quantizationParameters: on which grid shapes are answered.

#pragma once

#include "sync/service/query/query_parameters.hpp"
#include "sync/wire/grid.hpp"

#include <cstdint>
#include <optional>

namespace rhumb::service {

/// The grid of answers that know only whole numbers, where nobody asks for another. As of metres
/// for a plane that nobody has defined.
wire::Grid default_grid(std::int32_t epsg);

/// None when absent. `style` says the reference of the answer, and how far shapes are simplified.
/// Throws InvalidArgument naming the key: "'quantizationParameters.tolerance' …".
std::optional<wire::Grid> quantization_parameters(const http::Parameters& parameters,
                                                  const ShapeStyle& style);

}  // namespace rhumb::service
