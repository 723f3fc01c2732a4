// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/gpb.hpp"

#include "geodb/geometry/wkb.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <bit>
#include <limits>

using namespace rhumb;
using namespace rhumb::geodb;
using Bytes = std::vector<std::uint8_t>;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

const Geometry kLine{GeometryType::LineString, false, false, {1, 2, 5, 4}, {2}, {}};
const Geometry kPoint{GeometryType::Point, false, false, {1, 2}, {}, {}};

template <typename Number>
void append(Bytes& out, Number number, bool little) {
    Bytes bytes(sizeof number);
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&number), sizeof number, bytes.begin());
    if (little != (std::endian::native == std::endian::little))
        std::reverse(bytes.begin(), bytes.end());
    out.insert(out.end(), bytes.begin(), bytes.end());
}

/// A blob by hand: any header before the little endian WKB of `geometry`.
Bytes blob(bool little, std::uint8_t kind, std::vector<double> envelope, const Geometry& geometry,
           std::uint8_t more_flags = 0) {
    Bytes bytes{'G', 'P', 0,
                static_cast<std::uint8_t>((little ? 1 : 0) | (kind << 1) | more_flags)};
    append(bytes, std::int32_t{3857}, little);
    for (const double number : envelope) append(bytes, number, little);
    append_wkb(bytes, geometry);
    return bytes;
}

Status refusal(const Bytes& bytes) {
    try {
        read_gpb(bytes);
    } catch (const Error& error) {
        return error.status();
    }
    return Status::Ok;
}

}  // namespace

TEST_CASE("every kind of envelope is read in either byte order", "[gpb]") {
    const std::vector<std::vector<double>> envelopes{
        {}, {1, 5, 2, 4}, {1, 5, 2, 4, 0, 9}, {1, 5, 2, 4, 0, 9}, {1, 5, 2, 4, 0, 9, 0, 9}};
    for (const bool little : {true, false}) {
        for (std::uint8_t kind = 0; kind < 5; ++kind) {
            const Bytes bytes = blob(little, kind, envelopes[kind], kLine);
            const GpbHeader header = read_gpb_header(bytes);
            CHECK(header.srs_id == 3857);
            CHECK(header.wkb_offset == 8 + 8 * envelopes[kind].size());
            CHECK(header.envelope.has_value() == (kind > 0));
            CHECK(read_gpb(bytes) == kLine);
            CHECK(gpb_envelope(bytes) == Envelope{1, 2, 5, 4});
        }
    }
}

TEST_CASE("a point is written without envelope, a line with one", "[gpb]") {
    CHECK(write_gpb(kPoint, 3857) == blob(true, 0, {}, kPoint));
    CHECK(write_gpb(kLine, 3857) == blob(true, 1, {1, 5, 2, 4}, kLine));
}

TEST_CASE("negative reference numbers survive", "[gpb]") {
    CHECK(read_gpb_header(write_gpb(kPoint, -1)).srs_id == -1);
}

TEST_CASE("an empty geometry is flagged and has no box", "[gpb]") {
    for (const auto type : {GeometryType::Point, GeometryType::Polygon, GeometryType::MultiPoint}) {
        const Geometry empty{type, false, false, {}, {}, {}};
        const Bytes bytes = write_gpb(empty, 4326);
        CHECK(read_gpb_header(bytes).empty);
        CHECK(read_gpb(bytes) == empty);
        CHECK(gpb_envelope(bytes) == std::nullopt);
    }
}

TEST_CASE("the box of an empty geometry is not believed", "[gpb]") {
    const Geometry empty{GeometryType::LineString, false, false, {}, {}, {}};
    constexpr std::uint8_t kEmptyFlag = 0x10;
    CHECK(gpb_envelope(blob(true, 1, {kNan, kNan, kNan, kNan}, empty)) == std::nullopt);
    CHECK(gpb_envelope(blob(true, 1, {0, 0, 0, 0}, empty, kEmptyFlag)) == std::nullopt);
}

TEST_CASE("an envelope that is turned round is measured anew", "[gpb]") {
    CHECK(gpb_envelope(blob(true, 1, {5, 1, 2, 4}, kLine)) == Envelope{1, 2, 5, 4});
}

TEST_CASE("the quick way finds points of any dimension and leaves the rest", "[gpb]") {
    double x = 0;
    double y = 0;
    const Geometry zm{GeometryType::Point, true, true, {1, 2, 3, kNan}, {}, {}};
    for (const Bytes& bytes : {write_gpb(kPoint, 0), write_gpb(zm, 0), blob(false, 0, {}, kPoint),
                               blob(true, 1, {1, 1, 2, 2}, kPoint)}) {
        REQUIRE(gpb_point(bytes, x, y));
        CHECK(x == 1);
        CHECK(y == 2);
    }
    const Geometry empty{GeometryType::Point, false, false, {}, {}, {}};
    CHECK_FALSE(gpb_point(write_gpb(empty, 0), x, y));
    CHECK_FALSE(gpb_point(write_gpb(kLine, 0), x, y));
    CHECK_FALSE(gpb_point(Bytes{}, x, y));
}

TEST_CASE("a big endian point has its box", "[gpb]") {
    const Bytes bytes{'G', 'P', 0, 0, 0, 0, 0,    0, 0, 0, 0, 0, 1, 0x3F, 0xF0,
                      0,   0,   0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0};
    CHECK(gpb_envelope(bytes) == Envelope{1, 2, 1, 2});
}

TEST_CASE("blobs that are no geometry are refused", "[gpb]") {
    Bytes good = write_gpb(kLine, 4326);
    const auto with = [&](std::size_t at, std::uint8_t value) {
        Bytes bytes = good;
        bytes[at] = value;
        return refusal(bytes);
    };
    CHECK(with(0, 'X') == Status::CorruptData);
    CHECK(with(2, 1) == Status::Unsupported);
    CHECK(with(3, 0x21) == Status::Unsupported);
    CHECK(with(3, 0x0B) == Status::CorruptData);
    CHECK(refusal({}) == Status::CorruptData);
    CHECK(refusal({'G', 'P', 0, 3, 0, 0, 0, 0, 0}) == Status::CorruptData);
}
