// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/area_parameter.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/wire/geometry_parameter.hpp"
#include "sync/wire/json_parameter.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace rhumb::service {
namespace {

struct Kind {
    std::string_view name;    ///< after "esriGeometry"
    std::string_view member;  ///< of its JSON
    std::size_t commas;       ///< of its form as bare numbers; 0: it has none
};
constexpr std::array<Kind, 5> kKinds{{{"Point", "x", 1},
                                      {"Multipoint", "points", 0},
                                      {"Polyline", "paths", 0},
                                      {"Polygon", "rings", 0},
                                      {"Envelope", "xmin", 3}}};
constexpr std::string_view kPrefix = "esriGeometry";

const Kind& kind_named(const std::string& type) {
    std::string_view name = trimmed(type);
    if (equal_ignoring_case(name.substr(0, kPrefix.size()), kPrefix)) {
        name.remove_prefix(kPrefix.size());
    }
    for (const Kind& kind : kKinds) {
        if (equal_ignoring_case(kind.name, name)) return kind;
    }
    throw Error(Status::InvalidArgument,
                "'geometryType' is '" + excerpt(type, 40) +
                    "', not esriGeometryPoint, …Multipoint, …Polyline, …Polygon or …Envelope");
}

bool is_of(const std::string& geometry, const Kind& kind) {
    if (geometry.front() != '{') {
        const auto commas = std::count(geometry.begin(), geometry.end(), ',');
        return kind.commas == static_cast<std::size_t>(commas);
    }
    const wire::Json json = wire::parse_relaxed_parameter(geometry, "'geometry'");
    return json.find_any_case(kind.member) != nullptr;
}

}  // namespace

void check_geometry_parameter(std::string& geometry, std::string& type,
                              const wire::InputLimits& limits) {
    const Kind* kind = trimmed(type).empty() ? nullptr : &kind_named(type);
    type = kind != nullptr ? std::string(kPrefix) + std::string(kind->name) : "";
    geometry = trimmed(geometry);
    if (geometry.empty() || equal_ignoring_case(geometry, "null")) {
        geometry.clear();
        return;
    }
    if (!wire::read_geometry_parameter(geometry, limits)) {
        throw Error(Status::InvalidArgument, "'geometry' has no extent: " + excerpt(geometry, 60));
    }
    if (kind != nullptr && !is_of(geometry, *kind)) {
        throw Error(Status::InvalidArgument,
                    "'geometryType' is '" + type + "', but 'geometry' is of another type");
    }
}

}  // namespace rhumb::service
