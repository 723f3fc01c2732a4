// SPDX-License-Identifier: Apache-2.0
#include "sync/service/query/query_answer.hpp"

#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/envelope.hpp"
#include "geodb/geometry/gpb.hpp"
#include "sync/service/query/feature_set.hpp"
#include "sync/service/query/geojson_answer.hpp"
#include "sync/service/query/summary_answer.hpp"
#include "sync/wire/extent.hpp"
#include "sync/wire/layer_json.hpp"
#include "sync/wire/spatial_reference.hpp"

#include <optional>

namespace rhumb::service {
namespace {

using geodb::Envelope;
using wire::JsonWriter;

void write_ids(JsonWriter& writer, Spool& spool, StoreSnapshot& snapshot, const QueryPlan& plan) {
    writer.key("objectIdFieldName").string(wire::object_id_name(*plan.layer));
    writer.key("objectIds").begin_array();
    snapshot.select(without_page(plan), [&](const FeatureRow& row) {
        writer.integer(row.oid.value);
        spool.settle();
    });
    writer.end_array();
}

void write_count(JsonWriter& writer, StoreSnapshot& snapshot, const QueryPlan& plan) {
    const std::int64_t count = count_of(snapshot, plan);
    if (plan.format != QueryFormat::GeoJson) {
        writer.key("count").integer(count);
        return;
    }
    writer.key("type").string("FeatureCollection").key("properties").begin_object();
    writer.key("count").integer(count).end_object().key("count").integer(count);
    writer.key("features").begin_array().end_array();
}

struct Extent {
    std::int64_t count = 0;
    std::optional<Envelope> box;
};

/// None for a blob that is no geometry: another program put it there.
std::optional<Envelope> box_of(const geodb::Blob& shape) {
    try {
        return geodb::gpb_envelope(shape);
    } catch (const Error&) {
        return std::nullopt;
    }
}

Extent measure(StoreSnapshot& snapshot, const QueryPlan& plan) {
    const Layer& layer = *plan.layer;
    Extent extent;
    StoreQuery query = without_page(plan);
    query.order.clear();
    if (layer.geometry) query.columns = {layer.geometry_index()};
    snapshot.select(query, [&](const FeatureRow& row) {
        ++extent.count;
        if (row.values.empty()) return;
        const auto* shape = std::get_if<geodb::Blob>(&row.values[0]);
        if (shape != nullptr) geodb::expand(extent.box, box_of(*shape));
    });
    if (!extent.box) return extent;
    in_parameter("outSR", [&] {
        const geodb::CoordinateTransform transform(layer.geometry->srs_id, plan.shape.epsg);
        if (!transform.is_identity()) extent.box = transform.apply(*extent.box);
    });
    return extent;
}

/// GDAL looks for the text `"bbox":[`.
void write_bbox(JsonWriter& writer, const Extent& extent) {
    writer.key("type").string("FeatureCollection").key("bbox").begin_array();
    if (const auto& box = extent.box) {
        writer.number(box->min_x).number(box->min_y).number(box->max_x).number(box->max_y);
    }
    writer.end_array().key("properties").begin_object().key("count").integer(extent.count);
    writer.end_object().key("count").integer(extent.count);
    writer.key("features").begin_array().end_array();
}

void write_extent(JsonWriter& writer, StoreSnapshot& snapshot, const QueryPlan& plan) {
    const Extent extent = measure(snapshot, plan);
    if (plan.format == QueryFormat::GeoJson) return write_bbox(writer, extent);
    writer.key("count").integer(extent.count).key("extent");
    wire::write_extent(writer, extent.box, plan.shape.epsg);
}

}  // namespace

StoreQuery without_page(const QueryPlan& plan) {
    StoreQuery query = plan.rows;
    query.columns.clear();
    query.offset = 0;
    query.limit = -1;
    return query;
}

std::int64_t count_of(StoreSnapshot& snapshot, const QueryPlan& plan) {
    return plan.summary ? snapshot.count_summary(plan.summary->asked)
                        : snapshot.count(without_page(plan));
}

std::int64_t write_query_answer(JsonWriter& writer, Spool& spool, StoreSnapshot& snapshot,
                                const QueryPlan& plan) {
    switch (plan.form) {
        case QueryPlan::Form::Ids:
            write_ids(writer, spool, snapshot, plan);
            return -1;
        case QueryPlan::Form::Count:
            write_count(writer, snapshot, plan);
            return -1;
        case QueryPlan::Form::Extent:
            write_extent(writer, snapshot, plan);
            return -1;
        case QueryPlan::Form::Summary:
            return write_summary(writer, spool, snapshot, plan);
        case QueryPlan::Form::Features:
            break;
    }
    if (plan.format == QueryFormat::GeoJson)
        return write_feature_collection(writer, spool, snapshot, plan);
    return write_feature_set(writer, spool, snapshot, plan);
}

}  // namespace rhumb::service
