// SPDX-License-Identifier: Apache-2.0
#include "geodb/geometry/gpb.hpp"

#include "geodb/geometry/byte_order.hpp"
#include "geodb/geometry/envelope.hpp"
#include "geodb/geometry/wkb.hpp"
#include "geodb/geometry/wkb_walk.hpp"
#include "platform/error.hpp"

#include <array>
#include <cmath>
#include <string>

namespace rhumb::geodb {
namespace {

// Magic "GP", version, flags, srs_id; then the envelope.
constexpr std::size_t kFixedBytes = 8;
constexpr std::size_t kVersionAt = 2;
constexpr std::size_t kFlagsAt = 3;
constexpr std::size_t kSrsIdAt = 4;

// The flags byte.
constexpr std::uint8_t kLittleEndian = 0x01;
constexpr std::uint8_t kEnvelopeKind = 0x0E;
constexpr std::uint8_t kEnvelopeXy = 0x02;
constexpr std::uint8_t kEmpty = 0x10;
constexpr std::uint8_t kExtended = 0x20;

/// By kind: none, xy, xyz, xym, xyzm.
constexpr std::array<std::size_t, 5> kEnvelopeBytes{0, 32, 48, 48, 64};

std::size_t envelope_kind(std::uint8_t flags) {
    return (flags & kEnvelopeKind) >> 1;
}

void check_fixed_part(std::span<const std::uint8_t> blob) {
    if (blob.size() < kFixedBytes || blob[0] != 'G' || blob[1] != 'P') {
        throw Error(Status::CorruptData, "GeoPackage geometry: " + std::to_string(blob.size()) +
                                             " bytes that do not begin with a header");
    }
    if (blob[kVersionAt] != 0) {
        throw Error(Status::Unsupported, "GeoPackage geometry: version " +
                                             std::to_string(blob[kVersionAt]) + " of the format");
    }
    if ((blob[kFlagsAt] & kExtended) != 0) {
        throw Error(Status::Unsupported, "GeoPackage geometry: an extended geometry type");
    }
    const std::size_t kind = envelope_kind(blob[kFlagsAt]);
    if (kind >= kEnvelopeBytes.size()) {
        throw Error(Status::CorruptData,
                    "GeoPackage geometry: there is no envelope kind " + std::to_string(kind));
    }
    if (blob.size() - kFixedBytes < kEnvelopeBytes[kind]) {
        throw Error(Status::CorruptData, "GeoPackage geometry: breaks off in the envelope");
    }
}

/// GeoPackage keeps min x, max x, min y, max y: not the order of Envelope.
std::optional<Envelope> load_envelope(const std::uint8_t* bytes, ByteOrder order) {
    const Envelope envelope{load_double(bytes, order), load_double(bytes + 16, order),
                            load_double(bytes + 8, order), load_double(bytes + 24, order)};
    if (envelope.min_x <= envelope.max_x && envelope.min_y <= envelope.max_y) return envelope;
    return std::nullopt;
}

/// Measures what WkbWalk finds.
struct EnvelopeScan {
    std::optional<Envelope> envelope;

    void begin(const WkbHead&) {}
    void vertices(const WkbVertices& run) {
        const std::uint8_t* at = run.bytes;
        for (std::size_t i = 0; i < run.count; ++i, at += run.vertex_bytes) {
            expand(envelope, load_double(at, run.order), load_double(at + 8, run.order));
        }
    }
    void end_part() {}
    void end_polygon() {}
};

/// Bytes of a little endian WKB point of this type code; 0 when it is none or has an SRID.
std::size_t wkb_point_bytes(std::uint32_t code) {
    switch (code) {
        case 1:
            return 21;
        case 1001:
        case 2001:
        case 0x80000001u:
        case 0x40000001u:
            return 29;
        case 3001:
        case 0xC0000001u:
            return 37;
        default:
            return 0;
    }
}

}  // namespace

GpbHeader read_gpb_header(std::span<const std::uint8_t> blob) {
    check_fixed_part(blob);
    const std::uint8_t flags = blob[kFlagsAt];
    const ByteOrder order = (flags & kLittleEndian) != 0 ? ByteOrder::Little : ByteOrder::Big;
    GpbHeader header{static_cast<std::int32_t>(load_u32(blob.data() + kSrsIdAt, order)),
                     (flags & kEmpty) != 0, std::nullopt,
                     kFixedBytes + kEnvelopeBytes[envelope_kind(flags)]};
    if (header.wkb_offset > kFixedBytes) {
        header.envelope = load_envelope(blob.data() + kFixedBytes, order);
    }
    return header;
}

Geometry read_gpb(std::span<const std::uint8_t> blob) {
    return read_wkb(blob.subspan(read_gpb_header(blob).wkb_offset));
}

std::vector<std::uint8_t> write_gpb(const Geometry& geometry, std::int32_t srs_id) {
    const std::optional<Envelope> envelope = envelope_of(geometry);
    const bool with_envelope = envelope && geometry.type != GeometryType::Point;
    std::vector<std::uint8_t> blob{'G', 'P', 0, kLittleEndian};
    if (with_envelope) blob[kFlagsAt] |= kEnvelopeXy;
    if (!envelope) blob[kFlagsAt] |= kEmpty;
    append_u32(blob, static_cast<std::uint32_t>(srs_id));
    if (with_envelope) {
        append_doubles(
            blob, std::array{envelope->min_x, envelope->max_x, envelope->min_y, envelope->max_y});
    }
    append_wkb(blob, geometry);
    return blob;
}

std::vector<std::uint8_t> write_gpb_point(double x, double y, std::int32_t srs_id) {
    constexpr std::uint32_t kPoint = 1;
    std::vector<std::uint8_t> blob;
    blob.reserve(kFixedBytes + wkb_point_bytes(kPoint));
    blob.insert(blob.end(), {'G', 'P', 0, kLittleEndian});
    append_u32(blob, static_cast<std::uint32_t>(srs_id));
    blob.push_back(static_cast<std::uint8_t>(ByteOrder::Little));
    append_u32(blob, kPoint);
    append_doubles(blob, std::array{x, y});
    return blob;
}

std::optional<Envelope> gpb_envelope(std::span<const std::uint8_t> blob) {
    double x;
    double y;
    if (gpb_point(blob, x, y)) return Envelope{x, y, x, y};
    const GpbHeader header = read_gpb_header(blob);
    // An empty geometry may carry any envelope, so only its WKB is believed.
    if (header.envelope && !header.empty) return header.envelope;
    EnvelopeScan scan;
    walk_wkb(blob.subspan(header.wkb_offset), scan);
    return scan.envelope;
}

bool gpb_point(std::span<const std::uint8_t> blob, double& x, double& y) noexcept {
    if (blob.size() < kFixedBytes + 21 || blob[0] != 'G' || blob[1] != 'P' ||
        blob[kVersionAt] != 0 || (blob[kFlagsAt] & kExtended) != 0) {
        return false;
    }
    const std::size_t kind = envelope_kind(blob[kFlagsAt]);
    if (kind >= kEnvelopeBytes.size()) return false;
    const std::size_t offset = kFixedBytes + kEnvelopeBytes[kind];
    if (blob.size() < offset + 21) return false;
    const std::uint8_t* const wkb = blob.data() + offset;
    if (wkb[0] != static_cast<std::uint8_t>(ByteOrder::Little)) return false;
    if (blob.size() - offset != wkb_point_bytes(load_u32(wkb + 1, ByteOrder::Little))) return false;
    x = load_double(wkb + 5, ByteOrder::Little);
    y = load_double(wkb + 13, ByteOrder::Little);
    return !std::isnan(x) && !std::isnan(y);
}

}  // namespace rhumb::geodb
