// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/spatial_relation.hpp"

#include <algorithm>

namespace rhumb::geodb {

bool is_relation_matrix(std::string_view text) {
    constexpr std::size_t kCells = 9;
    return text.size() == kCells && text.find_first_not_of("TF*012") == std::string_view::npos;
}

bool holds_apart(const SpatialTest& test) {
    if (test.relation != SpatialRelation::Relate) return false;
    // Interior and boundary of the one against interior and boundary of the other.
    const auto may_be_empty = [&](std::size_t cell) {
        return test.matrix[cell] == 'F' || test.matrix[cell] == '*';
    };
    return may_be_empty(0) && may_be_empty(1) && may_be_empty(3) && may_be_empty(4);
}

}  // namespace rhumb::geodb
