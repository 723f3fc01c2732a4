// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/envelope.hpp"

#include <cstddef>

namespace rhumb::geodb {

std::optional<Envelope> envelope_of(const Geometry& geometry) {
    std::optional<Envelope> envelope;
    const std::size_t stride = geometry.stride();
    for (std::size_t i = 0; i + stride <= geometry.coordinates.size(); i += stride) {
        expand(envelope, geometry.coordinates[i], geometry.coordinates[i + 1]);
    }
    return envelope;
}

void expand(std::optional<Envelope>& envelope, const std::optional<Envelope>& other) {
    if (!other) return;
    expand(envelope, other->min_x, other->min_y);
    expand(envelope, other->max_x, other->max_y);
}

}  // namespace rhumb::geodb
