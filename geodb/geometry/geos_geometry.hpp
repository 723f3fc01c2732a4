// SPDX-License-Identifier: Apache-2.0
//
// GEOS geometries as owned values: made from ours, and read back into ours.
//
// For the files of this folder that ask GEOS something; nobody else sees GEOS.

#pragma once

#include "geodb/geometry/geometry.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

// As geos_c.h declares them.
struct GEOSContextHandle_HS;
struct GEOSGeom_t;
struct GEOSPrepGeom_t;
struct GEOSCoordSeq_t;

namespace rhumb::geodb {

/// A GEOS context of our own, which keeps the text of its last error. One thread at a time.
class GeosSession {
public:
    GeosSession();
    GeosSession(const GeosSession&) = delete;
    GeosSession& operator=(const GeosSession&) = delete;
    ~GeosSession();

    GEOSContextHandle_HS* handle() const { return handle_; }
    [[noreturn]] void fail() const;

private:
    static void remember(const char* message, void* session);

    GEOSContextHandle_HS* handle_;
    std::string error_ = "no reason given";
};

struct GeosDeleter {
    GEOSContextHandle_HS* handle = nullptr;
    void operator()(GEOSGeom_t* geometry) const;
    void operator()(const GEOSPrepGeom_t* geometry) const;
};
using GeosGeometry = std::unique_ptr<GEOSGeom_t, GeosDeleter>;
using PreparedGeometry = std::unique_ptr<const GEOSPrepGeom_t, GeosDeleter>;

/// What a call of GEOS gave us. Throws Error(Internal) with GEOS's words for null.
GeosGeometry owned(const GeosSession& session, GEOSGeom_t* geometry);

/// The geometry itself when it is sound by the rules of OGC, else what GEOS mends it to.
GeosGeometry made_valid(const GeosSession& session, GeosGeometry geometry);

/// Makes GEOS geometries in x and y. Vertices that are not finite are left out, rings are closed,
/// and parts too short to be one are left out: GEOS must never meet what it does not expect.
class GeosBuilder {
public:
    /// What stands in z. Number: which vertex of ours it is, so that a vertex that comes back can
    /// be told.
    enum class Z { None, Number };
    explicit GeosBuilder(const GeosSession& session, Z z = Z::None) : session_(session), z_(z) {}

    GeosGeometry build(const Geometry& geometry);

private:
    std::size_t stride() const { return z_ == Z::None ? 2 : 3; }
    void take_finite(const Geometry& geometry, std::uint32_t begin, std::uint32_t end);
    GEOSCoordSeq_t* sequence() const;
    void add_points(const Geometry& geometry, std::vector<GeosGeometry>& elements);
    void add_lines(const Geometry& geometry, std::vector<GeosGeometry>& elements);
    void add_polygons(const Geometry& geometry, std::vector<GeosGeometry>& elements);
    /// Null when too few vertices are left.
    GeosGeometry ring(const Geometry& geometry, std::size_t part);
    GeosGeometry collected(int type, std::vector<GeosGeometry>& elements);

    const GeosSession& session_;
    Z z_;
    std::vector<double> vertices_;
};

/// Told each vertex of GEOS's geometry; z only from a geometry that has one, else NaN.
using OnGeosVertex = std::function<void(Geometry& made, double x, double y, double z)>;

/// Our form of a GEOS geometry. Of a collection of several kinds the polygons, or the lines when
/// there are no polygons. `add` appends a vertex; without it x and y are taken.
Geometry read_geos(const GeosSession& session, const GEOSGeom_t* geometry,
                   const OnGeosVertex& add = {});

}  // namespace rhumb::geodb
