// SPDX-License-Identifier: Apache-2.0
//
// Geometries with fewer vertices, for maps of a small scale.

#pragma once

#include "geodb/geometry/geometry.hpp"

#include <memory>

namespace rhumb::geodb {

class GeosSession;

/// One thread at a time.
class Simplifier {
public:
    /// No vertex that is left out lies further than `tolerance` (above 0, in the geometry's unit)
    /// from where the line then runs.
    explicit Simplifier(double tolerance);
    ~Simplifier();

    /// Parts, rings and how they lie to one another stay; the vertices left keep z and m. Points
    /// stay as they are, as does what GEOS cannot make sense of.
    void apply(Geometry& geometry) const;

private:
    double tolerance_;
    std::unique_ptr<GeosSession> session_;
};

}  // namespace rhumb::geodb
