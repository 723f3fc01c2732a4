// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/wkb.hpp"

#include "platform/error.hpp"
#include "tests/support/catch.hpp"

#include <limits>
#include <string>
#include <string_view>

using namespace rhumb;
using namespace rhumb::geodb;
using Bytes = std::vector<std::uint8_t>;

namespace {

Bytes from_hex(std::string_view hex) {
    Bytes bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes.push_back(
            static_cast<std::uint8_t>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16)));
    }
    return bytes;
}

Bytes written(const Geometry& geometry) {
    Bytes bytes;
    append_wkb(bytes, geometry);
    return bytes;
}

Status refusal(std::string_view hex, std::string_view naming) {
    try {
        read_wkb(from_hex(hex));
    } catch (const Error& error) {
        INFO(error.message());
        CHECK(error.message().find(naming) != std::string::npos);
        return error.status();
    }
    return Status::Ok;
}

constexpr std::string_view kOne = "000000000000F03F";
constexpr std::string_view kTwo = "0000000000000040";
constexpr std::string_view kNan = "000000000000F87F";

std::string joined(std::initializer_list<std::string_view> pieces) {
    std::string all;
    for (const std::string_view piece : pieces) all += piece;
    return all;
}

}  // namespace

TEST_CASE("a point reads the same in either byte order", "[wkb]") {
    const Geometry point{GeometryType::Point, false, false, {1, 2}, {}, {}};
    CHECK(read_wkb(from_hex(joined({"0101000000", kOne, kTwo}))) == point);
    CHECK(read_wkb(from_hex("00000000013FF00000000000004000000000000000")) == point);
    CHECK(written(point) == from_hex(joined({"0101000000", kOne, kTwo})));
}

TEST_CASE("ISO codes and EWKB flags say the same about z and m", "[wkb]") {
    const Geometry z{GeometryType::Point, true, false, {1, 2, 1}, {}, {}};
    const Geometry m{GeometryType::Point, false, true, {1, 2, 1}, {}, {}};
    const Geometry zm{GeometryType::Point, true, true, {1, 2, 1, 2}, {}, {}};
    CHECK(read_wkb(from_hex(joined({"01E9030000", kOne, kTwo, kOne}))) == z);
    CHECK(read_wkb(from_hex(joined({"0101000080", kOne, kTwo, kOne}))) == z);
    CHECK(read_wkb(from_hex(joined({"01D1070000", kOne, kTwo, kOne}))) == m);
    CHECK(read_wkb(from_hex(joined({"0101000040", kOne, kTwo, kOne}))) == m);
    CHECK(read_wkb(from_hex(joined({"01B90B0000", kOne, kTwo, kOne, kTwo}))) == zm);
    CHECK(read_wkb(from_hex(joined({"01010000C0", kOne, kTwo, kOne, kTwo}))) == zm);
}

TEST_CASE("the SRID of EWKB is passed over", "[wkb]") {
    const Geometry point{GeometryType::Point, false, false, {1, 2}, {}, {}};
    CHECK(read_wkb(from_hex(joined({"0101000020E6100000", kOne, kTwo}))) == point);
}

TEST_CASE("elements may have another byte order than the whole", "[wkb]") {
    const Geometry points =
        read_wkb(from_hex(joined({"000000000400000002", "0101000000", kOne, kTwo,
                                  "00000000013FF00000000000004000000000000000"})));
    CHECK(points.type == GeometryType::MultiPoint);
    CHECK(points.coordinates == std::vector<double>{1, 2, 1, 2});
}

TEST_CASE("a point of NaN is the empty point", "[wkb]") {
    const Geometry empty = read_wkb(from_hex(joined({"0101000000", kNan, kNan})));
    CHECK(empty.empty());
    CHECK(written(empty) == from_hex(joined({"0101000000", kNan, kNan})));
    const Geometry empty_z = read_wkb(from_hex(joined({"01E9030000", kNan, kNan, kNan})));
    CHECK(empty_z == Geometry{GeometryType::Point, true, false, {}, {}, {}});
}

TEST_CASE("polygons keep their rings and empty elements", "[wkb]") {
    const Geometry polygons{GeometryType::MultiPolygon,
                            false,
                            false,
                            {0, 0, 9, 0, 0, 9, 0, 0, 1, 1, 1, 2, 2, 1, 1, 1},
                            {4, 8, 8},
                            {2, 2, 3}};
    CHECK(read_wkb(written(polygons)) == polygons);
    const Geometry lines{GeometryType::MultiLineString, false, false, {0, 0, 9, 0}, {0, 2}, {}};
    CHECK(read_wkb(written(lines)) == lines);
}

TEST_CASE("a type that cannot be stored is named", "[wkb]") {
    CHECK(refusal("010700000000000000", "GeometryCollection") == Status::Unsupported);
    CHECK(refusal("010800000000000000", "CircularString") == Status::Unsupported);
    CHECK(refusal("01F203000000000000", "CurvePolygon") == Status::Unsupported);
    CHECK(refusal("011000000000000000", "TIN") == Status::Unsupported);
    CHECK(refusal("011100008000000000", "Triangle") == Status::Unsupported);
    CHECK(refusal("01FF00000000000000", "255") == Status::CorruptData);
    CHECK(refusal("01A10F000000000000", "4001") == Status::CorruptData);
}

TEST_CASE("a count that the bytes cannot hold is refused before memory is taken", "[wkb]") {
    CHECK(refusal("0102000000FFFFFFFF", "4294967295 vertices") == Status::CorruptData);
    CHECK(refusal("0103000000FFFFFFFF", "4294967295 rings") == Status::CorruptData);
    CHECK(refusal("0104000000FFFFFFFF", "4294967295 points") == Status::CorruptData);
    CHECK(refusal("0105000000FFFFFFFF", "4294967295 lines") == Status::CorruptData);
    CHECK(refusal("0106000000FFFFFFFF", "4294967295 polygons") == Status::CorruptData);
    CHECK(refusal("010300000001000000FFFFFF7F", "2147483647 vertices") == Status::CorruptData);
}

TEST_CASE("bytes after the geometry are refused", "[wkb]") {
    CHECK(refusal(joined({"0101000000", kOne, kTwo, "00"}), "byte 21: 1 bytes follow") ==
          Status::CorruptData);
}

TEST_CASE("an element of another type or dimension is refused", "[wkb]") {
    CHECK(refusal(joined({"010400000001000000", "0102000000", kOne, kTwo}), "LineString") ==
          Status::CorruptData);
    CHECK(refusal(joined({"010400000001000000", "01E9030000", kOne, kTwo, kOne}), "dimensions") ==
          Status::CorruptData);
    CHECK(refusal("02010000", "byte order mark 2") == Status::CorruptData);
    CHECK(refusal("", "breaks off") == Status::CorruptData);
}

TEST_CASE("a geometry whose parts do not add up is not written", "[wkb]") {
    const Geometry outside{GeometryType::LineString, false, false, {0, 0, 1, 1}, {3}, {}};
    const Geometry backwards{GeometryType::Polygon, false, false, {0, 0, 1, 1}, {2, 1}, {}};
    const Geometry no_polygon{GeometryType::MultiPolygon, false, false, {0, 0}, {1}, {}};
    for (const Geometry& geometry : {outside, backwards, no_polygon}) {
        Bytes bytes;
        CHECK_THROWS_AS(append_wkb(bytes, geometry), Error);
    }
}
