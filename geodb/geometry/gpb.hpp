// SPDX-License-Identifier: Apache-2.0
//
// The geometry blob of a GeoPackage (OGC GeoPackage 1.3, GeoPackageBinary): a header, then WKB.
//
// Boxes and points are had without building a Geometry, for the loops that look at every row.

#pragma once

#include "geodb/geometry/geometry.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rhumb::geodb {

struct GpbHeader {
    std::int32_t srs_id;
    /// As the header says; some writers never say so.
    bool empty;
    /// x and y only. None when the header has none or one that bounds nothing (NaN, turned round).
    std::optional<Envelope> envelope;
    std::size_t wkb_offset;
};

/// Reads either byte order and every kind of envelope. Throws Error(CorruptData) for bytes that
/// are no GeoPackage geometry and Error(Unsupported) for extended types and later versions.
GpbHeader read_gpb_header(std::span<const std::uint8_t> blob);

/// Throws as read_gpb_header and read_wkb.
Geometry read_gpb(std::span<const std::uint8_t> blob);

/// Little endian. Points get no envelope, all others one of x and y, as GDAL writes them. A
/// geometry none of whose vertices is anywhere is flagged empty.
std::vector<std::uint8_t> write_gpb(const Geometry& geometry, std::int32_t srs_id);

/// The same of a point without z and m whose place is finite.
std::vector<std::uint8_t> write_gpb_point(double x, double y, std::int32_t srs_id);

/// The box of a blob: of a point its place, else what the header says, else measured by walking
/// the WKB. nullopt when it is empty. Throws as read_gpb.
std::optional<Envelope> gpb_envelope(std::span<const std::uint8_t> blob);

/// The place of a little endian point of any dimension. False for all else, also for an empty
/// point, a broken blob and rarer ways to write a point: then ask gpb_envelope. Never throws.
bool gpb_point(std::span<const std::uint8_t> blob, double& x, double& y) noexcept;

}  // namespace rhumb::geodb
