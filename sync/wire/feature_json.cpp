// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/feature_json.hpp"

#include "geodb/features/value_rules.hpp"
#include "geodb/geometry/centroid.hpp"
#include "geodb/geometry/gpb.hpp"
#include "platform/date_time.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/wire/esri_geometry.hpp"
#include "sync/wire/grid_json.hpp"
#include "sync/wire/layer_json.hpp"
#include "sync/wire/spatial_reference.hpp"

#include <utility>

namespace rhumb::wire {
namespace {

using geodb::EditFault;
using geodb::Field;
using geodb::FieldType;
using geodb::GeometryType;
using geodb::Layer;
using geodb::Value;

Value value_of(const Json& json) {
    if (json.is_null()) return geodb::Null{};
    if (json.integer() != nullptr) return *json.integer();
    if (json.real() != nullptr) return *json.real();
    if (json.boolean() != nullptr) return std::int64_t{*json.boolean() ? 1 : 0};
    if (json.text() != nullptr) return *json.text();
    return to_text(json);
}

/// An edit with a list or an object for a value is a mistake of its maker; from a service it is
/// kept as its text.
void check_single(const Layer& layer, std::size_t field, const Json& json, ValueRules rules) {
    if (rules == ValueRules::TakenAsIs) return;
    if (json.array() == nullptr && json.object() == nullptr) return;
    geodb::refuse(EditFault::ValueRefused,
                  "layer '" + layer.name + "', field '" + layer.fields[field].name +
                      "': " + std::string(kind_name(json)) + " is no value");
}

bool wants_multi(GeometryType type) {
    return type == GeometryType::MultiLineString || type == GeometryType::MultiPolygon;
}

/// As the layer's rules want it; under TakenAsIs, what does not fit them as it is.
geodb::Geometry fitted(const Layer& layer, geodb::Geometry geometry, ValueRules rules) {
    if (rules == ValueRules::Enforced) return geodb::fitted_geometry(layer, std::move(geometry));
    try {
        return geodb::fitted_geometry(layer, geometry);
    } catch (const Error& error) {
        if (error.status() != Status::ConstraintViolated) throw;
        return geometry;
    }
}

Value stored(const Layer& layer, std::size_t column, Value value, ValueRules rules) {
    if (rules == ValueRules::Enforced) return geodb::stored_value(layer, column, value);
    try {
        return geodb::stored_value(layer, column, value);
    } catch (const Error& error) {
        if (error.status() != Status::ConstraintViolated) throw;
        return value;
    }
}

/// How features come in.
struct Arrival {
    ValueRules rules;
    geodb::TransformsInto& into;
    std::optional<std::int32_t> epsg = std::nullopt;
    std::size_t most_vertices = kMostVertices;
};

Value read_shape(const Json& json, const Layer& layer, const Arrival& arrival) {
    const ValueRules rules = arrival.rules;
    const geodb::GeometryColumn& column = *layer.geometry;
    EsriGeometryContext context;
    if (rules == ValueRules::Enforced) context.expected = column.type;
    context.has_z = column.has_z;
    context.has_m = column.has_m;
    context.multi = wants_multi(column.type);
    context.most_vertices = arrival.most_vertices;
    try {
        auto geometry = read_esri_geometry(json, context);
        if (!geometry) return geodb::Null{};
        const Json* own = json.find("spatialReference");
        auto epsg = own != nullptr ? read_spatial_reference(*own) : std::nullopt;
        if (!epsg) epsg = arrival.epsg;
        if (epsg) arrival.into.apply(*geometry, *epsg);
        return geodb::write_gpb(fitted(layer, std::move(*geometry), rules), column.srs_id);
    } catch (const Error& error) {
        if (error.detail_code() == kTrueCurvesNotStored) throw;
        if (error.status() == Status::ConstraintViolated && error.detail_code() != 0) throw;
        geodb::refuse(EditFault::GeometryRefused, "layer '" + layer.name + "': " + error.message());
    }
}

void take_global_id(FeatureJson& feature, const Json& value) {
    feature.has_global_id = true;
    if (value.text() == nullptr) return;
    if (const auto uuid = Uuid::parse(*value.text())) feature.global_id = geodb::GlobalId{*uuid};
}

/// Blobs do not travel in JSON: null is how a client sends back what it was not given.
bool is_blob(const Layer& layer, std::size_t column, const Json& value, ValueRules rules) {
    const Field& field = layer.fields[column];
    if (field.type != FieldType::Blob || rules == ValueRules::TakenAsIs) return false;
    if (value.is_null()) return true;
    geodb::refuse(EditFault::NotEditable,
                  "layer '" + layer.name + "', field '" + field.name + "' is not editable");
}

FeatureJson read_with(const Json& json, const Layer& layer, const Arrival& arrival) {
    FeatureJson feature;
    if (json.object() == nullptr) {
        geodb::refuse(EditFault::ValueRefused,
                      "layer '" + layer.name + "': a feature is no object");
    }
    const std::string object_id = object_id_name(layer);
    const Json* attributes = json.find_any_case("attributes");
    if (attributes != nullptr && attributes->object() != nullptr) {
        for (const Json::Member& member : *attributes->object()) {
            const auto field = layer.find_field(member.name);
            if (!field) {
                if (equal_ignoring_case(member.name, object_id)) {
                    feature.object_id = to_int64(member.value);
                }
                continue;
            }
            if (layer.fields[*field].type == FieldType::GlobalId) {
                take_global_id(feature, member.value);
            } else if (!is_blob(layer, *field, member.value, arrival.rules)) {
                check_single(layer, *field, member.value, arrival.rules);
                feature.values.push_back(
                    {*field, stored(layer, *field, value_of(member.value), arrival.rules)});
            }
        }
    }
    const Json* shape = json.find_any_case("geometry");
    if (shape != nullptr && layer.geometry) {
        feature.values.push_back({layer.geometry_index(), read_shape(*shape, layer, arrival)});
    }
    return feature;
}

}  // namespace

std::optional<geodb::Geometry> readable_gpb(const geodb::Blob& blob) {
    try {
        return geodb::read_gpb(blob);
    } catch (const Error& error) {
        if (error.status() == Status::Internal) throw;
        return std::nullopt;
    }
}

FeatureJsonWriter::FeatureJsonWriter(const Layer& layer, const std::vector<std::size_t>& columns,
                                     Style style)
    : layer_(layer), style_(style), object_id_(object_id_name(layer)) {
    for (const std::size_t column : columns) {
        const Field& field = layer.fields[column];
        columns_.push_back({column, &field, JsonName(field.name)});
    }
    style_.z = style.z && layer.geometry && layer.geometry->has_z;
    style_.m = style.m && layer.geometry && layer.geometry->has_m;
}

void FeatureJsonWriter::write_value(JsonWriter& writer, const Field& field, const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        if (field.type != FieldType::Date) {
            writer.string(*text);
        } else if (const auto ms = parse_date_time(*text)) {
            writer.integer(*ms);
        } else {
            writer.null();  // another program wrote what is no date
        }
    } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        writer.integer(*whole);
    } else if (const auto* real = std::get_if<double>(&value)) {
        writer.number(*real);
    } else {
        writer.null();
    }
}

void FeatureJsonWriter::write_shape(JsonWriter& writer, const Value& shape) const {
    const auto no_shape = [&] {
        if (style_.null_shape) writer.key(geometry_name_).null();
    };
    const auto* blob = std::get_if<geodb::Blob>(&shape);
    if (blob == nullptr) return no_shape();
    double x = 0;
    double y = 0;
    const bool plain =
        transform_ == nullptr && !style_.z && !style_.m && !style_.grid && style_.geometry;
    if (plain && geodb::gpb_point(*blob, x, y)) {
        writer.key(geometry_name_);
        write_esri_point(writer, x, y, style_.precision);
        return;
    }
    auto read = readable_gpb(*blob);
    if (!read) return;
    geodb::Geometry& geometry = *read;
    if (geometry.empty()) return no_shape();
    if (transform_ != nullptr) transform_->apply(geometry);
    if (simplifier_ != nullptr) simplifier_->apply(geometry);
    if (style_.geometry) write_geometry(writer, geometry);
    if (style_.centroid) write_centroid(writer, geometry);
}

void FeatureJsonWriter::write_geometry(JsonWriter& writer, const geodb::Geometry& geometry) const {
    if (!style_.grid) {
        writer.key(geometry_name_);
        write_esri_geometry(writer, geometry, {style_.z, style_.m, style_.precision, false, {}});
    } else if (const auto snapped = on_grid(geometry, *style_.grid)) {
        writer.key(geometry_name_);
        write_grid_geometry(writer, *snapped, style_.z, style_.m);
    }
}

void FeatureJsonWriter::write_centroid(JsonWriter& writer, const geodb::Geometry& geometry) const {
    const auto centroid = geodb::polygon_centroid(geometry);
    if (!centroid) return;
    if (!style_.grid) {
        writer.key(centroid_name_);
        write_esri_point(writer, centroid->x, centroid->y, style_.precision);
    } else if (const auto snapped = on_grid(*centroid, *style_.grid)) {
        writer.key(centroid_name_);
        write_grid_point(writer, *snapped);
    }
}

std::vector<std::size_t> json_columns(const Layer& layer) {
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < layer.fields.size(); ++i) {
        if (layer.fields[i].type != FieldType::Blob) columns.push_back(i);
    }
    return columns;
}

FeatureJson read_feature(const Json& json, const Layer& layer, ValueRules rules) {
    geodb::TransformsInto into(layer.geometry ? layer.geometry->srs_id : 0);
    return read_with(json, layer, {rules, into});
}

FeatureJson read_feature(const Json& json, const Layer& layer, geodb::TransformsInto& into,
                         std::optional<std::int32_t> epsg, std::size_t most_vertices) {
    return read_with(json, layer, {ValueRules::Enforced, into, epsg, most_vertices});
}

}  // namespace rhumb::wire
