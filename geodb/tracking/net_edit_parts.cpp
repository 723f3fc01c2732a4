// SPDX-License-Identifier: Apache-2.0
#include "geodb/tracking/net_edit_parts.hpp"

#include "platform/error.hpp"

#include <string>

namespace rhumb::geodb {

GlobalId identity_of(const Layer& layer, ObjectId row, std::string_view text) {
    if (const auto uuid = Uuid::parse(text)) return {*uuid};
    throw Error(Status::CorruptData, "layer '" + layer.name + "', row " +
                                         std::to_string(row.value) + " has no valid GlobalID");
}

std::vector<std::size_t> differing_columns(const std::vector<Value>& before,
                                           const std::vector<Value>& after) {
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (before[i] != after[i]) columns.push_back(i);
    }
    return columns;
}

}  // namespace rhumb::geodb
