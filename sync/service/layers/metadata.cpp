// SPDX-License-Identifier: Apache-2.0
#include "sync/service/layers/metadata.hpp"

#include "geodb/column_types.hpp"
#include "geodb/geometry/crs.hpp"
#include "sync/delta/delta_header.hpp"
#include "sync/service/layers/editing_metadata.hpp"
#include "sync/service/layers/relationship_metadata.hpp"
#include "sync/service/query/page_parameters.hpp"
#include "sync/service/query/spatial_parameters.hpp"
#include "sync/service/replicas/history_mark.hpp"
#include "sync/wire/esri_geometry.hpp"
#include "sync/wire/extent.hpp"
#include "sync/wire/json_writer.hpp"
#include "sync/wire/layer_definition.hpp"
#include "sync/wire/layer_json.hpp"
#include "sync/wire/spatial_reference.hpp"

#include <optional>

namespace rhumb::service {
namespace {

using geodb::Envelope;
using wire::JsonWriter;

constexpr const char* kQueryFormats = "JSON, geoJSON, PBF";
constexpr const char* kExportFormats = "json,geojson,csv,geopackage";

/// All layers' extents in the service's reference.
std::optional<Envelope> full_extent(const Call& call, StoreSnapshot& snapshot, std::int32_t epsg) {
    std::optional<Envelope> all;
    for (const Layer& layer : call.store.layers()) {
        auto extent = snapshot.extent(layer.id);
        if (!extent) continue;
        const geodb::CoordinateTransform transform(layer.geometry->srs_id, epsg);
        if (!transform.is_identity()) extent = transform.apply(*extent);
        if (!all) all = extent;
        all = Envelope{std::min(all->min_x, extent->min_x), std::min(all->min_y, extent->min_y),
                       std::max(all->max_x, extent->max_x), std::max(all->max_y, extent->max_y)};
    }
    return all;
}

void write_sync_capabilities(JsonWriter& writer, const Call& call) {
    const bool syncs = has_capability(call, "Sync");
    writer.key("syncEnabled").boolean(syncs).key("syncCapabilities").begin_object();
    writer.key("supportsAsync").boolean(true).key("supportsASync").boolean(true);
    writer.key("supportsRegisteringExistingData").boolean(true);
    writer.key("supportsSyncDirectionControl").boolean(true);
    writer.key("supportsPerLayerSync").boolean(syncs).key("supportsPerReplicaSync").boolean(syncs);
    writer.key("supportsSyncModelNone").boolean(syncs || has_capability(call, "Extract"));
    writer.key("supportsRollbackOnFailure").boolean(true);
    writer.key("supportsAttachmentsSyncDirection").boolean(true);
    writer.key("supportsBiDirectionalSyncForServer").boolean(true);
    writer.key("supportedSyncDataOptions").integer(0).end_object();
}

void write_layer_entries(JsonWriter& writer, const Store& store, bool tables) {
    writer.begin_array();
    for (const Layer& layer : store.layers()) {
        if (tables == layer.geometry.has_value()) continue;
        writer.begin_object().key("id").integer(layer.id.value).key("name").string(layer.name);
        if (!tables) {
            writer.key("parentLayerId").integer(-1).key("defaultVisibility").boolean(true);
            writer.key("subLayerIds").null().key("minScale").integer(0).key("maxScale").integer(0);
            writer.key("type").string("Feature Layer");
            writer.key("geometryType").string(wire::esri_geometry_type_name(layer.geometry->type));
        } else {
            writer.key("type").string("Table");
        }
        writer.end_object();
    }
    writer.end_array();
}

/// Our extension: a client of ours sees at once that batches are understood, and whether a layer
/// has changed since it was taken offline.
void write_rhumb_member(JsonWriter& writer, const Call& call) {
    const Store& store = call.store;
    writer.key("rhumb").begin_object().key("format").integer(1);
    writer.key("delta").integer(delta::kFormat);
    writer.key("contentEncodings").begin_array().string("zstd").string("gzip").end_array();
    writer.key("packedDelta").integer(delta::kPackedFormat).key("fingerprints").begin_array();
    for (const Layer& layer : store.layers()) {
        writer.begin_object().key("id").integer(layer.id.value);
        writer.key("fingerprint").string(wire::schema_fingerprint(layer)).end_object();
    }
    writer.end_array();
    const std::string& mark = call.parameters.get("rhumbHistory");
    if (!mark.empty()) {
        writer.key("sameHistory").boolean(is_of_this_history(*call.store.snapshot(), mark));
    }
    writer.end_object();
}

void write_query_capabilities(JsonWriter& writer) {
    writer.key("supportsStatistics").boolean(true).key("supportsAdvancedQueries").boolean(true);
    writer.key("supportsCoordinatesQuantization").boolean(true);
    writer.key("supportsQuantizationEditMode").boolean(true);
    writer.key("useStandardizedQueries").boolean(true);
    writer.key("advancedQueryCapabilities").begin_object();
    for (const char* offered :
         {"supportsPagination", "supportsPaginationOnAggregatedQueries", "supportsOrderBy",
          "supportsDistinct", "supportsCountDistinct", "supportsStatistics", "supportsHavingClause",
          "supportsPercentileStatistics", "supportsReturningQueryExtent",
          "supportsQueryWithDistance", "supportsQueryWithResultType",
          "supportsReturningGeometryCentroid", "supportsMaxRecordCountFactor",
          "supportsCurrentUserQueries", "supportsDefaultSR", "supportsAdvancedQueryRelated",
          "supportsQueryRelatedPagination"}) {
        writer.key(offered).boolean(true);
    }
    writer.key("supportsQueryAttachments").boolean(true);
    writer.key("supportsQueryAttachmentsCountOnly").boolean(true);
    writer.key("supportsQueryAttachmentsWithReturnUrl").boolean(true);
    writer.key("supportsQueryAttachmentOrderByFields").boolean(true);
    for (const char* not_offered : {"supportsQueryWithCacheHint", "supportsSqlExpression"}) {
        writer.key(not_offered).boolean(false);
    }
    writer.end_object();
    writer.key("supportedSpatialRelationships").begin_array();
    for (const NamedRelation& relation : kSpatialRelations) writer.string(relation.name);
    writer.end_array();
}

void write_geometry_members(JsonWriter& writer, const Layer& layer, StoreSnapshot& snapshot) {
    if (!layer.geometry) return;
    writer.key("geometryType").string(wire::esri_geometry_type_name(layer.geometry->type));
    writer.key("rhumbGeometryType").string(geodb::gpkg_geometry_name(layer.geometry->type));
    writer.key("geometryField").begin_object().key("name").string(layer.geometry->name);
    writer.key("type").string("esriFieldTypeGeometry").end_object();
    writer.key("hasZ").boolean(layer.geometry->has_z).key("hasM").boolean(layer.geometry->has_m);
    writer.key("extent");
    wire::write_extent(writer, snapshot.extent(layer.id), layer.geometry->srs_id);
}

void write_attachment_members(JsonWriter& writer) {
    writer.key("hasAttachments").boolean(true).key("attachmentProperties").begin_array();
    for (const char* name : {"name", "size", "contentType", "keywords"}) {
        writer.begin_object().key("name").string(name).key("isEnabled").boolean(true).end_object();
    }
    writer.end_array().key("supportsAttachmentsByUploadId").boolean(true);
    writer.key("supportsAttachmentsResizing").boolean(false);
}

void write_layer(JsonWriter& writer, const Call& call, const Layer& layer,
                 StoreSnapshot& snapshot) {
    writer.begin_object().key("currentVersion").number(kCurrentVersion);
    writer.key("id").integer(layer.id.value).key("name").string(layer.name);
    writer.key("type").string(layer.geometry ? "Feature Layer" : "Table");
    writer.key("parentLayer").null().key("defaultVisibility").boolean(true);
    write_geometry_members(writer, layer, snapshot);
    wire::write_layer_definition(writer, layer);
    writer.key("objectIdField").string(wire::object_id_name(layer));
    writer.key("globalIdField").string(layer.fields[layer.global_id_index()].name);
    writer.key("fields").begin_array();
    wire::write_object_id_field(writer, layer);
    for (std::size_t i = 0; i < layer.fields.size(); ++i) {
        wire::write_field(writer, layer.fields[i], true, is_editable(layer, i));
    }
    writer.end_array();
    write_attachment_members(writer);
    writer.key("relationships");
    write_layer_relationships(writer, call.store, layer.id);
    writer.key("isDataVersioned").boolean(false).key("isDataArchived").boolean(true);
    writer.key("isDataReplicaTracked").boolean(false).key("syncCanReturnChanges").boolean(true);
    write_layer_editing(writer, call, layer, snapshot);
    writer.key("dateFieldsTimeReference").null();
    write_query_capabilities(writer);
    const std::int64_t page = call.limits.max_record_count;
    writer.key("maxRecordCount").integer(page);
    writer.key("standardMaxRecordCount").integer(standard_page(call.limits));
    writer.key("tileMaxRecordCount").integer(tile_page(call.limits));
    writer.key("maxRecordCountFactor").integer(1);
    writer.key("supportedQueryFormats").string(kQueryFormats);
    writer.key("capabilities").string(call.capabilities).end_object();
}

}  // namespace

std::string service_json(const Call& call) {
    const std::int32_t epsg = service_epsg(call.store);
    const auto snapshot = call.store.snapshot();
    const auto extent = full_extent(call, *snapshot, epsg);
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().key("currentVersion").number(kCurrentVersion);
    const ServiceSettings& settings = call.settings;
    writer.key("serviceDescription").string(settings.description);
    writer.key("hasVersionedData").boolean(false);
    writer.key("supportsDisconnectedEditing").boolean(false);
    writer.key("maxRecordCount").integer(call.limits.max_record_count);
    writer.key("supportedQueryFormats").string(kQueryFormats);
    writer.key("capabilities").string(call.capabilities);
    writer.key("description").string(settings.description);
    writer.key("copyrightText").string(settings.copyright).key("spatialReference");
    wire::write_spatial_reference(writer, epsg);
    writer.key("initialExtent");
    wire::write_extent(writer, extent, epsg);
    writer.key("fullExtent");
    wire::write_extent(writer, extent, epsg);
    write_service_editing(writer, call, *snapshot);
    writer.key("units").string(geodb::crs_is_geographic(epsg) ? "esriDecimalDegrees"
                                                              : "esriMeters");
    writer.key("supportedExportFormats").string(kExportFormats);
    write_sync_capabilities(writer, call);
    writer.key("documentInfo")
        .begin_object()
        .key("Title")
        .string(settings.title.empty() ? call.service_name : settings.title)
        .end_object();
    writer.key("layers");
    write_layer_entries(writer, call.store, false);
    writer.key("tables");
    write_layer_entries(writer, call.store, true);
    writer.key("relationships");
    write_service_relationships(writer, call.store);
    write_rhumb_member(writer, call);
    writer.end_object();
    return text;
}

std::string layer_json(const Call& call, const Layer& layer) {
    const auto snapshot = call.store.snapshot();
    std::string text;
    JsonWriter writer(text);
    write_layer(writer, call, layer, *snapshot);
    return text;
}

std::string all_layers_json(const Call& call) {
    const auto snapshot = call.store.snapshot();
    std::string text;
    JsonWriter writer(text);
    writer.begin_object();
    for (const bool tables : {false, true}) {
        writer.key(tables ? "tables" : "layers").begin_array();
        for (const Layer& layer : call.store.layers()) {
            if (tables == layer.geometry.has_value()) continue;
            write_layer(writer, call, layer, *snapshot);
        }
        writer.end_array();
    }
    writer.end_object();
    return text;
}

}  // namespace rhumb::service
