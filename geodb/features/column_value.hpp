// SPDX-License-Identifier: Apache-2.0
//
// A value for one column of a layer.

#pragma once

#include "geodb/value.hpp"

#include <cstddef>

namespace rhumb::geodb {

struct ColumnValue {
    std::size_t column;  ///< as counted in Layer
    Value value;
};

}  // namespace rhumb::geodb
