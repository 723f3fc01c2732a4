// SPDX-License-Identifier: Apache-2.0
//
// What can be said about the values of a field over many rows.

#pragma once

#include <cstdint>

namespace rhumb::geodb {

enum class Statistic : std::uint8_t {
    Count,  ///< of values that are not NULL
    Sum,
    Min,
    Max,
    Average,
    StdDev,          ///< of a sample: none of fewer than two values
    Variance,        ///< the same, squared
    PercentileCont,  ///< between two values, where the place falls between them
    PercentileDisc,  ///< the first value that has so many before it
};

}  // namespace rhumb::geodb
