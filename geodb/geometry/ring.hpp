// SPDX-License-Identifier: Apache-2.0
//
// One ring: which way it turns, a point inside it, and whether it holds a given point.
//
// A ring may be closed or not; the edge from its last vertex to its first always counts.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "geodb/geometry/parts.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rhumb::geodb {

/// The last vertex has the x and y of the first.
bool is_closed(const Geometry& geometry, IndexRange ring);

/// Positive when the ring turns counter-clockwise (y up), negative when clockwise.
double signed_area(const Geometry& geometry, IndexRange ring);

void reverse_ring(Geometry& geometry, IndexRange ring);

struct Position {
    double x;
    double y;
};

/// A point well inside the ring (even-odd); for a ring without area its first vertex.
/// The ring has at least one vertex, all finite.
Position point_inside(const Geometry& geometry, IndexRange ring);

/// Answers for many points on which side of a ring they are, looking only at the edges that pass
/// the point's height. Borrows the geometry.
class RingIndex {
public:
    enum class Side { Outside, Boundary, Inside };

    RingIndex(const Geometry& geometry, IndexRange ring);
    /// By the even-odd rule.
    Side side_of(Position point) const;

private:
    struct Edge {
        Position from;
        Position to;
    };
    Edge edge(std::uint32_t vertex) const;
    std::size_t strip_of(double y) const;
    std::size_t entries_of_all_edges() const;
    void set_strips(std::size_t strips);
    void fill();

    const Geometry& geometry_;
    IndexRange ring_;
    double min_y_ = 0;
    double max_y_ = 0;
    double strips_per_unit_ = 0;
    std::size_t strips_ = 1;
    /// The edges of strip i, named by their first vertex, are edges_[starts_[i] .. starts_[i+1]).
    std::vector<std::size_t> starts_;
    std::vector<std::uint32_t> edges_;
};

}  // namespace rhumb::geodb
