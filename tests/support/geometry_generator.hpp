// SPDX-License-Identifier: Apache-2.0
//
// Random geometries that are valid by construction: rings are stars round the middle of a cell of
// their own, holes are smaller stars that keep clear of the ring and of each other.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "platform/random.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <numbers>

namespace rhumb::test {

class GeometryGenerator {
public:
    using Type = geodb::GeometryType;

    explicit GeometryGenerator(std::uint64_t seed) : random_(seed) {}

    /// Any type and dimension; one in ten is empty.
    geodb::Geometry any() {
        const auto type = static_cast<Type>(1 + random_.below(6));
        // One draw a statement: the order of arguments is the compiler's own.
        const bool has_z = one_in(2);
        const bool has_m = one_in(2);
        return one_in(10) ? empty(type, has_z, has_m) : of(type, has_z, has_m);
    }

    geodb::Geometry empty(Type type, bool has_z, bool has_m) const {
        geodb::Geometry geometry;
        geometry.type = type;
        geometry.has_z = has_z;
        geometry.has_m = has_m;
        return geometry;
    }

    /// Not empty. An m is NaN now and then, as in measured lines of Esri.
    geodb::Geometry of(Type type, bool has_z, bool has_m) {
        geodb::Geometry geometry = empty(type, has_z, has_m);
        const std::size_t elements = 1 + below(4);
        switch (type) {
            case Type::Point:
                anywhere(geometry);
                break;
            case Type::LineString:
                line(geometry);
                break;
            case Type::Polygon:
                polygon(geometry, 0);
                break;
            case Type::MultiPoint:
                for (std::size_t i = 0; i < elements; ++i) anywhere(geometry);
                break;
            case Type::MultiLineString:
                for (std::size_t i = 0; i < elements; ++i) line(geometry);
                break;
            case Type::MultiPolygon:
                for (std::size_t i = 0; i < elements; ++i) {
                    polygon(geometry, i);
                    geometry.polygon_ends.push_back(
                        static_cast<std::uint32_t>(geometry.part_ends.size()));
                }
                break;
        }
        return geometry;
    }

    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(random_.below(bound)); }
    bool one_in(std::size_t n) { return below(n) == 0; }
    /// From 0 up to 1.
    double fraction() { return static_cast<double>(below(1u << 30)) / (1u << 30); }
    /// Of the size of degrees.
    double number() { return (fraction() - 0.5) * 160; }

private:
    void vertex(geodb::Geometry& geometry, double x, double y) {
        geometry.coordinates.insert(geometry.coordinates.end(), {x, y});
        if (geometry.has_z) geometry.coordinates.push_back(number());
        if (geometry.has_m) {
            geometry.coordinates.push_back(one_in(4) ? std::numeric_limits<double>::quiet_NaN()
                                                     : number());
        }
    }

    void anywhere(geodb::Geometry& geometry) {
        const double x = number();
        const double y = number();
        vertex(geometry, x, y);
    }

    void end_part(geodb::Geometry& geometry) {
        geometry.part_ends.push_back(static_cast<std::uint32_t>(geometry.vertex_count()));
    }

    void line(geodb::Geometry& geometry) {
        const std::size_t vertices = 2 + below(6);
        for (std::size_t i = 0; i < vertices; ++i) anywhere(geometry);
        end_part(geometry);
    }

    /// The outer ring counter-clockwise, holes clockwise.
    void polygon(geodb::Geometry& geometry, std::size_t cell) {
        constexpr double kThird = 2 * std::numbers::pi / 3;
        const double x = static_cast<double>(cell) * 3 + fraction();
        const double y = fraction() * 50;
        star(geometry, x, y, 0.6, 1, true);
        const std::size_t holes = below(4);
        for (std::size_t i = 0; i < holes; ++i) {
            const double angle = kThird * static_cast<double>(i);
            star(geometry, x + 0.3 * std::cos(angle), y + 0.3 * std::sin(angle), 0.05, 0.1, false);
        }
    }

    void star(geodb::Geometry& geometry, double x, double y, double least, double most,
              bool counter_clockwise) {
        const std::size_t corners = 5 + below(12);
        const std::size_t first = geometry.coordinates.size();
        for (std::size_t i = 0; i < corners; ++i) {
            const double turn = static_cast<double>(i) / static_cast<double>(corners);
            const double angle = 2 * std::numbers::pi * (counter_clockwise ? turn : 1 - turn);
            const double radius = least + fraction() * (most - least);
            vertex(geometry, x + radius * std::cos(angle), y + radius * std::sin(angle));
        }
        for (std::size_t i = 0; i < geometry.stride(); ++i) {
            geometry.coordinates.push_back(double{geometry.coordinates[first + i]});
        }
        end_part(geometry);
    }

    SeededRandom random_;
};

/// Equal to the last bit, NaN included.
inline bool same_bits(const geodb::Geometry& a, const geodb::Geometry& b) {
    return a.type == b.type && a.has_z == b.has_z && a.has_m == b.has_m &&
           a.part_ends == b.part_ends && a.polygon_ends == b.polygon_ends &&
           a.coordinates.size() == b.coordinates.size() &&
           (a.coordinates.empty() || std::memcmp(a.coordinates.data(), b.coordinates.data(),
                                                 a.coordinates.size() * sizeof(double)) == 0);
}

}  // namespace rhumb::test
