// SPDX-License-Identifier: Apache-2.0
//
// One feature on the wire: {"attributes":{…},"geometry":{…}}, dates in ms, GUIDs in braces.

#pragma once

#include "geodb/features/feature_writer.hpp"
#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/simplify.hpp"
#include "geodb/layer.hpp"
#include "geodb/value.hpp"
#include "sync/wire/grid.hpp"
#include "sync/wire/input_limits.hpp"
#include "sync/wire/json.hpp"
#include "sync/wire/json_view.hpp"
#include "sync/wire/json_writer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rhumb::wire {

/// Writes features of one layer, in a chosen selection of columns.
class FeatureJsonWriter {
public:
    struct Style {
        bool geometry = true;
        bool object_id = true;
        bool z = true;  ///< when the layer has it
        bool m = true;
        /// Says `"geometry":null` where there is no shape: in an update its absence means
        /// "unchanged".
        bool null_shape = false;
        int precision = -1;
        /// Adds the centroid of a polygon, whether its shape is written or not.
        bool centroid = false;
        /// Shapes and centroids as whole numbers, for readers who were told of the grid.
        std::optional<Grid> grid = std::nullopt;
    };
    /// `columns` as counted in Layer; the geometry is governed by the style alone.
    FeatureJsonWriter(const geodb::Layer& layer, const std::vector<std::size_t>& columns,
                      Style style);

    /// Simplifies what is written, after it is projected. Null: all vertices. Outlives the writer.
    void simplify_with(const geodb::Simplifier* simplifier) { simplifier_ = simplifier; }
    /// Projects what is written. Null: the layer's own reference. Outlives the writer.
    void project_with(const geodb::CoordinateTransform* transform) { transform_ = transform; }

    /// `value_of(column)` gives the values; a geometry is a GeoPackage blob.
    template <class ValueOf>
    void write(JsonWriter& writer, geodb::ObjectId oid, const ValueOf& value_of) const {
        writer.begin_object().key(attributes_name_).begin_object();
        if (style_.object_id) writer.key(object_id_).integer(oid.value);
        for (const Column& column : columns_) {
            writer.key(column.name);
            write_value(writer, *column.field, value_of(column.index));
        }
        writer.end_object();
        if ((style_.geometry || style_.centroid) && layer_.geometry) {
            write_shape(writer, value_of(layer_.geometry_index()));
        }
        writer.end_object();
    }

    static void write_value(JsonWriter& writer, const geodb::Field& field,
                            const geodb::Value& value);

private:
    void write_shape(JsonWriter& writer, const geodb::Value& shape) const;
    void write_geometry(JsonWriter& writer, const geodb::Geometry& geometry) const;
    void write_centroid(JsonWriter& writer, const geodb::Geometry& geometry) const;

    struct Column {
        std::size_t index;
        const geodb::Field* field;
        JsonName name;
    };

    const geodb::Layer& layer_;
    std::vector<Column> columns_;
    Style style_;
    JsonName object_id_;
    JsonName attributes_name_{"attributes"};
    JsonName geometry_name_{"geometry"};
    JsonName centroid_name_{"centroid"};
    const geodb::CoordinateTransform* transform_ = nullptr;
    const geodb::Simplifier* simplifier_ = nullptr;
};

/// None for what another program put there and nobody here can read: the rest of the feature, and
/// all others, travel all the same.
std::optional<geodb::Geometry> readable_gpb(const geodb::Blob& blob);

/// All fields but blobs, which do not travel in JSON.
std::vector<std::size_t> json_columns(const geodb::Layer& layer);

/// What a feature of a request or an answer says.
struct FeatureJson {
    std::optional<std::int64_t> object_id;
    std::optional<geodb::GlobalId> global_id;
    bool has_global_id = false;  ///< the attribute is there, be it null or no GUID
    /// The values that are there, as stored; the GlobalID is not among them. A geometry that is
    /// there and null is a NULL at the geometry column.
    std::vector<geodb::ColumnValue> values;
};

/// What becomes of values that the layer's rules do not allow.
enum class ValueRules {
    Enforced,   ///< an edit on its way in: refused
    TakenAsIs,  ///< what the service has, e.g. because another program put it there: kept
};

/// Reads a feature for a layer. Attributes the layer does not have are ignored. Geometries come in
/// the layer's reference unless they say their own.
/// Throws Error(ConstraintViolated) with an EditFault naming layer and field.
FeatureJson read_feature(const Json& json, const geodb::Layer& layer,
                         ValueRules rules = ValueRules::Enforced);

/// The same under enforced rules, where many features come: `into` leads into the layer's
/// reference, and `epsg` is that of geometries that do not say their own (none: the layer's).
FeatureJson read_feature(const Json& json, const geodb::Layer& layer, geodb::TransformsInto& into,
                         std::optional<std::int32_t> epsg,
                         std::size_t most_vertices = kMostVertices);
FeatureJson read_feature(const JsonView& json, const geodb::Layer& layer,
                         geodb::TransformsInto& into, std::optional<std::int32_t> epsg,
                         std::size_t most_vertices = kMostVertices);

}  // namespace rhumb::wire
