// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/simplify.hpp"

#include "geodb/geometry/geos_geometry.hpp"

#include <geos_c.h>

#include <cmath>
#include <utility>

namespace rhumb::geodb {

Simplifier::Simplifier(double tolerance)
    : tolerance_(tolerance), session_(std::make_unique<GeosSession>()) {}

Simplifier::~Simplifier() = default;

void Simplifier::apply(Geometry& geometry) const {
    if (geometry.part_ends.empty()) return;
    // GEOS knows no m, but carries z along: the number of the vertex comes back there.
    const GeosGeometry given = GeosBuilder(*session_, GeosBuilder::Z::Number).build(geometry);
    const GeosGeometry simple{
        GEOSTopologyPreserveSimplify_r(session_->handle(), given.get(), tolerance_),
        GeosDeleter{session_->handle()}};
    if (!simple || GEOSisEmpty_r(session_->handle(), simple.get()) != 0) return;
    const std::size_t stride = geometry.stride();
    bool numbered = true;
    Geometry made = read_geos(*session_, simple.get(), [&](Geometry& to, double, double, double z) {
        to.has_z = geometry.has_z;
        to.has_m = geometry.has_m;
        numbered = numbered && z >= 0 && z < static_cast<double>(geometry.vertex_count());
        if (!numbered) return;
        const auto from = geometry.coordinates.begin() +
                          static_cast<std::ptrdiff_t>(static_cast<std::size_t>(z) * stride);
        to.coordinates.insert(to.coordinates.end(), from,
                              from + static_cast<std::ptrdiff_t>(stride));
    });
    if (!numbered) return;
    made.type = geometry.type;
    if (made.type != GeometryType::MultiPolygon) made.polygon_ends.clear();
    const bool one_of_many = made.type == GeometryType::MultiPolygon && made.polygon_ends.empty();
    if (one_of_many) made.polygon_ends = {static_cast<std::uint32_t>(made.part_ends.size())};
    geometry = std::move(made);
}

}  // namespace rhumb::geodb
