// SPDX-License-Identifier: Apache-2.0
//
// The values of a feature that is to be written, by field name, before a layer is known.

#pragma once

#include "geodb/features/feature_writer.hpp"
#include "geodb/geometry/geometry.hpp"
#include "geodb/layer.hpp"
#include "geodb/value.hpp"
#include "rhumb/edits.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::capi {

/// Dates and GUIDs are no types of SQLite, yet a layer should not take a date for a number.
struct GivenValue {
    enum class Kind : std::uint8_t { Plain, Date, Guid };
    geodb::Value value;
    Kind kind = Kind::Plain;
};

}  // namespace rhumb::capi

/// Any thread; `mutex` guards the rest.
struct rhumb_feature {
    /// The values as `layer` stores them. Throws InvalidArgument for an unknown field or one that
    /// is named twice in different letter case, ConstraintViolated for a value that is refused.
    std::vector<rhumb::geodb::ColumnValue> stored(const rhumb::geodb::Layer& layer) const;

    mutable std::mutex mutex;
    std::map<std::string, rhumb::capi::GivenValue> values;  // by name as it was given
    bool has_geometry = false;
    std::optional<rhumb::geodb::Geometry> geometry;  // none: no shape
};
