// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/polygon_assembly.hpp"

#include "geodb/geometry/parts.hpp"
#include "geodb/geometry/ring.hpp"
#include "geodb/geometry/validate.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/geometry_generator.hpp"

#include <algorithm>
#include <numeric>

using namespace rhumb;
using namespace rhumb::geodb;

namespace {

enum class Turn { Clockwise, Counter };

/// A heap of squares.
class Rings {
public:
    Rings& square(double x, double y, double size, Turn turn) {
        std::vector<double> xy{x, y, x, y + size, x + size, y + size, x + size, y, x, y};
        if (turn == Turn::Counter) xy = {x, y, x + size, y, x + size, y + size, x, y + size, x, y};
        return ring(xy);
    }
    Rings& ring(const std::vector<double>& xy) {
        heap_.coordinates.insert(heap_.coordinates.end(), xy.begin(), xy.end());
        heap_.part_ends.push_back(static_cast<std::uint32_t>(heap_.coordinates.size() / 2));
        return *this;
    }
    Geometry assembled() const { return polygons_from_rings(heap_); }

private:
    Geometry heap_;
};

/// For each polygon the west ends of its rings.
std::vector<std::vector<double>> west_ends(const Geometry& geometry) {
    std::vector<std::vector<double>> all;
    for (std::size_t i = 0; i < polygon_count(geometry); ++i) {
        all.emplace_back();
        const IndexRange rings = polygon_rings(geometry, i);
        for (std::uint32_t ring = rings.begin; ring < rings.end; ++ring) {
            const IndexRange vertices = part_vertices(geometry, ring);
            double west = x_of(geometry, vertices.begin);
            for (auto v = vertices.begin; v < vertices.end; ++v)
                west = std::min(west, x_of(geometry, v));
            all.back().push_back(west);
        }
    }
    return all;
}

using Groups = std::vector<std::vector<double>>;
constexpr Turn kOuter = Turn::Clockwise;
constexpr Turn kHole = Turn::Counter;

}  // namespace

TEST_CASE("one clockwise ring is a polygon, turned counter-clockwise", "[polygon]") {
    const Geometry polygon = Rings{}.square(0, 0, 10, kOuter).assembled();
    CHECK(polygon.type == GeometryType::Polygon);
    CHECK(signed_area(polygon, part_vertices(polygon, 0)) == 100);
    check_geometry(polygon);
}

TEST_CASE("no rings are an empty polygon", "[polygon]") {
    CHECK(Rings{}.assembled() == Geometry{GeometryType::Polygon, false, false, {}, {}, {}});
    CHECK(Rings{}.ring({}).assembled().empty());
}

TEST_CASE("holes find their outer ring wherever they stand in the list", "[polygon]") {
    const Geometry polygons = Rings{}
                                  .square(1, 1, 2, kHole)
                                  .square(20, 0, 10, kOuter)
                                  .square(21, 1, 2, kHole)
                                  .square(0, 0, 10, kOuter)
                                  .square(5, 5, 2, kHole)
                                  .assembled();
    CHECK(polygons.type == GeometryType::MultiPolygon);
    CHECK(west_ends(polygons) == Groups{{20, 21}, {0, 1, 5}});
    CHECK(signed_area(polygons, part_vertices(polygons, 1)) == -4);
}

TEST_CASE("an island in a lake is a polygon of its own, with its own ponds", "[polygon]") {
    const Geometry polygons = Rings{}
                                  .square(0, 0, 100, kOuter)
                                  .square(10, 10, 80, kHole)
                                  .square(20, 20, 60, kOuter)
                                  .square(30, 30, 10, kHole)
                                  .assembled();
    CHECK(west_ends(polygons) == Groups{{0, 10}, {20, 30}});
}

TEST_CASE("rings that all turn the same way are sorted by depth", "[polygon]") {
    for (const Turn turn : {Turn::Clockwise, Turn::Counter}) {
        const Geometry polygons = Rings{}
                                      .square(0, 0, 100, turn)
                                      .square(10, 10, 80, turn)
                                      .square(20, 20, 60, turn)
                                      .square(200, 0, 5, turn)
                                      .assembled();
        CHECK(west_ends(polygons) == Groups{{0, 10}, {20}, {200}});
    }
}

TEST_CASE("rings in the habit of GeoJSON are understood", "[polygon]") {
    const Geometry polygon =
        Rings{}.square(0, 0, 10, Turn::Counter).square(1, 1, 2, Turn::Clockwise).assembled();
    CHECK(west_ends(polygon) == Groups{{0, 1}});
    CHECK(signed_area(polygon, part_vertices(polygon, 0)) > 0);
    CHECK(signed_area(polygon, part_vertices(polygon, 1)) < 0);
}

TEST_CASE("outer rings that overlap or touch stay outer rings", "[polygon]") {
    // The second lies in the box and with its middle in the area of the first, an L.
    const Geometry overlapping = Rings{}
                                     .ring({0, 0, 0, 10, 5, 10, 5, 5, 10, 5, 10, 0, 0, 0})
                                     .square(2, 2, 4, kOuter)
                                     .assembled();
    CHECK(west_ends(overlapping) == Groups{{0}, {2}});
    const Geometry side_by_side =
        Rings{}.square(0, 0, 10, kOuter).square(10, 0, 10, kOuter).assembled();
    CHECK(west_ends(side_by_side) == Groups{{0}, {10}});
}

TEST_CASE("a hole may touch its outer ring and lean over it by a rounding error", "[polygon]") {
    const Geometry polygon =
        Rings{}.square(0, 0, 10, kOuter).ring({-1e-9, 5, 5, 4, 5, 6, -1e-9, 5}).assembled();
    CHECK(west_ends(polygon) == Groups{{0, -1e-9}});
}

TEST_CASE("an open ring is closed, z included", "[polygon]") {
    Geometry heap;
    heap.has_z = true;
    heap.coordinates = {0, 0, 1, 0, 9, 2, 9, 9, 3};
    heap.part_ends = {3};
    const Geometry polygon = polygons_from_rings(heap);
    CHECK(polygon.coordinates == std::vector<double>{0, 0, 1, 9, 9, 3, 0, 9, 2, 0, 0, 1});
    check_geometry(polygon);
}

TEST_CASE("a ring that is none is named", "[polygon]") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const auto message = [](const std::vector<double>& xy) -> std::string {
        try {
            Rings{}.square(0, 0, 1, kOuter).ring(xy).assembled();
        } catch (const Error& error) {
            return error.message();
        }
        return {};
    };
    CHECK(message({0, 0, 1, 1, 0, 0}).find("ring 1 has fewer") == 0);
    CHECK(message({0, 0, nan, 1, 2, 2, 0, 0}).find("ring 1 has a vertex") == 0);
    CHECK(message({0, 0, 1e200, 0, 1e200, 1e200, 0, 0}).find("ring 1 is too large") == 0);
}

TEST_CASE("a ring without area is kept", "[polygon]") {
    const std::vector<double> flat{1, 1, 2, 2, 3, 3, 1, 1};
    CHECK(west_ends(Rings{}.ring(flat).assembled()) == Groups{{1}});
    CHECK(west_ends(Rings{}.square(0, 0, 10, kOuter).ring(flat).assembled()) == Groups{{0, 1}});
}

TEST_CASE("shuffled rings of any polygons come together again", "[polygon][law]") {
    test::GeometryGenerator generator{42};
    for (int round = 0; round < 300; ++round) {
        const Geometry whole = generator.of(GeometryType::MultiPolygon, true, true);
        std::vector<std::size_t> order(whole.part_ends.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        for (std::size_t i = order.size(); i > 1; --i) {
            std::swap(order[i - 1], order[generator.below(i)]);
        }
        const bool same_turn = generator.one_in(3);
        Geometry heap = generator.empty(GeometryType::Polygon, true, true);
        for (const std::size_t ring : order) {
            const auto numbers = coordinates_of(whole, part_vertices(whole, ring));
            heap.coordinates.insert(heap.coordinates.end(), numbers.begin(), numbers.end());
            heap.part_ends.push_back(static_cast<std::uint32_t>(heap.vertex_count()));
            const IndexRange added = part_vertices(heap, heap.part_ends.size() - 1);
            if (!same_turn || signed_area(heap, added) > 0) reverse_ring(heap, added);
        }
        Groups expected = west_ends(whole);
        Groups found = west_ends(polygons_from_rings(heap));
        for (Groups* groups : {&expected, &found}) {
            for (auto& group : *groups) std::sort(group.begin() + 1, group.end());
            std::sort(groups->begin(), groups->end());
        }
        REQUIRE(found == expected);
    }
}

TEST_CASE("a large ring with thousands of holes is assembled in a moment", "[polygon]") {
    Rings heap;
    constexpr int kSide = 100;
    for (int i = 0; i < kSide * kSide; ++i) {
        heap.square((i % kSide) * 2 + 1, (i / kSide) * 2 + 1, 1, kHole);
    }
    std::vector<double> outer{0, 0};
    for (int i = 0; i <= 20000; ++i) outer.insert(outer.end(), {0.5 * (i % 2), i * 0.01005});
    outer.insert(outer.end(), {201, 201, 201, 0, 0, 0});
    const Geometry polygon = heap.ring(outer).assembled();
    CHECK(polygon.type == GeometryType::Polygon);
    CHECK(polygon.part_ends.size() == kSide * kSide + 1);
}

TEST_CASE("a ring knows the side of a point as counting crossings does", "[polygon][law]") {
    test::GeometryGenerator generator{7};
    for (int round = 0; round < 200; ++round) {
        const Geometry polygon = generator.of(GeometryType::Polygon, false, false);
        const IndexRange ring = part_vertices(polygon, 0);
        const RingIndex index{polygon, ring};
        CHECK(index.side_of(point_inside(polygon, ring)) == RingIndex::Side::Inside);
        for (std::uint32_t v = ring.begin; v < ring.end; ++v) {
            CHECK(index.side_of({x_of(polygon, v), y_of(polygon, v)}) == RingIndex::Side::Boundary);
            CHECK(index.side_of({x_of(polygon, v) + 9, y_of(polygon, v)}) ==
                  RingIndex::Side::Outside);
        }
    }
}
