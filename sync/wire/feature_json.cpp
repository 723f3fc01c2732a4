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

#include <limits>
#include <utility>

namespace rhumb::wire {
namespace {

using geodb::EditFault;
using geodb::Field;
using geodb::FieldType;
using geodb::GeometryType;
using geodb::Layer;
using geodb::Value;

// What Json and JsonView say in different ways.

const Json& built(const Json& json) {
    return json;
}
Json built(const JsonView& view) {
    return view.json();
}

const std::string* text_of(const Json& json) {
    return json.text();
}
std::optional<std::string_view> text_of(const JsonView& view) {
    return view.text();
}

template <class Take>
void each_member(const Json& json, const Take& take) {
    if (json.object() == nullptr) return;
    for (const Json::Member& member : *json.object()) take(member.name, member.value);
}
template <class Take>
void each_member(const JsonView& view, const Take& take) {
    view.each_member(take);
}

bool is_compound(Json::Kind kind) {
    return kind == Json::Kind::Array || kind == Json::Kind::Object;
}

template <class AnyJson>
void put_value(Value& into, const AnyJson& json) {
    if (const auto text = text_of(json)) {
        into.emplace<std::string>(*text);
    } else if (const auto* integer = json.integer()) {
        into = *integer;
    } else if (const auto* real = json.real()) {
        into = *real;
    } else if (const auto* boolean = json.boolean()) {
        into = std::int64_t{*boolean ? 1 : 0};
    } else if (!json.is_null()) {
        into = to_text(built(json));
    }
}

/// An edit with a list or an object for a value is a mistake of its maker; from a service it is
/// kept as its text.
template <class AnyJson>
void check_single(const Layer& layer, std::size_t field, const AnyJson& json, ValueRules rules) {
    if (rules == ValueRules::TakenAsIs || !is_compound(json.kind())) return;
    geodb::refuse(EditFault::ValueRefused,
                  "layer '" + layer.name + "', field '" + layer.fields[field].name +
                      "': " + std::string(kind_name(built(json))) + " is no value");
}

constexpr std::int64_t kMostWkid = std::numeric_limits<std::int32_t>::max();

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

void make_stored(const Layer& layer, geodb::ColumnValue& given, ValueRules rules) {
    if (rules == ValueRules::Enforced) {
        return geodb::make_stored(layer, given.column, given.value);
    }
    try {
        given.value = geodb::stored_value(layer, given.column, given.value);
    } catch (const Error& error) {
        if (error.status() != Status::ConstraintViolated) throw;
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

std::optional<double> number_of(const JsonView& json) {
    if (const double* real = json.real()) return *real;
    if (const std::int64_t* whole = json.integer()) return static_cast<double>(*whole);
    return std::nullopt;
}

/// {"wkid": 102100, "latestWkid": 3857} and no word more.
std::optional<std::int32_t> plain_reference(const JsonView& json) {
    const auto latest = json.find("latestWkid");
    const auto code = latest ? latest : json.find("wkid");
    if (!code || json.size() != (latest ? 2U : 1U)) return std::nullopt;
    const std::int64_t* number = code->integer();
    if (number == nullptr || *number <= 0 || *number > kMostWkid) return std::nullopt;
    return geodb::normalized_wkid(static_cast<std::int32_t>(*number));
}

/// A point of x and y in the layer's reference, as most are: without the way over a Geometry.
/// None for all else, also for what is to be refused.
std::optional<Value> plain_point(const JsonView& json, const Layer& layer, const Arrival& arrival) {
    const geodb::GeometryColumn& column = *layer.geometry;
    const bool plain = column.type == GeometryType::Point && !column.has_z && !column.has_m;
    if (!plain || arrival.into.epsg() != column.srs_id) return std::nullopt;
    std::optional<double> x, y;
    std::optional<std::int32_t> epsg = arrival.epsg.value_or(column.srs_id);
    std::size_t known = 0;
    json.each_member([&](std::string_view name, const JsonView& value) {
        if (name == "x") {
            x = number_of(value);
        } else if (name == "y") {
            y = number_of(value);
        } else if (name == "spatialReference") {
            epsg = plain_reference(value);
        } else {
            return;
        }
        ++known;
    });
    if (!x || !y || known != json.size() || epsg != column.srs_id) return std::nullopt;
    return geodb::write_gpb_point(*x, *y, column.srs_id);
}

Value shape_of(const Json& json, const Layer& layer, const Arrival& arrival) {
    return read_shape(json, layer, arrival);
}
Value shape_of(const JsonView& json, const Layer& layer, const Arrival& arrival) {
    if (auto point = plain_point(json, layer, arrival)) return std::move(*point);
    return read_shape(json.json(), layer, arrival);
}

template <class AnyJson>
void take_global_id(FeatureJson& feature, const AnyJson& value) {
    feature.has_global_id = true;
    const auto text = text_of(value);
    if (!text) return;
    if (const auto uuid = Uuid::parse(*text)) feature.global_id = geodb::GlobalId{*uuid};
}

/// Blobs do not travel in JSON: null is how a client sends back what it was not given.
bool is_skipped_blob(const Layer& layer, const Field& field, bool is_null, ValueRules rules) {
    if (rules == ValueRules::TakenAsIs) return false;
    if (is_null) return true;
    geodb::refuse(EditFault::NotEditable,
                  "layer '" + layer.name + "', field '" + field.name + "' is not editable");
}

/// Attributes mostly come in the order of the columns: each is looked for behind the one before.
std::optional<std::size_t> field_from(const Layer& layer, std::size_t hint, std::string_view name) {
    if (hint < layer.fields.size() && layer.fields[hint].name == name) return hint;
    return layer.find_field(name);
}

template <class AnyJson>
void read_attributes(const AnyJson& attributes, const Layer& layer, const Arrival& arrival,
                     FeatureJson& feature) {
    std::size_t next = 0;
    each_member(attributes, [&](std::string_view name, const AnyJson& value) {
        const auto field = field_from(layer, next, name);
        if (!field) {
            if (equal_ignoring_case(name, object_id_name(layer))) {
                feature.object_id = to_int64(built(value));
            }
            return;
        }
        next = *field + 1;
        const Field& of = layer.fields[*field];
        if (of.type == FieldType::GlobalId) return take_global_id(feature, value);
        if (of.type == FieldType::Blob &&
            is_skipped_blob(layer, of, value.is_null(), arrival.rules)) {
            return;
        }
        check_single(layer, *field, value, arrival.rules);
        geodb::ColumnValue& given = feature.values.emplace_back();
        given.column = *field;
        put_value(given.value, value);
        make_stored(layer, given, arrival.rules);
    });
}

template <class AnyJson>
FeatureJson read_with(const AnyJson& json, const Layer& layer, const Arrival& arrival) {
    FeatureJson feature;
    if (json.kind() != Json::Kind::Object) {
        geodb::refuse(EditFault::ValueRefused,
                      "layer '" + layer.name + "': a feature is no object");
    }
    feature.values.reserve(layer.column_count());
    if (const auto attributes = json.find_any_case("attributes")) {
        read_attributes(*attributes, layer, arrival, feature);
    }
    const auto shape = json.find_any_case("geometry");
    if (shape && layer.geometry) {
        feature.values.push_back({layer.geometry_index(), shape_of(*shape, layer, arrival)});
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

FeatureJson read_feature(const JsonView& json, const Layer& layer, geodb::TransformsInto& into,
                         std::optional<std::int32_t> epsg, std::size_t most_vertices) {
    return read_with(json, layer, {ValueRules::Enforced, into, epsg, most_vertices});
}

}  // namespace rhumb::wire
