// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/extract_text.hpp"

#include "geodb/geometry/gpb.hpp"
#include "geodb/geometry/wkt.hpp"
#include "platform/number.hpp"
#include "sync/wire/feature_json.hpp"
#include "sync/wire/geojson.hpp"
#include "sync/wire/layer_json.hpp"

#include <cmath>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::service {
namespace {

constexpr std::int32_t kWgs84 = 4326;

StoreQuery all_of(const Layer& layer, const ReplicaView& view) {
    StoreQuery query;
    query.layer = layer.id;
    query.members_of = &view.scope();
    for (std::size_t i = 0; i < layer.column_count(); ++i) query.columns.push_back(i);
    return query;
}

/// The shape as it goes out; none when there is none.
std::optional<geodb::Geometry> shape_of(const Layer& layer, const FeatureRow& row,
                                        const geodb::CoordinateTransform* transform) {
    if (!layer.geometry) return std::nullopt;
    const auto* blob = std::get_if<geodb::Blob>(&row.values[layer.geometry_index()]);
    if (blob == nullptr) return std::nullopt;
    geodb::Geometry geometry = geodb::read_gpb(*blob);
    if (geometry.empty()) return std::nullopt;
    if (transform != nullptr) transform->apply(geometry);
    return geometry;
}

void append_text(std::string& line, const std::string& text) {
    const bool quoted = text.empty() || text.find_first_of(",\"\r\n") != std::string::npos ||
                        text.front() == ' ' || text.back() == ' ';
    if (!quoted) {
        line += text;
        return;
    }
    line += '"';
    for (const char c : text) {
        if (c == '"') line += '"';
        line += c;
    }
    line += '"';
}

void append_value(std::string& line, const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) {
        append_text(line, *text);
    } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        append_integer(line, *whole);
    } else if (const auto* real = std::get_if<double>(&value)) {
        if (std::isfinite(*real)) append_double(line, *real);
    }
}

class CsvLines {
public:
    CsvLines(const Layer& layer, const geodb::CoordinateTransform* transform)
        : layer_(layer),
          transform_(transform),
          columns_(wire::json_columns(layer)),
          points_(layer.geometry && layer.geometry->type == geodb::GeometryType::Point) {}

    void header(std::string& line) const {
        append_text(line, wire::object_id_name(layer_));
        for (const std::size_t column : columns_) {
            line += ',';
            append_text(line, layer_.fields[column].name);
        }
        if (layer_.geometry) line += points_ ? ",x,y" : ",WKT";
        line += "\r\n";
    }

    void row(std::string& line, const FeatureRow& row) const {
        append_integer(line, row.oid.value);
        for (const std::size_t column : columns_) {
            line += ',';
            append_value(line, row.values[column]);
        }
        if (layer_.geometry) append_shape(line, shape_of(layer_, row, transform_));
        line += "\r\n";
    }

private:
    void append_shape(std::string& line, const std::optional<geodb::Geometry>& shape) const {
        line += ',';
        if (!points_) {
            if (shape) append_text(line, geodb::write_wkt(*shape));
            return;
        }
        const bool there =
            shape && std::isfinite(shape->coordinates[0]) && std::isfinite(shape->coordinates[1]);
        if (there) append_double(line, shape->coordinates[0]);
        line += ',';
        if (there) append_double(line, shape->coordinates[1]);
    }

    const Layer& layer_;
    const geodb::CoordinateTransform* transform_;
    std::vector<std::size_t> columns_;
    bool points_;
};

void write_feature(wire::JsonWriter& writer, const Layer& layer,
                   const std::vector<std::size_t>& columns, const FeatureRow& row,
                   const std::optional<geodb::Geometry>& shape) {
    writer.begin_object().key("type").string("Feature").key("id").integer(row.oid.value);
    writer.key("geometry");
    if (shape) {
        wire::write_geojson_geometry(writer, *shape);
    } else {
        writer.null();
    }
    writer.key("properties").begin_object();
    for (const std::size_t column : columns) {
        writer.key(layer.fields[column].name);
        wire::FeatureJsonWriter::write_value(writer, layer.fields[column], row.values[column]);
    }
    writer.end_object().end_object();
}

}  // namespace

void write_geojson_layer(Spool& spool, const Layer& layer, StoreSnapshot& snapshot,
                         const ReplicaView& view, std::int32_t epsg) {
    wire::JsonWriter writer(spool.buffer());
    writer.begin_object().key("type").string("FeatureCollection");
    writer.key("name").string(layer.name);
    if (epsg != kWgs84) {
        writer.key("crs").begin_object().key("type").string("name").key("properties");
        writer.begin_object().key("name").string("urn:ogc:def:crs:EPSG::" + std::to_string(epsg));
        writer.end_object().end_object();
    }
    writer.key("features").begin_array();
    const auto columns = wire::json_columns(layer);
    const auto* transform = view.transform(layer.id);
    snapshot.select(all_of(layer, view), [&](const FeatureRow& row) {
        write_feature(writer, layer, columns, row, shape_of(layer, row, transform));
        spool.settle();
    });
    writer.end_array().end_object();
}

void write_csv_layer(Spool& spool, const Layer& layer, StoreSnapshot& snapshot,
                     const ReplicaView& view) {
    const CsvLines lines(layer, view.transform(layer.id));
    lines.header(spool.buffer());
    snapshot.select(all_of(layer, view), [&](const FeatureRow& row) {
        lines.row(spool.buffer(), row);
        spool.settle();
    });
}

}  // namespace rhumb::service
