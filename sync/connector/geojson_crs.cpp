// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/geojson_crs.hpp"

#include "geodb/geometry/crs.hpp"
#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"

#include <limits>
#include <optional>

namespace rhumb::connector {
namespace {

constexpr std::int32_t kWgs84 = 4326;
constexpr std::size_t kShownBytes = 80;  // of a name, in a message

/// "urn:ogc:def:crs:EPSG::3857", "urn:ogc:def:crs:EPSG:8.9:3857", "EPSG:3857",
/// "http://www.opengis.net/def/crs/EPSG/0/3857", and CRS84 in the same ways.
std::optional<std::int32_t> code_of(std::string_view name) {
    const std::string lower = lowered(trimmed(name));
    if (lower.ends_with("crs84")) return kWgs84;
    if (lower.find("epsg") == std::string::npos) return std::nullopt;
    const auto code = parse_integer(std::string_view(lower).substr(lower.find_last_of(":/") + 1));
    if (!code || *code <= 0 || *code > std::numeric_limits<std::int32_t>::max()) {
        return std::nullopt;
    }
    return geodb::normalized_wkid(static_cast<std::int32_t>(*code));
}

}  // namespace

std::int32_t geojson_crs(const wire::Json& root) {
    const wire::Json* crs = root.find("crs");
    if (crs == nullptr || crs->is_null()) return kWgs84;
    const wire::Json* properties = crs->find("properties");
    const auto name = wire::text_or_empty(properties ? properties->find("name") : nullptr);
    if (const auto code = code_of(name)) return *code;
    throw Error(Status::Unsupported,
                "the member crs says '" +
                    excerpt(name.empty() ? wire::to_text(*crs) : std::string(name), kShownBytes) +
                    "', which names no EPSG code; say which CRS the coordinates are in");
}

}  // namespace rhumb::connector
