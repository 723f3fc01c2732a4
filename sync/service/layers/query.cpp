// SPDX-License-Identifier: Apache-2.0
#include "sync/service/layers/query.hpp"

#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/envelope.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/query/order_by.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/layers/area_filter.hpp"
#include "sync/wire/esri_geometry.hpp"
#include "sync/wire/feature_json.hpp"
#include "sync/wire/geojson.hpp"
#include "sync/wire/json_writer.hpp"
#include "sync/wire/layer_json.hpp"
#include "sync/wire/spatial_reference.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace rhumb::service {
namespace {

using geodb::CoordinateTransform;
using geodb::SpatialFilter;
using wire::JsonWriter;

constexpr std::int32_t kWgs84 = 4326;

/// A query as it was asked, ready for the store.
struct Asked {
    StoreQuery query;
    std::optional<SpatialFilter> area;
    std::vector<std::size_t> fields;  ///< of the answer, in the layer's order
    bool with_geometry = false;
    bool geojson = false;
    std::int32_t out_epsg = kWgs84;
    wire::FeatureJsonWriter::Style style;
    bool explicit_page = false;
};

std::vector<std::size_t> out_fields(const Call& call, const Layer& layer, bool& object_id) {
    const auto names = list_parameter(call.parameters, "outFields");
    std::vector<std::size_t> fields;
    object_id = true;
    for (const std::string& name : names) {
        if (name == "*") return wire::json_columns(layer);
        if (equal_ignoring_case(name, wire::object_id_name(layer))) continue;
        const auto field = layer.find_field(name);
        if (!field) {
            throw Error(Status::InvalidArgument,
                        "'outFields' names an unknown field '" + excerpt(name, 60) + "'");
        }
        if (std::find(fields.begin(), fields.end(), *field) == fields.end()) {
            fields.push_back(*field);
        }
    }
    return fields;
}

std::vector<geodb::OrderColumn> order_parameter(const Call& call, const Layer& layer) {
    std::vector<geodb::OrderColumn> order;
    for (const geodb::OrderField& wanted :
         geodb::parse_order_by(call.parameters.get("orderByFields"))) {
        if (equal_ignoring_case(wanted.name, wire::object_id_name(layer))) {
            order.push_back({std::nullopt, wanted.descending});
            continue;
        }
        const auto field = layer.find_field(wanted.name);
        if (!field) {
            throw Error(Status::InvalidArgument, "'orderByFields' names an unknown field '" +
                                                     excerpt(wanted.name, 60) + "'");
        }
        order.push_back({*field, wanted.descending});
    }
    return order;
}

void read_selection(const Call& call, const Layer& layer, Asked& asked) {
    const auto& parameters = call.parameters;
    asked.query.layer = layer.id;
    asked.query.where = trimmed(parameters.get("where"));
    if (parameters.has("objectIds")) {
        asked.query.object_ids.emplace();
        for (const std::int64_t id : integer_list_parameter(parameters, "objectIds")) {
            asked.query.object_ids->push_back({id});
        }
    }
    asked.area = area_parameter(call, layer);
    if (asked.query.where.empty() && !asked.query.object_ids && !asked.area) {
        throw Error(Status::InvalidArgument,
                    "'where' is missing; where=1=1 asks for all (objectIds or geometry would do)");
    }
}

void read_page(const Call& call, Asked& asked) {
    const auto offset = integer_parameter(call.parameters, "resultOffset").value_or(0);
    const auto count = integer_parameter(call.parameters, "resultRecordCount");
    if (offset < 0) throw Error(Status::InvalidArgument, "'resultOffset' is negative");
    if (count && *count < 0)
        throw Error(Status::InvalidArgument, "'resultRecordCount' is negative");
    const std::int64_t page = count && *count > 0 ? std::min(*count, call.limits.max_record_count)
                                                  : call.limits.max_record_count;
    asked.query.offset = offset;
    // Rows that were named one by one are answered whole; one row more than the page tells
    // whether there are others.
    asked.query.limit = asked.query.object_ids && !count ? -1 : page + 1;
}

Asked read_query(const Call& call, const Layer& layer) {
    const auto& parameters = call.parameters;
    refuse_parameters(parameters, {"outStatistics", "groupByFieldsForStatistics", "havingClause",
                                   "distance", "time", "relationParam", "fullText"});
    if (boolean_parameter(parameters, "returnDistinctValues", false)) {
        throw Error(Status::Unsupported, "'returnDistinctValues' is not offered by this service");
    }
    Asked asked;
    read_selection(call, layer, asked);
    read_page(call, asked);
    bool object_id = true;
    asked.fields = out_fields(call, layer, object_id);
    asked.query.columns = asked.fields;
    asked.query.order = order_parameter(call, layer);
    asked.geojson = equal_ignoring_case(parameters.get("f"), "geojson");
    asked.with_geometry = layer.geometry && boolean_parameter(parameters, "returnGeometry", true);
    if (asked.with_geometry) asked.query.columns.push_back(layer.geometry_index());
    asked.style.geometry = asked.with_geometry;
    asked.style.z = boolean_parameter(parameters, "returnZ", false);
    asked.style.m = boolean_parameter(parameters, "returnM", false);
    const auto precision = integer_parameter(parameters, "geometryPrecision");
    if (precision)
        asked.style.precision = static_cast<int>(std::clamp<std::int64_t>(*precision, 0, 15));
    const std::int32_t own = layer.geometry ? layer.geometry->srs_id : kWgs84;
    const auto out = wire::read_spatial_reference_parameter(parameters.get("outSR"), "outSR");
    asked.out_epsg = out.value_or(asked.geojson ? kWgs84 : own);
    return asked;
}

std::string ids_json(const Layer& layer, StoreSnapshot& snapshot, StoreQuery query) {
    query.columns.clear();
    query.limit = -1;
    query.offset = 0;
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().key("objectIdFieldName").string(wire::object_id_name(layer));
    writer.key("objectIds").begin_array();
    snapshot.select(query, [&](const FeatureRow& row) { writer.integer(row.oid.value); });
    writer.end_array().end_object();
    return text;
}

/// The box around the matching features, in the reference of the answer.
std::string extent_json(const Layer& layer, StoreSnapshot& snapshot, Asked& asked) {
    std::optional<geodb::Envelope> box;
    std::int64_t count = 0;
    StoreQuery query = asked.query;
    query.columns.clear();
    if (layer.geometry) query.columns = {layer.geometry_index()};
    query.limit = -1;
    snapshot.select(query, [&](const FeatureRow& row) {
        ++count;
        if (row.values.empty()) return;
        const auto* shape = std::get_if<geodb::Blob>(&row.values[0]);
        if (shape != nullptr) geodb::expand(box, geodb::gpb_envelope(*shape));
    });
    if (box && layer.geometry) {
        const CoordinateTransform transform(layer.geometry->srs_id, asked.out_epsg);
        if (!transform.is_identity()) box = transform.apply(*box);
    }
    std::string text;
    JsonWriter writer(text);
    if (asked.geojson) {
        writer.begin_object().key("type").string("FeatureCollection").key("bbox").begin_array();
        if (box) {
            writer.number(box->min_x).number(box->min_y).number(box->max_x).number(box->max_y);
        }
        writer.end_array().key("properties").begin_object().key("count").integer(count);
        writer.end_object().key("count").integer(count);
        writer.key("features").begin_array().end_array().end_object();
        return text;
    }
    writer.begin_object().key("count").integer(count).key("extent").begin_object();
    const auto side = [&](const char* name, double value) {
        writer.key(name);
        if (box) {
            writer.number(value);
        } else {
            writer.null();
        }
    };
    side("xmin", box ? box->min_x : 0);
    side("ymin", box ? box->min_y : 0);
    side("xmax", box ? box->max_x : 0);
    side("ymax", box ? box->max_y : 0);
    writer.key("spatialReference");
    wire::write_spatial_reference(writer, asked.out_epsg);
    writer.end_object().end_object();
    return text;
}

/// Where in a row of the store a layer's column stands.
std::vector<std::size_t> positions(const Layer& layer, const StoreQuery& query) {
    std::vector<std::size_t> at(layer.column_count(), 0);
    for (std::size_t i = 0; i < query.columns.size(); ++i) at[query.columns[i]] = i;
    return at;
}

std::optional<CoordinateTransform> transform_for(const Layer& layer, const Asked& asked) {
    if (!layer.geometry || !asked.with_geometry) return std::nullopt;
    CoordinateTransform transform(layer.geometry->srs_id, asked.out_epsg);
    if (transform.is_identity()) return std::nullopt;
    return transform;
}

/// Hands each row of the page to `write`; true when there are more.
template <class WriteRow>
bool write_page(StoreSnapshot& snapshot, const Asked& asked, Spool& spool, const WriteRow& write) {
    std::int64_t room = asked.query.limit - 1;
    bool more = false;
    snapshot.select(asked.query, [&](const FeatureRow& row) {
        if (asked.query.limit >= 0 && room-- == 0) {
            more = true;
            return;
        }
        write(row);
        spool.settle();
    });
    return more;
}

void write_feature_set(const Layer& layer, StoreSnapshot& snapshot, const Asked& asked,
                       Spool& spool) {
    JsonWriter writer(spool.buffer());
    writer.begin_object().key("objectIdFieldName").string(wire::object_id_name(layer));
    writer.key("globalIdFieldName").string(layer.fields[layer.global_id_index()].name);
    if (layer.geometry) {
        writer.key("geometryType").string(wire::esri_geometry_type_name(layer.geometry->type));
        writer.key("hasZ").boolean(asked.style.z && layer.geometry->has_z);
        writer.key("hasM").boolean(asked.style.m && layer.geometry->has_m);
        writer.key("spatialReference");
        wire::write_spatial_reference(writer, asked.out_epsg);
    }
    writer.key("fields").begin_array();
    wire::write_object_id_field(writer, layer);
    for (const std::size_t field : asked.fields)
        wire::write_field(writer, layer.fields[field], false);
    writer.end_array().key("features").begin_array();
    wire::FeatureJsonWriter features(layer, asked.fields, asked.style);
    const auto transform = transform_for(layer, asked);
    if (transform) features.project_with(&*transform);
    const auto at = positions(layer, asked.query);
    const bool more = write_page(snapshot, asked, spool, [&](const FeatureRow& row) {
        features.write(writer, row.oid,
                       [&](std::size_t column) -> const Value& { return row.values[at[column]]; });
    });
    writer.end_array();
    if (more) writer.key("exceededTransferLimit").boolean(true);
    writer.end_object();
}

void write_geojson_feature(JsonWriter& writer, const Layer& layer, const Asked& asked,
                           const FeatureRow& row, const std::vector<std::size_t>& at,
                           const CoordinateTransform* transform) {
    writer.begin_object().key("type").string("Feature").key("id").integer(row.oid.value);
    writer.key("geometry");
    const Value* shape = asked.with_geometry ? &row.values[at[layer.geometry_index()]] : nullptr;
    const auto* blob = shape != nullptr ? std::get_if<geodb::Blob>(shape) : nullptr;
    if (blob != nullptr) {
        geodb::Geometry geometry = geodb::read_gpb(*blob);
        if (transform != nullptr) transform->apply(geometry);
        wire::write_geojson_geometry(writer, geometry, asked.style.precision);
    } else {
        writer.null();
    }
    writer.key("properties").begin_object();
    writer.key(wire::object_id_name(layer)).integer(row.oid.value);
    for (const std::size_t field : asked.fields) {
        writer.key(layer.fields[field].name);
        wire::FeatureJsonWriter::write_value(writer, layer.fields[field], row.values[at[field]]);
    }
    writer.end_object().end_object();
}

void write_feature_collection(const Layer& layer, StoreSnapshot& snapshot, const Asked& asked,
                              Spool& spool) {
    JsonWriter writer(spool.buffer());
    writer.begin_object().key("type").string("FeatureCollection");
    if (asked.out_epsg != kWgs84) {
        writer.key("crs")
            .begin_object()
            .key("type")
            .string("name")
            .key("properties")
            .begin_object();
        writer.key("name").string("urn:ogc:def:crs:EPSG::" + std::to_string(asked.out_epsg));
        writer.end_object().end_object();
    }
    writer.key("features").begin_array();
    const auto transform = transform_for(layer, asked);
    const auto at = positions(layer, asked.query);
    const bool more = write_page(snapshot, asked, spool, [&](const FeatureRow& row) {
        write_geojson_feature(writer, layer, asked, row, at, transform ? &*transform : nullptr);
    });
    writer.end_array();
    if (more) {
        // Where GDAL looks, and where older clients do.
        writer.key("properties").begin_object().key("exceededTransferLimit").boolean(true);
        writer.end_object().key("exceededTransferLimit").boolean(true);
    }
    writer.end_object();
}

}  // namespace

http::Response query_layer(const Call& call, const Layer& layer) {
    Asked asked = read_query(call, layer);
    if (asked.area) asked.query.area = &*asked.area;
    const auto snapshot = call.store.snapshot();
    if (boolean_parameter(call.parameters, "returnExtentOnly", false)) {
        return answer_json(call.parameters, extent_json(layer, *snapshot, asked));
    }
    if (boolean_parameter(call.parameters, "returnCountOnly", false)) {
        const std::int64_t count = snapshot->count(asked.query);
        return answer_json(call.parameters, "{\"count\":" + std::to_string(count) + "}");
    }
    if (boolean_parameter(call.parameters, "returnIdsOnly", false)) {
        return answer_json(call.parameters, ids_json(layer, *snapshot, asked.query));
    }
    Spool spool(call.results.temporary());
    if (asked.geojson) {
        write_feature_collection(layer, *snapshot, asked, spool);
    } else {
        write_feature_set(layer, *snapshot, asked, spool);
    }
    return answer_spooled(call.parameters, spool);
}

http::Response single_feature(const Call& call, const Layer& layer, ObjectId oid) {
    StoreQuery query;
    query.layer = layer.id;
    query.object_ids = std::vector<ObjectId>{oid};
    for (std::size_t i = 0; i < layer.column_count(); ++i) query.columns.push_back(i);
    std::string text;
    JsonWriter writer(text);
    const wire::FeatureJsonWriter features(layer, wire::json_columns(layer), {});
    writer.begin_object().key("feature");
    bool found = false;
    call.store.snapshot()->select(query, [&](const FeatureRow& row) {
        found = true;
        features.write(writer, row.oid,
                       [&](std::size_t column) -> const Value& { return row.values[column]; });
    });
    writer.end_object();
    if (!found) {
        throw Error(Status::NotFound,
                    "layer '" + layer.name + "' has no feature " + std::to_string(oid.value));
    }
    return answer_json(call.parameters, std::move(text));
}

}  // namespace rhumb::service
