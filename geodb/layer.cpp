// SPDX-License-Identifier: Apache-2.0
#include "geodb/layer.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"

namespace rhumb::geodb {

std::size_t Layer::global_id_index() const {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (fields[i].type == FieldType::GlobalId) return i;
    }
    throw Error(Status::Internal, "layer '" + name + "' has no GlobalID field");
}

const std::string& Layer::column_name(std::size_t column) const {
    return column < fields.size() ? fields[column].name : geometry->name;
}

std::optional<std::size_t> Layer::find_field(std::string_view field_name) const {
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (fields[i].name == field_name) return i;
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (equal_ignoring_case(fields[i].name, field_name)) return i;
    }
    return std::nullopt;
}

}  // namespace rhumb::geodb
