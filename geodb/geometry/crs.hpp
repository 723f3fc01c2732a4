// SPDX-License-Identifier: Apache-2.0
//
// Spatial references by their EPSG (or Esri) code, and the way from one to another.
//
// x is always east or longitude, y north or latitude, whatever the authority's axis order is.
// Grids are taken from this machine only: nothing is fetched.

#pragma once

#include "geodb/geometry/geometry.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace rhumb::geodb {

/// Web Mercator has gone by many codes (102100, 102113, 900913): all become 3857.
std::int32_t normalized_wkid(std::int32_t wkid);

/// The code that Esri services say: 102100 for 3857, others as they are.
std::int32_t esri_wkid(std::int32_t epsg);

/// WKT 1 as GDAL writes it, for gpkg_spatial_ref_sys.definition; WKT 2 for what WKT 1 cannot say.
/// Throws Error(InvalidArgument) naming a code that nobody has defined.
std::string crs_wkt(std::int32_t epsg);
std::string crs_name(std::int32_t epsg);
/// Throws Error(InvalidArgument) naming a code that nobody has defined.
void check_crs(std::int32_t epsg);
/// The code of a reference that is spelled out: WKT 1 as Esri or GDAL write it, or WKT 2. Nothing
/// when the text is no reference or one without a code.
std::optional<std::int32_t> epsg_of_wkt(const std::string& wkt);
/// Whether x and y are degrees.
bool crs_is_geographic(std::int32_t epsg);

/// One thread at a time. Moves, does not copy.
class CoordinateTransform {
public:
    /// Throws Error(InvalidArgument) naming a code that nobody has defined, Error(Unsupported)
    /// when no way leads from one to the other.
    CoordinateTransform(std::int32_t from_epsg, std::int32_t to_epsg);
    CoordinateTransform(CoordinateTransform&&) noexcept;
    CoordinateTransform& operator=(CoordinateTransform&&) noexcept;
    ~CoordinateTransform();

    bool is_identity() const;

    /// Moves x and y; z and m stay, and so do vertices whose x or y is NaN. Throws
    /// Error(InvalidArgument) naming the vertex that has no place in the target, and then leaves
    /// the geometry as it was. Between 4326 and Web Mercator longitudes are not wrapped at 180
    /// degrees, so that a geometry across the antimeridian stays in one piece.
    void apply(Geometry& geometry) const;

    /// A box that holds the transformed box, measured at points along its edges and within. Parts
    /// that have no place in the target are left out; Web Mercator is cut near the poles. A box
    /// that comes to lie across the antimeridian takes all longitudes.
    /// Throws Error(InvalidArgument) when no part has a place.
    Envelope apply(const Envelope& envelope) const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

/// The ways into one reference, each made when it is first needed: many geometries may come, each
/// in a reference of its own. One thread at a time.
class TransformsInto {
public:
    explicit TransformsInto(std::int32_t to_epsg) : to_epsg_(to_epsg) {}
    std::int32_t epsg() const { return to_epsg_; }

    /// As the constructor and apply() of CoordinateTransform.
    void apply(Geometry& geometry, std::int32_t from_epsg);

private:
    std::int32_t to_epsg_;
    std::map<std::int32_t, CoordinateTransform> made_;
};

}  // namespace rhumb::geodb
