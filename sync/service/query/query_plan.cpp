// SPDX-License-Identifier: Apache-2.0
#include "sync/service/query/query_plan.hpp"

#include "platform/text.hpp"
#include "sync/service/query/quantization_parameters.hpp"
#include "sync/service/query/spatial_parameters.hpp"

#include <string>

namespace rhumb::service {
namespace {

/// What would change the answer and is not offered. `time` needs a layer with timeInfo, and the
/// layers here have none.
void refuse_not_offered(const http::Parameters& parameters) {
    refuse_parameters(parameters, {"time", "historicMoment", "fullText", "uniqueIds"});
    const std::string format = lowered(trimmed(parameters.get("sqlFormat")));
    for (const char* known : {"", "none", "standard", "native"}) {
        if (format == known) return;
    }
    throw Error(Status::InvalidArgument,
                "'sqlFormat' is '" + excerpt(format, 60) + "', not none, standard or native");
}

void read_selection(const Call& call, const Layer& layer, QueryPlan& plan) {
    plan.rows.layer = layer.id;
    plan.rows.where = trimmed(call.parameters.get("where"));
    plan.rows.user = call.owner;
    plan.rows.object_ids = object_ids_parameter(call.parameters);
    plan.area = spatial_parameters(call.parameters, layer, call.limits.input);
    plan.rows.area = plan.area.get();
    if (plan.rows.where.empty() && !plan.rows.object_ids && !plan.area) {
        throw Error(Status::InvalidArgument,
                    "'where' is missing; where=1=1 asks for all (objectIds or geometry would do)");
    }
}

/// returnCountOnly beats returnIdsOnly, and tells the count beside an extent.
QueryPlan::Form form_of(const http::Parameters& parameters, bool summary) {
    using Form = QueryPlan::Form;
    const bool ids = boolean_parameter(parameters, "returnIdsOnly", false);
    const bool count = boolean_parameter(parameters, "returnCountOnly", false);
    const bool extent = boolean_parameter(parameters, "returnExtentOnly", false);
    const bool statistics = parameters.has("outStatistics");
    if (statistics && (extent || (ids && !count))) {
        throw Error(Status::InvalidArgument,
                    "'outStatistics' goes with neither returnIdsOnly nor "
                    "returnExtentOnly");
    }
    if (extent) return Form::Extent;
    if (count) return Form::Count;
    if (ids) return Form::Ids;
    return summary ? Form::Summary : Form::Features;
}

void read_features(const Call& call, const Layer& layer, QueryPlan& plan) {
    plan.fields = out_fields_parameter(call.parameters, layer);
    plan.rows.order = order_parameter(call.parameters, layer);
    plan.rows.columns = plan.fields;
    if (plan.shape.needed()) plan.rows.columns.push_back(layer.geometry_index());
    plan.rows.offset = plan.page.offset;
    plan.rows.limit = plan.page.rows_to_read();
}

bool has_polygons(const Layer& layer) {
    if (!layer.geometry) return false;
    const geodb::GeometryType type = layer.geometry->type;
    return type == geodb::GeometryType::Polygon || type == geodb::GeometryType::MultiPolygon;
}

/// What only a query of features takes.
void read_map_form(const http::Parameters& parameters, const Layer& layer, QueryPlan& plan) {
    ShapeStyle& shape = plan.shape;
    const bool asked = boolean_parameter(parameters, "returnCentroid", false);
    shape.grid = quantization_parameters(parameters, shape);
    if (plan.format == QueryFormat::GeoJson) {  // has a place for neither
        shape.grid.reset();
        return;
    }
    shape.centroid = asked && has_polygons(layer);
    if (plan.format == QueryFormat::Pbf && !shape.grid && layer.geometry) {
        shape.grid = default_grid(shape.epsg);
    }
}

}  // namespace

QueryPlan read_query_plan(const Call& call, const Layer& layer) {
    const http::Parameters& parameters = call.parameters;
    QueryPlan plan;
    plan.layer = &layer;
    plan.format = query_format(parameters, true);
    refuse_not_offered(parameters);
    read_selection(call, layer, plan);
    plan.page = page_parameters(call, plan.rows.object_ids.has_value());
    plan.shape = shape_parameters(parameters, layer, plan.format);
    read_map_form(parameters, layer, plan);
    plan.summary = summary_parameters(call, layer, plan.rows, plan.page);
    plan.form = form_of(parameters, plan.summary.has_value());
    if (!plan.summary) read_features(call, layer, plan);
    return plan;
}

}  // namespace rhumb::service
