// SPDX-License-Identifier: Apache-2.0
//
// Reads `orderByFields`: "ZONE, INSPECTED DESC".

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::geodb {

/// Fields to sort by in one query.
inline constexpr std::size_t kMaxOrderFields = 64;

struct OrderField {
    std::string name;  ///< as written, without quotes
    bool descending = false;
    bool operator==(const OrderField&) const = default;
};

/// Empty for an empty text. Throws Error(InvalidArgument, "orderByFields: … at character N …").
std::vector<OrderField> parse_order_by(std::string_view text);

}  // namespace rhumb::geodb
