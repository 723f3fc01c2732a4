// SPDX-License-Identifier: Apache-2.0
#include "sync/service/query/feature_set.hpp"

#include "sync/service/query/feature_rows.hpp"
#include "sync/wire/esri_geometry.hpp"
#include "sync/wire/grid_json.hpp"
#include "sync/wire/layer_json.hpp"
#include "sync/wire/spatial_reference.hpp"

namespace rhumb::service {

using wire::JsonWriter;

void write_shape_members(JsonWriter& writer, const Layer& layer, const ShapeStyle& style) {
    if (!layer.geometry) return;
    writer.key("geometryType").string(wire::esri_geometry_type_name(layer.geometry->type));
    writer.key("hasZ").boolean(style.z).key("hasM").boolean(style.m);
    writer.key("spatialReference");
    wire::write_spatial_reference(writer, style.epsg);
    if (style.grid) wire::write_transform(writer, *style.grid);
}

void write_field_members(JsonWriter& writer, const Layer& layer,
                         const std::vector<std::size_t>& fields) {
    writer.key("fields").begin_array();
    wire::write_object_id_field(writer, layer);
    for (const std::size_t field : fields) wire::write_field(writer, layer.fields[field], false);
    writer.end_array();
}

std::int64_t write_feature_set(JsonWriter& writer, Spool& spool, StoreSnapshot& snapshot,
                               const QueryPlan& plan) {
    const Layer& layer = *plan.layer;
    writer.key("objectIdFieldName").string(wire::object_id_name(layer));
    writer.key("globalIdFieldName").string(layer.fields[layer.global_id_index()].name);
    write_shape_members(writer, layer, plan.shape);
    write_field_members(writer, layer, plan.fields);
    writer.key("features").begin_array();
    const EsriRows rows(layer, plan.fields, plan.rows.columns, plan.shape);
    const PageWritten page =
        write_page(snapshot, plan, spool, [&](const FeatureRow& row) { rows.write(writer, row); });
    writer.end_array();
    if (page.more) writer.key("exceededTransferLimit").boolean(true);
    return page.rows;
}

}  // namespace rhumb::service
