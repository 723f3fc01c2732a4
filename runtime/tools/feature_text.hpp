// SPDX-License-Identifier: Apache-2.0
//
// A feature as a person types it: {"attributes":{…},"geometry":{…}}, or just its attributes with
// perhaps a "geometry" among them. Geometries are Esri JSON or GeoJSON.
//
// What a service would pass over in silence, a person has mistyped: unknown names are errors here.

#pragma once

#include "geodb/features/feature_writer.hpp"
#include "geodb/ids.hpp"
#include "geodb/layer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rhumb::tool {

struct FeatureText {
    std::optional<geodb::GlobalId> global_id;
    std::vector<geodb::ColumnValue> values;  ///< as stored; the GlobalID is not among them

    /// All columns of a new feature: defaults and NULL for those not named.
    /// Throws ConstraintViolated naming a field that must not be NULL.
    std::vector<geodb::Value> all_values(const geodb::Layer& layer) const;
    /// A feature's identity never changes. Throws ConstraintViolated.
    void check_identity(const geodb::Layer& layer, const geodb::GlobalId& feature) const;
};

/// Throws InvalidArgument for what is no such JSON, ConstraintViolated naming layer and field for
/// a value that the field does not take.
FeatureText read_feature_text(const std::string& json, const geodb::Layer& layer);

}  // namespace rhumb::tool
