// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/wkb_walk.hpp"

#include "geodb/geometry/validate.hpp"
#include "platform/error.hpp"

#include <array>
#include <string>

namespace rhumb::geodb {
namespace {

constexpr std::uint32_t kEwkbZ = 0x80000000u;
constexpr std::uint32_t kEwkbM = 0x40000000u;
constexpr std::uint32_t kEwkbSrid = 0x20000000u;

/// OGC Simple Features 1.2.1, table of WKB codes: what we know of but cannot hold.
const char* unsupported_type_name(std::uint32_t number) {
    static constexpr std::array<const char*, 18> kNames{"Geometry",
                                                        nullptr,
                                                        nullptr,
                                                        nullptr,
                                                        nullptr,
                                                        nullptr,
                                                        nullptr,
                                                        "GeometryCollection",
                                                        "CircularString",
                                                        "CompoundCurve",
                                                        "CurvePolygon",
                                                        "MultiCurve",
                                                        "MultiSurface",
                                                        "Curve",
                                                        "Surface",
                                                        "PolyhedralSurface",
                                                        "TIN",
                                                        "Triangle"};
    return number < kNames.size() ? kNames[number] : nullptr;
}

[[noreturn]] void corrupt(std::size_t at, const std::string& what) {
    throw Error(Status::CorruptData, "WKB, byte " + std::to_string(at) + ": " + what);
}

GeometryType decode_type(std::uint32_t number, std::uint32_t code) {
    if (number >= 1 && number <= 6) return static_cast<GeometryType>(number);
    if (const char* name = unsupported_type_name(number)) {
        throw Error(Status::Unsupported,
                    std::string{"WKB: geometries of type "} + name + " cannot be stored");
    }
    throw Error(Status::CorruptData, "WKB: there is no geometry type " + std::to_string(code));
}

}  // namespace

WkbCode decode_wkb_code(std::uint32_t code) {
    const std::uint32_t plain = code & ~(kEwkbZ | kEwkbM | kEwkbSrid);
    const std::uint32_t dimensions = plain / 1000;
    if (dimensions > 3) decode_type(plain, code);
    return {decode_type(plain % 1000, code), (code & kEwkbZ) != 0 || (dimensions & 1u) != 0,
            (code & kEwkbM) != 0 || (dimensions & 2u) != 0, (code & kEwkbSrid) != 0};
}

const std::uint8_t* WkbCursor::take(std::size_t size, const char* thing) {
    if (bytes_.size() - at_ < size) {
        corrupt(at_, std::string{"breaks off in "} + thing);
    }
    const std::uint8_t* const bytes = bytes_.data() + at_;
    at_ += size;
    return bytes;
}

WkbHead WkbCursor::head() {
    const std::uint8_t mark = *take(1, "a byte order mark");
    if (mark > 1) corrupt(at_ - 1, "byte order mark " + std::to_string(mark));
    const auto order = static_cast<ByteOrder>(mark);
    const WkbCode code = decode_wkb_code(load_u32(take(4, "a geometry type"), order));
    if (code.has_srid) take(4, "an SRID");
    return {code.type, code.has_z, code.has_m, order};
}

WkbHead WkbCursor::element_head(const WkbHead& whole, GeometryType type) {
    const std::size_t at = at_;
    const WkbHead element = head();
    if (element.type != type) {
        corrupt(at, std::string{geometry_type_name(whole.type)} + " with an element of type " +
                        std::string{geometry_type_name(element.type)});
    }
    if (element.has_z != whole.has_z || element.has_m != whole.has_m) {
        corrupt(at, "an element has other dimensions than its " +
                        std::string{geometry_type_name(whole.type)});
    }
    return element;
}

std::uint32_t WkbCursor::count(ByteOrder order, std::size_t least_bytes, const char* things) {
    const std::uint32_t count = load_u32(take(4, "a count"), order);
    if (count > (bytes_.size() - at_) / least_bytes) {
        corrupt(at_ - 4, std::to_string(count) + " " + things + " announced, which the " +
                             std::to_string(bytes_.size() - at_) + " bytes left cannot hold");
    }
    return count;
}

WkbVertices WkbCursor::vertices(const WkbHead& head, std::uint32_t count) {
    const std::uint8_t* const bytes = take(count * head.vertex_bytes(), "a vertex");
    return {bytes, count, head.vertex_bytes(), head.order};
}

void WkbCursor::expect_end() const {
    if (at_ != bytes_.size()) {
        corrupt(at_, std::to_string(bytes_.size() - at_) + " bytes follow the geometry");
    }
}

}  // namespace rhumb::geodb
