// SPDX-License-Identifier: Apache-2.0
//
// The box around a geometry. Boxes are closed: touching is intersecting.
//
// A vertex whose x or y is NaN is nowhere and bounds nothing; "no box" is std::nullopt.

#pragma once

#include "geodb/geometry/geometry.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

namespace rhumb::geodb {

/// nullopt when no vertex is anywhere.
std::optional<Envelope> envelope_of(const Geometry& geometry);

inline bool intersects(const Envelope& a, const Envelope& b) {
    return a.min_x <= b.max_x && b.min_x <= a.max_x && a.min_y <= b.max_y && b.min_y <= a.max_y;
}

inline bool contains(const Envelope& outer, const Envelope& inner) {
    return outer.min_x <= inner.min_x && inner.max_x <= outer.max_x && outer.min_y <= inner.min_y &&
           inner.max_y <= outer.max_y;
}

inline bool contains(const Envelope& envelope, double x, double y) {
    return envelope.min_x <= x && x <= envelope.max_x && envelope.min_y <= y && y <= envelope.max_y;
}

/// Grows `envelope` so that it holds the point. Inline: it is the loop over all vertices.
inline void expand(std::optional<Envelope>& envelope, double x, double y) {
    if (std::isnan(x) || std::isnan(y)) return;
    if (!envelope) {
        envelope = Envelope{x, y, x, y};
        return;
    }
    envelope->min_x = std::min(envelope->min_x, x);
    envelope->min_y = std::min(envelope->min_y, y);
    envelope->max_x = std::max(envelope->max_x, x);
    envelope->max_y = std::max(envelope->max_y, y);
}

/// Grows `envelope` so that it holds the other one.
void expand(std::optional<Envelope>& envelope, const std::optional<Envelope>& other);

}  // namespace rhumb::geodb
