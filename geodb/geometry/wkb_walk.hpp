// SPDX-License-Identifier: Apache-2.0
//
// The grammar of WKB, once: walks the bytes and hands runs of vertices to a sink, which builds a
// geometry or only measures it.
//
// Takes both byte orders (each element may have its own), the ISO codes (1000 Z, 2000 M, 3000 ZM)
// and the EWKB flags. Nothing is allocated, and a count is believed only when the bytes that are
// left can hold it. No recursion: a multi geometry holds simple ones of one type.

#pragma once

#include "geodb/geometry/byte_order.hpp"
#include "geodb/geometry/geometry.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace rhumb::geodb {

struct WkbHead {
    GeometryType type;
    bool has_z;
    bool has_m;
    ByteOrder order;
    std::size_t vertex_bytes() const { return 8u * (2u + (has_z ? 1u : 0u) + (has_m ? 1u : 0u)); }
};

/// A run of vertices as they lie in the bytes.
struct WkbVertices {
    const std::uint8_t* bytes;
    std::size_t count;
    std::size_t vertex_bytes;
    ByteOrder order;
};

/// Reads on from a position. Every step throws Error(CorruptData) naming the byte when the bytes
/// break off, and Error(Unsupported) naming the type for geometries that Geometry cannot hold.
class WkbCursor {
public:
    explicit WkbCursor(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    WkbHead head();
    /// The head of an element, which has the dimensions of the whole and the type it asks for.
    WkbHead element_head(const WkbHead& whole, GeometryType type);
    /// A count of things of at least `least_bytes` each.
    std::uint32_t count(ByteOrder order, std::size_t least_bytes, const char* things);
    WkbVertices vertices(const WkbHead& head, std::uint32_t count);
    void expect_end() const;

private:
    const std::uint8_t* take(std::size_t size, const char* thing);

    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;
};

/// What decides the type of a WKB code: `has_srid` says that four bytes follow it (EWKB).
struct WkbCode {
    GeometryType type;
    bool has_z;
    bool has_m;
    bool has_srid;
};
WkbCode decode_wkb_code(std::uint32_t code);

/// The sink has `begin(const WkbHead&)`, `vertices(const WkbVertices&)`, `end_part()` after each
/// line or ring and `end_polygon()` after each polygon.
template <typename Sink>
class WkbWalk {
public:
    WkbWalk(std::span<const std::uint8_t> bytes, Sink& sink) : cursor_(bytes), sink_(sink) {}

    void run() {
        const WkbHead whole = cursor_.head();
        sink_.begin(whole);
        switch (whole.type) {
            case GeometryType::Point:
                point(whole);
                break;
            case GeometryType::LineString:
                line(whole);
                break;
            case GeometryType::Polygon:
                polygon(whole);
                break;
            case GeometryType::MultiPoint:
                points(whole);
                break;
            case GeometryType::MultiLineString:
                lines(whole);
                break;
            case GeometryType::MultiPolygon:
                polygons(whole);
                break;
        }
        cursor_.expect_end();
    }

private:
    static constexpr std::size_t kHeadBytes = 5;
    static constexpr std::size_t kCountBytes = 4;

    void point(const WkbHead& head) { sink_.vertices(cursor_.vertices(head, 1)); }

    void line(const WkbHead& head) {
        const std::uint32_t count = cursor_.count(head.order, head.vertex_bytes(), "vertices");
        sink_.vertices(cursor_.vertices(head, count));
        sink_.end_part();
    }

    void polygon(const WkbHead& head) {
        const std::uint32_t rings = cursor_.count(head.order, kCountBytes, "rings");
        for (std::uint32_t i = 0; i < rings; ++i) line(head);
        sink_.end_polygon();
    }

    void points(const WkbHead& whole) {
        const std::size_t least = kHeadBytes + whole.vertex_bytes();
        const std::uint32_t count = cursor_.count(whole.order, least, "points");
        for (std::uint32_t i = 0; i < count; ++i) {
            point(cursor_.element_head(whole, GeometryType::Point));
        }
    }

    void lines(const WkbHead& whole) {
        const std::uint32_t count = cursor_.count(whole.order, kHeadBytes + kCountBytes, "lines");
        for (std::uint32_t i = 0; i < count; ++i) {
            line(cursor_.element_head(whole, GeometryType::LineString));
        }
    }

    void polygons(const WkbHead& whole) {
        const std::uint32_t count =
            cursor_.count(whole.order, kHeadBytes + kCountBytes, "polygons");
        for (std::uint32_t i = 0; i < count; ++i) {
            polygon(cursor_.element_head(whole, GeometryType::Polygon));
        }
    }

    WkbCursor cursor_;
    Sink& sink_;
};

template <typename Sink>
void walk_wkb(std::span<const std::uint8_t> bytes, Sink& sink) {
    WkbWalk<Sink>{bytes, sink}.run();
}

}  // namespace rhumb::geodb
