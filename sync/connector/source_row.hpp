// SPDX-License-Identifier: Apache-2.0
//
// What GeoJSON and CSV have in common: rows of named values without declared types, which can be
// read again and again in the same order.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "geodb/value.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::connector {

/// A value and what it looks like. CSV has text only, so there an Integer may still be the text
/// "12": should the field turn out to hold names, nothing of the spelling is lost.
struct SourceValue {
    enum class Kind : std::uint8_t { Null, Bool, Integer, Real, Text, Json };
    Kind kind = Kind::Null;
    geodb::Value value;
};

struct SourceRow {
    std::uint64_t number = 0;         ///< of the feature, or of the line where the row begins
    std::vector<SourceValue> values;  ///< by column; the rest is null
    std::optional<geodb::Geometry> geometry;
};

class RowSource {
public:
    virtual ~RowSource() = default;
    /// Reads the file from its beginning. The row may be taken apart. What `on_row` throws gets
    /// the row's place put in front.
    virtual void each(const std::function<void(SourceRow& row)>& on_row) = 0;
    /// Those met so far; numbers of columns stay the same over all readings.
    virtual const std::vector<std::string>& columns() const = 0;
    /// How a person finds the row: "feature 12", "line 7".
    virtual std::string row_name(std::uint64_t number) const = 0;
    /// EPSG code, once the file has been read.
    virtual std::int32_t crs() const = 0;
    /// What the source itself has to remark, once the file has been read.
    virtual std::vector<std::string> notes() const { return {}; }
};

}  // namespace rhumb::connector
