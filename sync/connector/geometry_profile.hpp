// SPDX-License-Identifier: Apache-2.0
//
// The one geometry column that holds all geometries of a source.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "geodb/layer.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace rhumb::connector {

/// Looks at each geometry, in the first reading.
class GeometryProfile {
public:
    using RowName = std::function<std::string(std::uint64_t)>;
    /// `row_name` makes "feature 12" of 12.
    explicit GeometryProfile(RowName row_name) : row_name_(std::move(row_name)) {}

    /// Throws Unsupported naming both rows when a point meets a line or a polygon.
    void add(const geodb::Geometry& geometry, std::uint64_t row);

    /// Multi when one of them is; Z and M when one of them has it. nullopt: no geometries at all.
    std::optional<geodb::GeometryColumn> column(std::int32_t srs_id) const;

private:
    RowName row_name_;
    std::optional<geodb::GeometryType> type_;
    geodb::GeometryType first_type_ = geodb::GeometryType::Point;
    std::uint64_t first_row_ = 0;
    bool has_z_ = false;
    bool has_m_ = false;
};

/// The geometry with the ordinates that `column` keeps: a Z that is not there is 0, an M is NaN.
geodb::Geometry with_ordinates_of(const geodb::GeometryColumn& column, geodb::Geometry geometry);

}  // namespace rhumb::connector
