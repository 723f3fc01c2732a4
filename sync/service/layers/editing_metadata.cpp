// SPDX-License-Identifier: Apache-2.0
#include "sync/service/layers/editing_metadata.hpp"

#include "sync/service/edits/editor_tracking.hpp"
#include "sync/wire/layer_definition.hpp"

#include <algorithm>

namespace rhumb::service {
namespace {

using wire::JsonWriter;

void write_ownership(JsonWriter& writer, const OwnershipRules& rules) {
    writer.key("allowOthersToQuery").boolean(rules.allow_others_to_query);
    writer.key("allowOthersToUpdate").boolean(rules.allow_others_to_update);
    writer.key("allowOthersToDelete").boolean(rules.allow_others_to_delete);
}

bool edits_at_all(const Call& call) {
    return has_capability(call, "Create") || has_capability(call, "Update") ||
           has_capability(call, "Delete");
}

/// One changeset tells of all layers, so that they share the generations.
void write_change_tracking(JsonWriter& writer, const Call& call, StoreSnapshot& snapshot) {
    writer.key("extractChangesCapabilities").begin_object();
    for (const char* offered :
         {"supportsReturnIdsOnly", "supportsReturnExtentOnly", "supportsReturnAttachments",
          "supportsLayerQueries", "supportsGeometry", "supportsSpatialFilter",
          "supportsFeatureReturn", "supportsReturnFeature", "supportsServerGens",
          "supportsReturnHasGeometryUpdates", "supportsFieldsToCompare"}) {
        writer.key(offered).boolean(true);
    }
    writer.end_object().key("changeTrackingInfo").begin_object();
    std::int64_t last = 0;
    for (const Layer& layer : call.store.layers()) {
        last = std::max(last, snapshot.last_edit_ms(layer.id));
    }
    writer.key("lastSyncDate").integer(last).key("layerServerGens").begin_array();
    for (const Layer& layer : call.store.layers()) {
        writer.begin_object().key("id").integer(layer.id.value);
        writer.key("minServerGen").integer(snapshot.oldest_kept().value);
        writer.key("serverGen").integer(snapshot.head().value).end_object();
    }
    writer.end_array().end_object();
}

}  // namespace

bool is_editable(const Layer& layer, std::size_t field) {
    return layer.fields[field].editable() && !(layer.tracking && layer.tracking->has(field));
}

void write_layer_editing(JsonWriter& writer, const Call& call, const Layer& layer,
                         StoreSnapshot& snapshot) {
    writer.key("supportsRollbackOnFailureParameter").boolean(true);
    writer.key("supportsApplyEditsWithGlobalIds").boolean(true);
    writer.key("supportsReturnDeleteResults").boolean(true);
    writer.key("supportsAsyncDelete").boolean(true).key("supportsCalculate").boolean(false);
    writer.key("supportsAsyncCalculate").boolean(false);
    writer.key("advancedEditingCapabilities").begin_object();
    writer.key("supportsReturnEditResults").boolean(true);
    writer.key("supportsAsyncApplyEdits").boolean(true);
    writer.key("supportsApplyEditsbyUploadID").boolean(true);
    writer.key("supportedApplyEditsUploadIDFormats").string("JSON").end_object();
    writer.key("allowGeometryUpdates").boolean(edits_at_all(call));
    writer.key("editingInfo").begin_object();
    writer.key("lastEditDate").integer(snapshot.last_edit_ms(layer.id)).end_object();
    writer.key("editFieldsInfo");
    wire::write_edit_fields(writer, layer);
    if (!layer.tracking || !call.settings.ownership.restricts_anything()) return;
    writer.key("ownershipBasedAccessControlForFeatures").begin_object();
    write_ownership(writer, call.settings.ownership);
    writer.end_object();
}

void write_service_editing(JsonWriter& writer, const Call& call, StoreSnapshot& snapshot) {
    writer.key("allowGeometryUpdates").boolean(edits_at_all(call));
    writer.key("supportsApplyEditsWithGlobalIds").boolean(true);
    writer.key("supportsReturnDeleteResults").boolean(true);
    const auto& layers = call.store.layers();
    const bool tracks = std::any_of(layers.begin(), layers.end(),
                                    [](const Layer& layer) { return layer.tracking.has_value(); });
    writer.key("editorTrackingInfo").begin_object().key("enableEditorTracking").boolean(tracks);
    writer.key("enableOwnershipAccessControl");
    writer.boolean(tracks && call.settings.ownership.restricts_anything());
    write_ownership(writer, call.settings.ownership);
    writer.end_object();
    if (has_capability(call, "ChangeTracking")) write_change_tracking(writer, call, snapshot);
}

}  // namespace rhumb::service
