// SPDX-License-Identifier: Apache-2.0
//
// The request parameter `geometry`: Esri JSON, typed carelessly perhaps, or bare numbers.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "sync/wire/input_limits.hpp"
#include "sync/wire/json.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace rhumb::wire {

struct GeometryParameter {
    geodb::Geometry geometry;
    /// The geometry's own spatialReference; it goes before the parameter inSR.
    std::optional<std::int32_t> epsg = std::nullopt;
    /// It came as an envelope; the geometry is the polygon of that box.
    bool is_box = false;
};

struct EnvelopeParameter {
    geodb::Envelope envelope;
    std::optional<std::int32_t> epsg = std::nullopt;
};

/// "x,y" is a point, "xmin,ymin,xmax,ymax" a box, else Esri JSON of any kind. nullopt for blank
/// text and for no shape. Throws Error naming the parameter.
std::optional<GeometryParameter> read_geometry_parameter(std::string_view text,
                                                         const InputLimits& limits = {});

/// The same as Esri JSON, for a text that can be read.
Json geometry_parameter_json(std::string_view text);
/// esriGeometryPoint and so on, for Esri JSON.
std::string_view geometry_type_name(const Json& json);

/// The box around what `read_geometry_parameter` reads; no shape is an error here.
EnvelopeParameter read_envelope_parameter(std::string_view text);

}  // namespace rhumb::wire
