// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/polygon_assembly.hpp"

#include "geodb/geometry/envelope.hpp"
#include "geodb/geometry/parts.hpp"
#include "geodb/geometry/ring.hpp"
#include "geodb/geometry/validate.hpp"
#include "platform/error.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::geodb {
namespace {

struct Ring {
    IndexRange vertices;
    double signed_area;
    Envelope envelope;
    Position inside;
    /// Its place among all rings from the largest to the smallest.
    std::size_t rank = 0;
    /// The smallest ring around this one, and how many there are around it in all.
    std::optional<std::size_t> parent = std::nullopt;
    std::size_t depth = 0;
    bool is_outer = false;
    /// For a hole: its outer ring.
    std::size_t owner = 0;

    double area() const { return std::abs(signed_area); }
    bool clockwise() const { return signed_area < 0; }
};

[[noreturn]] void refuse(std::size_t ring, const char* what) {
    throw Error(Status::ConstraintViolated, "ring " + std::to_string(ring) + " " + what);
}

void append_vertices(Geometry& to, const Geometry& from, IndexRange vertices) {
    const auto coordinates = coordinates_of(from, vertices);
    to.coordinates.insert(to.coordinates.end(), coordinates.begin(), coordinates.end());
}

void check_ring(const Geometry& geometry, std::size_t ring) {
    const IndexRange vertices = part_vertices(geometry, ring);
    for (std::uint32_t vertex = vertices.begin; vertex < vertices.end; ++vertex) {
        if (!std::isfinite(x_of(geometry, vertex)) || !std::isfinite(y_of(geometry, vertex))) {
            refuse(ring, "has a vertex without finite x and y");
        }
    }
    if (vertices.size() + (is_closed(geometry, vertices) ? 0 : 1) < 4) {
        refuse(ring, "has fewer than 3 different vertices");
    }
    if (!std::isfinite(signed_area(geometry, vertices))) refuse(ring, "is too large for an area");
}

/// The rings that have vertices, each of them closed and checked.
Geometry closed_rings(const Geometry& rings) {
    Geometry closed;
    closed.type = GeometryType::Polygon;
    closed.has_z = rings.has_z;
    closed.has_m = rings.has_m;
    closed.coordinates.reserve(rings.coordinates.size());
    for (std::size_t i = 0; i < rings.part_ends.size(); ++i) {
        const IndexRange vertices = part_vertices(rings, i);
        if (vertices.size() == 0) continue;
        check_ring(rings, i);
        append_vertices(closed, rings, vertices);
        if (!is_closed(rings, vertices)) {
            append_vertices(closed, rings, {vertices.begin, vertices.begin + 1});
        }
        closed.part_ends.push_back(static_cast<std::uint32_t>(closed.vertex_count()));
    }
    return closed;
}

Ring measured(const Geometry& geometry, IndexRange vertices) {
    std::optional<Envelope> envelope;
    for (std::uint32_t vertex = vertices.begin; vertex < vertices.end; ++vertex) {
        expand(envelope, x_of(geometry, vertex), y_of(geometry, vertex));
    }
    return {vertices, signed_area(geometry, vertices), *envelope, point_inside(geometry, vertices)};
}

class Assembly {
public:
    explicit Assembly(const Geometry& geometry) : geometry_(geometry) {
        for (std::size_t i = 0; i < geometry.part_ends.size(); ++i) {
            rings_.push_back(measured(geometry, part_vertices(geometry, i)));
        }
        indexes_.resize(rings_.size());
    }

    Geometry assemble() {
        rank_by_area();
        find_parents();
        for (const std::size_t ring : by_area_) find_depth(rings_[ring]);
        const bool by_depth = !orientation_is_sound();
        for (const std::size_t ring : by_area_) classify(rings_[ring], by_depth);
        return grouped();
    }

private:
    /// The rings in the order of what `key` says of each.
    template <typename Key>
    std::vector<std::size_t> sorted_by(Key key) const {
        std::vector<std::size_t> order(rings_.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return key(rings_[a]) < key(rings_[b]);
        });
        return order;
    }

    /// What lies around a ring ranks before it.
    void rank_by_area() {
        by_area_ = sorted_by([](const Ring& ring) { return -ring.area(); });
        for (std::size_t rank = 0; rank < by_area_.size(); ++rank)
            rings_[by_area_[rank]].rank = rank;
    }

    /// Sweeps from west to east; only rings that reach the sweep's place are looked at.
    void find_parents() {
        const auto from_west = sorted_by([](const Ring& ring) { return ring.envelope.min_x; });
        auto next = from_west.begin();
        std::vector<std::size_t> reached;
        for (const std::size_t current : sorted_by([](const Ring& r) { return r.inside.x; })) {
            Ring& ring = rings_[current];
            while (next != from_west.end() && rings_[*next].envelope.min_x <= ring.inside.x) {
                reached.push_back(*next++);
            }
            std::erase_if(reached, [&](std::size_t other) {
                return rings_[other].envelope.max_x < ring.inside.x;
            });
            find_parent(ring, reached);
        }
    }

    void find_parent(Ring& ring, const std::vector<std::size_t>& reached) {
        // The latest first: the smallest ring around is most likely there.
        for (auto other = reached.rbegin(); other != reached.rend(); ++other) {
            const std::size_t rank = rings_[*other].rank;
            if (rank >= ring.rank || (ring.parent && rank < rings_[*ring.parent].rank)) continue;
            if (lies_around(*other, ring)) ring.parent = *other;
        }
    }

    /// A point inside stands for the ring, so that touching rings and shared edges do no harm.
    bool lies_around(std::size_t outer, const Ring& inner) {
        return contains(rings_[outer].envelope, inner.inside.x, inner.inside.y) &&
               index(outer).side_of(inner.inside) == RingIndex::Side::Inside;
    }

    /// Comes to a ring after the rings around it; so does `classify`.
    void find_depth(Ring& ring) const {
        if (ring.parent) ring.depth = rings_[*ring.parent].depth + 1;
    }

    bool lies_wholly_inside(const Ring& inner, std::size_t outer) {
        if (!contains(rings_[outer].envelope, inner.envelope)) return false;
        const RingIndex& sides = index(outer);
        for (std::uint32_t v = inner.vertices.begin; v < inner.vertices.end; ++v) {
            const Position vertex{x_of(geometry_, v), y_of(geometry_, v)};
            if (sides.side_of(vertex) == RingIndex::Side::Outside) return false;
        }
        return true;
    }

    bool orientation_is_sound() {
        return std::none_of(rings_.begin(), rings_.end(), [this](const Ring& ring) {
            if (ring.signed_area == 0 || ring.clockwise() == (ring.depth % 2 == 0)) return false;
            return !ring.parent || lies_wholly_inside(ring, *ring.parent);
        });
    }

    void classify(Ring& ring, bool by_depth) const {
        const bool even = ring.depth % 2 == 0;
        ring.is_outer =
            !ring.parent || (by_depth || ring.signed_area == 0 ? even : ring.clockwise());
        if (ring.is_outer) return;
        const Ring& around = rings_[*ring.parent];
        ring.owner = around.is_outer ? *ring.parent : around.owner;
    }

    Geometry grouped() const {
        std::vector<std::vector<std::size_t>> holes(rings_.size());
        for (std::size_t i = 0; i < rings_.size(); ++i) {
            if (!rings_[i].is_outer) holes[rings_[i].owner].push_back(i);
        }
        Geometry polygons;
        polygons.type = GeometryType::MultiPolygon;
        polygons.has_z = geometry_.has_z;
        polygons.has_m = geometry_.has_m;
        polygons.coordinates.reserve(geometry_.coordinates.size());
        for (std::size_t i = 0; i < rings_.size(); ++i) {
            if (!rings_[i].is_outer) continue;
            append_ring(polygons, i);
            for (const std::size_t hole : holes[i]) append_ring(polygons, hole);
            polygons.polygon_ends.push_back(static_cast<std::uint32_t>(polygons.part_ends.size()));
        }
        return polygons;
    }

    void append_ring(Geometry& polygons, std::size_t ring) const {
        append_vertices(polygons, geometry_, rings_[ring].vertices);
        polygons.part_ends.push_back(static_cast<std::uint32_t>(polygons.vertex_count()));
    }

    const RingIndex& index(std::size_t ring) {
        if (!indexes_[ring]) {
            indexes_[ring] = std::make_unique<RingIndex>(geometry_, rings_[ring].vertices);
        }
        return *indexes_[ring];
    }

    const Geometry& geometry_;
    std::vector<Ring> rings_;
    std::vector<std::unique_ptr<RingIndex>> indexes_;  // made when first asked for
    std::vector<std::size_t> by_area_;
};

}  // namespace

Geometry polygons_from_rings(const Geometry& rings) {
    Geometry as_polygon = rings;
    as_polygon.type = GeometryType::Polygon;
    check_layout(as_polygon);
    const Geometry closed = closed_rings(as_polygon);
    Geometry polygons = Assembly{closed}.assemble();
    if (polygons.polygon_ends.size() <= 1) {
        polygons.type = GeometryType::Polygon;
        polygons.polygon_ends.clear();
    }
    orient_rings(polygons, false);
    return polygons;
}

}  // namespace rhumb::geodb
