// SPDX-License-Identifier: Apache-2.0
#include "sync/service/query/geojson_answer.hpp"

#include "sync/service/query/feature_rows.hpp"
#include "sync/wire/geojson.hpp"
#include "sync/wire/layer_json.hpp"

#include <string>

namespace rhumb::service {
namespace {

using wire::JsonWriter;

constexpr std::int32_t kWgs84 = 4326;

class GeoJsonRows {
public:
    explicit GeoJsonRows(const QueryPlan& plan)
        : plan_(plan),
          changes_(*plan.layer, plan.shape),
          at_(places_of(*plan.layer, plan.rows.columns)),
          object_id_(wire::object_id_name(*plan.layer)) {}

    void write(JsonWriter& writer, const FeatureRow& row) const {
        writer.begin_object().key("type").string("Feature").key("id").integer(row.oid.value);
        writer.key("geometry");
        write_shape(writer, row);
        writer.key("properties").begin_object();
        writer.key(object_id_).integer(row.oid.value);
        for (const std::size_t field : plan_.fields) {
            writer.key(plan_.layer->fields[field].name);
            wire::FeatureJsonWriter::write_value(writer, plan_.layer->fields[field],
                                                 row.values[at_[field]]);
        }
        writer.end_object().end_object();
    }

private:
    void write_shape(JsonWriter& writer, const FeatureRow& row) const {
        if (!plan_.shape.with) {
            writer.null();
            return;
        }
        const Value& stored = row.values[at_[plan_.layer->geometry_index()]];
        const auto geometry = changes_.shape_of(stored, !plan_.shape.z);
        if (!geometry) {
            writer.null();
            return;
        }
        wire::write_geojson_geometry(writer, *geometry, plan_.shape.precision);
    }

    const QueryPlan& plan_;
    ShapeChanges changes_;
    std::vector<std::size_t> at_;
    std::string object_id_;
};

}  // namespace

void begin_collection(JsonWriter& writer, std::int32_t epsg) {
    writer.key("type").string("FeatureCollection");
    if (epsg == kWgs84) return;
    // What GeoJSON had before RFC 7946; GDAL and others read it.
    writer.key("crs").begin_object().key("type").string("name");
    writer.key("properties").begin_object();
    writer.key("name").string("urn:ogc:def:crs:EPSG::" + std::to_string(epsg));
    writer.end_object().end_object();
}

void end_collection(JsonWriter& writer, bool more) {
    if (!more) return;
    writer.key("properties").begin_object().key("exceededTransferLimit").boolean(true);
    writer.end_object().key("exceededTransferLimit").boolean(true);
}

std::int64_t write_feature_collection(JsonWriter& writer, Spool& spool, StoreSnapshot& snapshot,
                                      const QueryPlan& plan) {
    begin_collection(writer, plan.shape.epsg);
    writer.key("features").begin_array();
    const GeoJsonRows rows(plan);
    const PageWritten page =
        write_page(snapshot, plan, spool, [&](const FeatureRow& row) { rows.write(writer, row); });
    writer.end_array();
    end_collection(writer, page.more);
    return page.rows;
}

}  // namespace rhumb::service
