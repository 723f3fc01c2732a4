// SPDX-License-Identifier: Apache-2.0
#include "sync/service/query/spatial_parameters.hpp"

#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/envelope.hpp"
#include "geodb/geometry/geodesic_buffer.hpp"
#include "platform/text.hpp"
#include "sync/service/query/query_parameters.hpp"
#include "sync/wire/esri_geometry.hpp"
#include "sync/wire/geometry_parameter.hpp"

#include <string>
#include <utility>

namespace rhumb::service {
namespace {

using geodb::CoordinateTransform;
using geodb::Envelope;
using geodb::Geometry;
using geodb::SpatialFilter;
using geodb::SpatialRelation;
using geodb::SpatialTest;

constexpr std::size_t kShownBytes = 60;

struct Unit {
    std::string_view name;
    double metres;
};
constexpr std::array<Unit, 6> kUnits{{{"esriSRUnit_Meter", 1},
                                      {"esriSRUnit_Kilometer", 1000},
                                      {"esriSRUnit_Foot", 0.3048},
                                      {"esriSRUnit_StatuteMile", 1609.344},
                                      {"esriSRUnit_NauticalMile", 1852},
                                      {"esriSRUnit_USNauticalMile", 1853.248}}};

[[noreturn]] void refuse(std::string_view name, std::string_view value, std::string_view problem) {
    throw Error(Status::InvalidArgument, "'" + std::string(name) + "' " +
                                             excerpt(value, kShownBytes) + std::string(problem));
}

SpatialTest test_parameter(const http::Parameters& parameters) {
    const std::string_view name = trimmed(parameters.get("spatialRel"));
    if (name.empty()) return {};
    for (const NamedRelation& named : kSpatialRelations) {
        if (!equal_ignoring_case(named.name, name)) continue;
        SpatialTest test{named.relation};
        if (test.relation != SpatialRelation::Relate) return test;
        for (const char c : trimmed(parameters.get("relationParam"))) {
            test.matrix += c == 't' || c == 'f' ? static_cast<char>(c - 'a' + 'A') : c;
        }
        if (geodb::is_relation_matrix(test.matrix)) return test;
        refuse("relationParam", test.matrix, " is not nine of T F * 0 1 2, as spatialRel needs");
    }
    refuse("spatialRel", name, " is not offered by this service");
}

void check_geometry_type(const http::Parameters& parameters) {
    const std::string_view name = trimmed(parameters.get("geometryType"));
    const bool known = name.empty() || equal_ignoring_case(name, "esriGeometryEnvelope") ||
                       wire::geometry_type_of_esri(name);
    if (!known) refuse("geometryType", name, " is no type of a geometry here");
}

/// In metres; 0 for none. Clients send units without a distance, which says nothing.
double distance_parameter(const http::Parameters& parameters) {
    const double distance = number_parameter(parameters, "distance").value_or(0);
    if (distance < 0) throw Error(Status::InvalidArgument, "'distance' is negative");
    const std::string_view name = trimmed(parameters.get("units"));
    if (distance == 0 || name.empty()) return distance;
    for (const Unit& unit : kUnits) {
        if (equal_ignoring_case(unit.name, name)) return distance * unit.metres;
    }
    refuse("units", name, " is no unit of length");
}

/// The edges of a box as they run in another reference.
Geometry projected_box(const Envelope& box, const CoordinateTransform& transform) {
    constexpr int kSteps = 20;
    const double corners[5][2] = {{box.min_x, box.min_y},
                                  {box.max_x, box.min_y},
                                  {box.max_x, box.max_y},
                                  {box.min_x, box.max_y},
                                  {box.min_x, box.min_y}};
    Geometry edges;
    edges.type = geodb::GeometryType::Polygon;
    for (int side = 0; side < 4; ++side) {
        for (int step = 0; step < kSteps; ++step) {
            const double t = static_cast<double>(step) / kSteps;
            for (const int axis : {0, 1}) {
                const double from = corners[side][axis];
                edges.coordinates.push_back(from + t * (corners[side + 1][axis] - from));
            }
        }
    }
    edges.coordinates.insert(edges.coordinates.end(), {box.min_x, box.min_y});
    edges.part_ends = {4 * kSteps + 1};
    transform.apply(edges);
    return edges;
}

std::unique_ptr<SpatialFilter> filter_of_box(const Envelope& box, const SpatialTest& test,
                                             const CoordinateTransform& transform) {
    const bool flat = box.min_x == box.max_x || box.min_y == box.max_y;
    const bool around_will_do = test.relation == SpatialRelation::Intersects ||
                                test.relation == SpatialRelation::EnvelopeIntersects;
    if (transform.is_identity()) return std::make_unique<SpatialFilter>(box, test);
    if (flat || around_will_do) {
        return std::make_unique<SpatialFilter>(transform.apply(box), test);
    }
    return std::make_unique<SpatialFilter>(projected_box(box, transform), test);
}

std::unique_ptr<SpatialFilter> filter_of(const wire::GeometryParameter& asked, std::int32_t from,
                                         std::int32_t to, const SpatialTest& test, double metres) {
    if (metres > 0) {
        return std::make_unique<SpatialFilter>(
            geodb::geodesic_buffer(asked.geometry, from, metres, to), test);
    }
    const CoordinateTransform transform(from, to);
    const auto box = geodb::envelope_of(asked.geometry);
    const bool by_box = asked.is_box || test.relation == SpatialRelation::EnvelopeIntersects;
    if (by_box && box) return filter_of_box(*box, test, transform);
    Geometry geometry = asked.geometry;
    transform.apply(geometry);
    return std::make_unique<SpatialFilter>(geometry, test);
}

}  // namespace

std::unique_ptr<SpatialFilter> spatial_parameters(const http::Parameters& parameters,
                                                  const geodb::Layer& layer,
                                                  const wire::InputLimits& limits) {
    check_geometry_type(parameters);
    const auto in_sr = reference_parameter(parameters, "inSR");
    const double metres = distance_parameter(parameters);
    const std::string& text = parameters.get("geometry");
    if (trimmed(text).empty()) {
        if (metres > 0) {
            throw Error(Status::InvalidArgument, "'distance' was given without a 'geometry'");
        }
        return nullptr;
    }
    const auto asked = wire::read_geometry_parameter(text, limits);
    if (!asked) throw Error(Status::InvalidArgument, "'geometry' has no shape");
    if (!layer.geometry) {
        throw Error(Status::InvalidArgument,
                    "'geometry' was given, but '" + layer.name + "' is a table without geometries");
    }
    const SpatialTest test = test_parameter(parameters);
    const std::int32_t own = layer.geometry->srs_id;
    return in_parameter(metres > 0 ? "distance" : "geometry", [&] {
        return filter_of(*asked, asked->epsg.value_or(in_sr.value_or(own)), own, test, metres);
    });
}

}  // namespace rhumb::service
