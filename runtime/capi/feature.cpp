// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/feature.hpp"

#include "geodb/features/value_rules.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/geometry/wkb.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "runtime/capi/guard.hpp"
#include "runtime/capi/views.hpp"

#include <algorithm>
#include <cmath>
#include <span>

using namespace rhumb::capi;
using rhumb::Error;
using rhumb::Status;
using rhumb::geodb::ColumnValue;
using rhumb::geodb::FieldType;
using rhumb::geodb::Layer;
using rhumb::geodb::Value;
namespace geodb = rhumb::geodb;

namespace {

using Kind = GivenValue::Kind;

std::size_t column_of(const Layer& layer, const std::string& name) {
    if (const auto field = layer.find_field(name)) return *field;
    const bool object_id = rhumb::equal_ignoring_case(name, layer.fid_column) ||
                           rhumb::equal_ignoring_case(name, "OBJECTID");
    throw Error(Status::InvalidArgument,
                "layer '" + layer.name + "' has no field '" + name + "'" +
                    (object_id ? " to write: the geodatabase gives the object id" : ""));
}

bool takes(FieldType type, Kind kind) {
    switch (kind) {
        case Kind::Plain:
            return true;
        case Kind::Date:
            return type == FieldType::Date || type == FieldType::DateOnly;
        case Kind::Guid:
            break;
    }
    return type == FieldType::Guid || type == FieldType::GlobalId || type == FieldType::String;
}

Value stored_attribute(const Layer& layer, std::size_t column, const GivenValue& given) {
    const geodb::Field& field = layer.fields[column];
    if (!takes(field.type, given.kind)) {
        geodb::refuse(geodb::EditFault::ValueRefused,
                      "layer '" + layer.name + "', field '" + field.name + "' takes no " +
                          (given.kind == Kind::Date ? "date" : "GUID"));
    }
    return geodb::stored_value(layer, column, given.value);
}

Value stored_geometry(const Layer& layer, const std::optional<geodb::Geometry>& geometry) {
    if (!layer.geometry) {
        geodb::refuse(geodb::EditFault::GeometryRefused,
                      "'" + layer.name + "' is a table without geometries");
    }
    if (!geometry) return geodb::Null{};
    return geodb::write_gpb(geodb::fitted_geometry(layer, *geometry), layer.geometry->srs_id);
}

/// Puts a value under its name.
rhumb_status put(rhumb_feature* feature, rhumb_str field, rhumb_error* error, auto&& make_value) {
    return guard(error, [&] {
        require(feature, "feature");
        std::string name = name_of(field, "field");
        GivenValue given = make_value();
        const std::lock_guard lock(feature->mutex);
        feature->values.insert_or_assign(std::move(name), std::move(given));
    });
}

}  // namespace

std::vector<ColumnValue> rhumb_feature::stored(const Layer& layer) const {
    const std::lock_guard lock(mutex);
    std::vector<ColumnValue> columns;
    for (const auto& [name, given] : values) {
        const std::size_t column = column_of(layer, name);
        columns.push_back({column, stored_attribute(layer, column, given)});
    }
    if (has_geometry) {
        columns.push_back({layer.geometry_index(), stored_geometry(layer, geometry)});
    }
    const auto by_column = [](const ColumnValue& a, const ColumnValue& b) {
        return a.column < b.column;
    };
    std::sort(columns.begin(), columns.end(), by_column);
    const auto twice = std::adjacent_find(
        columns.begin(), columns.end(),
        [](const ColumnValue& a, const ColumnValue& b) { return a.column == b.column; });
    if (twice == columns.end()) return columns;
    throw Error(Status::InvalidArgument, "the feature has two values for field '" +
                                             layer.column_name(twice->column) +
                                             "', in different letter case");
}

rhumb_status rhumb_feature_new(rhumb_feature** out_feature, rhumb_error* error) {
    return guard(error, [&] {
        require_output(out_feature, "out_feature");
        *out_feature = new rhumb_feature();
    });
}

void rhumb_feature_release(rhumb_feature* feature) {
    delete feature;
}

rhumb_status rhumb_feature_clear(rhumb_feature* feature, rhumb_error* error) {
    return guard(error, [&] {
        require(feature, "feature");
        const std::lock_guard lock(feature->mutex);
        feature->values.clear();
        feature->has_geometry = false;
        feature->geometry.reset();
    });
}

rhumb_status rhumb_feature_set_null(rhumb_feature* feature, rhumb_str field, rhumb_error* error) {
    return put(feature, field, error, [] { return GivenValue{geodb::Null{}}; });
}

rhumb_status rhumb_feature_set_int64(rhumb_feature* feature, rhumb_str field, int64_t value,
                                     rhumb_error* error) {
    return put(feature, field, error, [&] { return GivenValue{value}; });
}

rhumb_status rhumb_feature_set_double(rhumb_feature* feature, rhumb_str field, double value,
                                      rhumb_error* error) {
    return put(feature, field, error, [&] {
        return std::isfinite(value) ? GivenValue{value} : GivenValue{geodb::Null{}};
    });
}

rhumb_status rhumb_feature_set_text(rhumb_feature* feature, rhumb_str field, rhumb_str value,
                                    rhumb_error* error) {
    return put(feature, field, error, [&] { return GivenValue{text_of(value, "value")}; });
}

rhumb_status rhumb_feature_set_blob(rhumb_feature* feature, rhumb_str field, rhumb_bytes value,
                                    rhumb_error* error) {
    return put(feature, field, error, [&] {
        if (value.size > 0) require(value.data, "value");
        const std::span bytes(value.data, value.size);
        return GivenValue{geodb::Blob(bytes.begin(), bytes.end())};
    });
}

rhumb_status rhumb_feature_set_date(rhumb_feature* feature, rhumb_str field, int64_t epoch_ms,
                                    rhumb_error* error) {
    return put(feature, field, error, [&] { return GivenValue{epoch_ms, Kind::Date}; });
}

rhumb_status rhumb_feature_set_guid(rhumb_feature* feature, rhumb_str field,
                                    const rhumb_guid* value, rhumb_error* error) {
    return put(feature, field, error, [&] {
        require(value, "value");
        return GivenValue{uuid_of(*value).braced(), Kind::Guid};
    });
}

rhumb_status rhumb_feature_set_geometry(rhumb_feature* feature, rhumb_bytes wkb,
                                        rhumb_error* error) {
    return guard(error, [&] {
        require(feature, "feature");
        std::optional<geodb::Geometry> geometry;
        if (wkb.data != nullptr) geometry = geodb::read_wkb({wkb.data, wkb.size});
        const std::lock_guard lock(feature->mutex);
        feature->has_geometry = true;
        feature->geometry = std::move(geometry);
    });
}
