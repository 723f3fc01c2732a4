// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/row_json.hpp"

#include "geodb/geometry/gpb.hpp"
#include "platform/error.hpp"
#include "sync/wire/esri_geometry.hpp"
#include "sync/wire/feature_json.hpp"

#include <algorithm>
#include <optional>

namespace rhumb::sync {
namespace {

using geodb::Layer;
using geodb::Value;

std::string hex(const geodb::Blob& blob) {
    constexpr const char* kDigits = "0123456789ABCDEF";
    std::string text;
    for (const std::uint8_t byte : blob) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

std::optional<geodb::Geometry> readable_gpb(const geodb::Blob& blob) {
    try {
        return geodb::read_gpb(blob);
    } catch (const Error& error) {
        if (error.status() == Status::Internal) throw;
        return std::nullopt;
    }
}

/// What another program stored and nobody here can read goes as hex: a service refuses that edit
/// by name and takes the others, and the list of what was refused keeps it.
void write_shape(wire::JsonWriter& writer, const Layer& layer, const Value& value) {
    const auto* blob = std::get_if<geodb::Blob>(&value);
    const bool plain = !layer.geometry->has_z && !layer.geometry->has_m;
    double x = 0;
    double y = 0;
    if (blob == nullptr) {
        writer.null();
    } else if (plain && geodb::gpb_point(*blob, x, y)) {
        wire::write_esri_point(writer, x, y);
    } else if (const auto geometry = readable_gpb(*blob)) {
        wire::EsriGeometryStyle style;
        style.z = layer.geometry->has_z;
        style.m = layer.geometry->has_m;
        if (geometry->empty()) {
            writer.null();
        } else {
            wire::write_esri_geometry(writer, *geometry, style);
        }
    } else {
        writer.string(hex(*blob));
    }
}

}  // namespace

void write_value(wire::JsonWriter& writer, const Layer& layer, std::size_t column,
                 const Value& value) {
    if (layer.geometry && column == layer.geometry_index()) {
        write_shape(writer, layer, value);
    } else {
        wire::FeatureJsonWriter::write_value(writer, layer.fields[column], value);
    }
}

std::string value_json(const Layer& layer, std::size_t column, const Value& value) {
    std::string text;
    wire::JsonWriter writer(text);
    write_value(writer, layer, column, value);
    return text;
}

void write_row(wire::JsonWriter& writer, const Layer& layer, const geodb::GlobalId& feature,
               const std::vector<std::size_t>& columns, const std::vector<Value>& values) {
    writer.begin_object().key("attributes").begin_object();
    writer.key(layer.fields[layer.global_id_index()].name).string(feature.value.braced());
    bool with_shape = false;
    for (const std::size_t column : columns) {
        if (column >= layer.fields.size()) {
            with_shape = true;
            continue;
        }
        if (!layer.fields[column].editable()) continue;
        writer.key(layer.fields[column].name);
        write_value(writer, layer, column, values[column]);
    }
    writer.end_object();
    if (with_shape) {
        writer.key("geometry");
        write_value(writer, layer, layer.geometry_index(), values[layer.geometry_index()]);
    }
    writer.end_object();
}

std::string row_json(const Layer& layer, const geodb::GlobalId& feature,
                     const std::vector<Value>& values) {
    std::string text;
    wire::JsonWriter writer(text);
    write_row(writer, layer, feature, sent_columns(layer), values);
    return text;
}

std::string edit_json(const Layer& layer, const geodb::NetEdit& edit) {
    const bool deleted = edit.kind == geodb::NetEdit::Kind::Delete;
    return row_json(layer, edit.feature, deleted ? edit.before : edit.after);
}

std::vector<std::size_t> sent_columns(const Layer& layer) {
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < layer.column_count(); ++i) {
        if (i >= layer.fields.size() || layer.fields[i].editable()) columns.push_back(i);
    }
    return columns;
}

}  // namespace rhumb::sync
