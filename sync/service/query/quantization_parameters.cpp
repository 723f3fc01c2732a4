// SPDX-License-Identifier: Apache-2.0
#include "sync/service/query/quantization_parameters.hpp"

#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/envelope.hpp"
#include "platform/text.hpp"
#include "sync/wire/esri_geometry.hpp"
#include "sync/wire/json_parameter.hpp"
#include "sync/wire/spatial_reference.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace rhumb::service {
namespace {

using geodb::Envelope;
using wire::Grid;
using wire::Json;

constexpr const char* kParameter = "quantizationParameters";
constexpr std::size_t kShownBytes = 60;
/// ArcGIS REST, query: where neither a tolerance nor maxAllowableOffset is given, the extent has so
/// many cells on its longer side.
constexpr double kCellsByDefault = 10'000;
/// Finer ones would not tell more about places on earth, but count past what a double can hold.
constexpr double kLeastDegrees = 1e-12;
constexpr double kLeastUnits = 1e-8;

[[noreturn]] void refuse(std::string_view key, const std::string& problem) {
    throw Error(Status::InvalidArgument,
                "'" + std::string(kParameter) + "." + std::string(key) + "' " + problem);
}

/// Null when it is absent, null or "".
const Json* member(const Json& json, std::string_view key) {
    const Json* found = json.find_any_case(key);
    if (found == nullptr || found->is_null()) return nullptr;
    return found->text() != nullptr && trimmed(*found->text()).empty() ? nullptr : found;
}

/// True for the second of two words, false for the first or none.
bool is_second(const Json& json, std::string_view key,
               std::pair<std::string_view, std::string_view> words) {
    const Json* found = member(json, key);
    if (found == nullptr) return false;
    const std::string_view word = wire::text_or_empty(found);
    if (equal_ignoring_case(word, words.first)) return false;
    if (equal_ignoring_case(word, words.second)) return true;
    refuse(key, "is " + excerpt(wire::to_text(*found), kShownBytes) + ", not " +
                    std::string(words.first) + " or " + std::string(words.second));
}

bool in_degrees(std::int32_t epsg) {
    try {
        return geodb::crs_is_geographic(epsg);
    } catch (const Error& error) {
        if (error.status() != Status::InvalidArgument) throw;
        return false;
    }
}

std::optional<double> tolerance_of(const Json& json, std::int32_t epsg) {
    const Json* found = member(json, "tolerance");
    if (found == nullptr) return std::nullopt;
    const auto tolerance = wire::to_double(*found);
    if (!tolerance || *tolerance <= 0) {
        refuse("tolerance",
               "is " + excerpt(wire::to_text(*found), kShownBytes) + ", not a number above 0");
    }
    if (*tolerance < (in_degrees(epsg) ? kLeastDegrees : kLeastUnits)) {
        refuse("tolerance", "is smaller than coordinates are exact");
    }
    return tolerance;
}

Envelope envelope_of(const Json& extent, std::int32_t epsg) {
    const bool is_box = extent.object() != nullptr && extent.find("xmin") != nullptr;
    if (!is_box) throw Error(Status::InvalidArgument, "expected xmin, ymin, xmax and ymax");
    const auto shape = wire::read_esri_geometry(extent);
    const auto box = shape ? geodb::envelope_of(*shape) : std::nullopt;
    if (!box) throw Error(Status::InvalidArgument, "has no sides");
    const Json* reference = extent.find("spatialReference");
    const auto own = reference != nullptr ? wire::read_spatial_reference(*reference) : std::nullopt;
    if (!own || *own == epsg) return *box;
    return geodb::CoordinateTransform(*own, epsg).apply(*box);
}

/// In the reference of the answer. None when absent, or that of an empty layer: sides of "NaN".
std::optional<Envelope> extent_of(const Json& json, std::int32_t epsg) {
    const Json* extent = member(json, "extent");
    if (extent == nullptr) return std::nullopt;
    const Json* side = extent->object() != nullptr ? extent->find("xmin") : nullptr;
    const bool of_nothing =
        side != nullptr && (side->is_null() || wire::text_or_empty(side) == "NaN");
    if (of_nothing) return std::nullopt;
    try {
        return envelope_of(*extent, epsg);
    } catch (const Error& error) {
        if (error.status() == Status::Internal) throw;
        refuse("extent", "cannot be read: " + error.message());
    }
}

double cell_of(const std::optional<double>& tolerance, const std::optional<Envelope>& extent,
               const ShapeStyle& style, const Grid& finest) {
    if (tolerance) return *tolerance;
    if (style.max_offset > 0) return std::max(style.max_offset, finest.cell);
    if (finest.every_vertex || !extent) return finest.cell;
    const double longer = std::max(extent->max_x - extent->min_x, extent->max_y - extent->min_y);
    return std::max(longer / kCellsByDefault, finest.cell);
}

}  // namespace

Grid default_grid(std::int32_t epsg) {
    return wire::finest_grid(in_degrees(epsg));
}

std::optional<Grid> quantization_parameters(const http::Parameters& parameters,
                                            const ShapeStyle& style) {
    const std::string_view text = trimmed(parameters.get(kParameter));
    if (text.empty()) return std::nullopt;
    const Json json = wire::parse_relaxed_parameter(text, "'" + std::string(kParameter) + "'");
    if (json.is_null()) return std::nullopt;
    if (json.object() == nullptr) {
        throw Error(Status::InvalidArgument, "'" + std::string(kParameter) + "' is " +
                                                 std::string(wire::kind_name(json)) +
                                                 ", not an object");
    }
    Grid grid = default_grid(style.epsg);
    grid.every_vertex = is_second(json, "mode", {"view", "edit"});
    if (is_second(json, "originPosition", {"upperLeft", "lowerLeft"})) {
        grid.origin = Grid::Origin::LowerLeft;
    }
    const auto tolerance = tolerance_of(json, style.epsg);
    const auto extent = extent_of(json, style.epsg);
    grid.cell = cell_of(tolerance, extent, style, grid);
    if (!extent) return grid;
    if (!wire::on_grid({extent->min_x, extent->max_y}, grid) ||
        !wire::on_grid({extent->max_x, extent->min_y}, grid)) {
        refuse("extent", "is further away than the tolerance can count");
    }
    grid.left = extent->min_x;
    grid.edge = grid.origin == Grid::Origin::UpperLeft ? extent->max_y : extent->min_y;
    return grid;
}

}  // namespace rhumb::service
