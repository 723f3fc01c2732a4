// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/ring.hpp"

#include <algorithm>
#include <limits>

namespace rhumb::geodb {
namespace {

/// An edge may pass many strips; the index of a ring of n edges holds at most n times this.
constexpr std::size_t kEntriesPerEdge = 8;
constexpr std::size_t kEdgesPerStrip = 4;
constexpr std::size_t kMostStrips = 4096;

Position position(const Geometry& geometry, std::uint32_t vertex) {
    return {x_of(geometry, vertex), y_of(geometry, vertex)};
}

Position next_position(const Geometry& geometry, IndexRange ring, std::uint32_t vertex) {
    return position(geometry, vertex + 1 < ring.end ? vertex + 1 : ring.begin);
}

/// Half open, so that a ray through a vertex crosses one of its two edges.
bool passes(Position from, Position to, double y) {
    return (from.y <= y) != (to.y <= y);
}

bool in_box_of(Position from, Position to, Position point) {
    return point.x >= std::min(from.x, to.x) && point.x <= std::max(from.x, to.x) &&
           point.y >= std::min(from.y, to.y) && point.y <= std::max(from.y, to.y);
}

/// A height between the two vertices next to the middle, so that no vertex lies on it.
double height_between_vertices(const Geometry& geometry, IndexRange ring) {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (std::uint32_t vertex = ring.begin; vertex < ring.end; ++vertex) {
        low = std::min(low, y_of(geometry, vertex));
        high = std::max(high, y_of(geometry, vertex));
    }
    const double middle = low / 2 + high / 2;
    for (std::uint32_t vertex = ring.begin; vertex < ring.end; ++vertex) {
        const double y = y_of(geometry, vertex);
        if (y <= middle) low = std::max(low, y);
        if (y > middle) high = std::min(high, y);
    }
    return low / 2 + high / 2;
}

std::vector<double> crossings_at(const Geometry& geometry, IndexRange ring, double y) {
    std::vector<double> crossings;
    for (std::uint32_t vertex = ring.begin; vertex < ring.end; ++vertex) {
        const Position from = position(geometry, vertex);
        const Position to = next_position(geometry, ring, vertex);
        if (!passes(from, to, y)) continue;
        crossings.push_back(from.x + (y - from.y) / (to.y - from.y) * (to.x - from.x));
    }
    std::sort(crossings.begin(), crossings.end());
    return crossings;
}

}  // namespace

bool is_closed(const Geometry& geometry, IndexRange ring) {
    if (ring.size() == 0) return false;
    const Position first = position(geometry, ring.begin);
    const Position last = position(geometry, ring.end - 1);
    return first.x == last.x && first.y == last.y;
}

double signed_area(const Geometry& geometry, IndexRange ring) {
    if (ring.size() == 0) return 0;
    // Measured from the first vertex: coordinates are large and rings small.
    const Position origin = position(geometry, ring.begin);
    double twice = 0;
    for (std::uint32_t vertex = ring.begin; vertex < ring.end; ++vertex) {
        const Position a = position(geometry, vertex);
        const Position b = next_position(geometry, ring, vertex);
        twice += (a.x - origin.x) * (b.y - origin.y) - (b.x - origin.x) * (a.y - origin.y);
    }
    return twice / 2;
}

void reverse_ring(Geometry& geometry, IndexRange ring) {
    const std::size_t stride = geometry.stride();
    double* const data = geometry.coordinates.data();
    for (std::size_t low = ring.begin, high = ring.end; low + 1 < high; ++low) {
        --high;
        std::swap_ranges(data + low * stride, data + (low + 1) * stride, data + high * stride);
    }
}

Position point_inside(const Geometry& geometry, IndexRange ring) {
    const double y = height_between_vertices(geometry, ring);
    const std::vector<double> crossings = crossings_at(geometry, ring, y);
    Position best = position(geometry, ring.begin);
    double widest = 0;
    for (std::size_t i = 0; i + 1 < crossings.size(); i += 2) {
        const double width = crossings[i + 1] - crossings[i];
        if (!(width > widest)) continue;
        widest = width;
        best = {crossings[i] + width / 2, y};
    }
    return best;
}

RingIndex::RingIndex(const Geometry& geometry, IndexRange ring) : geometry_(geometry), ring_(ring) {
    min_y_ = max_y_ = ring.size() == 0 ? 0 : y_of(geometry, ring.begin);
    for (std::uint32_t vertex = ring.begin; vertex < ring.end; ++vertex) {
        min_y_ = std::min(min_y_, y_of(geometry, vertex));
        max_y_ = std::max(max_y_, y_of(geometry, vertex));
    }
    set_strips(std::clamp<std::size_t>(ring.size() / kEdgesPerStrip, 1, kMostStrips));
    while (strips_ > 1 && entries_of_all_edges() > kEntriesPerEdge * ring.size()) {
        set_strips(strips_ / 2);
    }
    fill();
}

void RingIndex::set_strips(std::size_t strips) {
    strips_ = strips;
    const double height = max_y_ - min_y_;
    strips_per_unit_ = height > 0 ? static_cast<double>(strips) / height : 0;
}

/// Grows with y, so every edge that passes the height y is listed in the strip of y.
std::size_t RingIndex::strip_of(double y) const {
    const double strip = (y - min_y_) * strips_per_unit_;
    if (!(strip > 0)) return 0;  // also NaN, of a ring as high as numbers go
    return strip >= static_cast<double>(strips_) ? strips_ - 1 : static_cast<std::size_t>(strip);
}

RingIndex::Edge RingIndex::edge(std::uint32_t vertex) const {
    return {position(geometry_, vertex), next_position(geometry_, ring_, vertex)};
}

std::size_t RingIndex::entries_of_all_edges() const {
    std::size_t entries = 0;
    for (std::uint32_t vertex = ring_.begin; vertex < ring_.end; ++vertex) {
        const auto [from, to] = edge(vertex);
        entries += strip_of(std::max(from.y, to.y)) - strip_of(std::min(from.y, to.y)) + 1;
    }
    return entries;
}

void RingIndex::fill() {
    starts_.assign(strips_ + 1, 0);
    const auto each_entry = [this](auto&& visit) {
        for (std::uint32_t vertex = ring_.begin; vertex < ring_.end; ++vertex) {
            const auto [from, to] = edge(vertex);
            const std::size_t last = strip_of(std::max(from.y, to.y));
            for (std::size_t i = strip_of(std::min(from.y, to.y)); i <= last; ++i) visit(i, vertex);
        }
    };
    each_entry([this](std::size_t strip, std::uint32_t) { ++starts_[strip + 1]; });
    for (std::size_t i = 0; i < strips_; ++i) starts_[i + 1] += starts_[i];
    edges_.resize(starts_.back());
    std::vector<std::size_t> next(starts_.begin(), starts_.end() - 1);
    each_entry([&](std::size_t strip, std::uint32_t vertex) { edges_[next[strip]++] = vertex; });
}

RingIndex::Side RingIndex::side_of(Position point) const {
    if (!(point.y >= min_y_ && point.y <= max_y_)) return Side::Outside;
    const std::size_t strip = strip_of(point.y);
    bool inside = false;
    for (std::size_t i = starts_[strip]; i < starts_[strip + 1]; ++i) {
        const auto [from, to] = edge(edges_[i]);
        const double cross =
            (to.x - from.x) * (point.y - from.y) - (point.x - from.x) * (to.y - from.y);
        if (cross == 0 && in_box_of(from, to, point)) return Side::Boundary;
        // The ray runs to the right: it meets edges that have the point to their west.
        if (passes(from, to, point.y) && (cross > 0) == (to.y > from.y)) inside = !inside;
    }
    return inside ? Side::Inside : Side::Outside;
}

}  // namespace rhumb::geodb
