// SPDX-License-Identifier: Apache-2.0
#include "sync/service/attachments/attachments.hpp"

#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/attachments/attachment_bytes.hpp"
#include "sync/service/attachments/attachment_calls.hpp"

namespace rhumb::service {
namespace {

using wire::JsonWriter;

GlobalId known_feature(StoreSnapshot& snapshot, const Layer& layer, ObjectId feature) {
    if (const auto found = feature_id(snapshot, layer, feature)) return *found;
    throw Error(Status::NotFound,
                "layer '" + layer.name + "' has no feature " + std::to_string(feature.value));
}

http::Response infos(const Call& call, const Layer& layer, ObjectId feature) {
    const auto snapshot = call.store.snapshot();
    const GlobalId parent = known_feature(*snapshot, layer, feature);
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().key("attachmentInfos").begin_array();
    for (const Attachment& each : snapshot->attachments().of_feature(layer.id, parent)) {
        begin_attachment_info(writer, each);
        writer.end_object();
    }
    writer.end_array().end_object();
    return answer_json(call.parameters, std::move(text));
}

Attachment attachment_of(StoreSnapshot& snapshot, const Layer& layer, ObjectId feature,
                         std::int64_t id) {
    const GlobalId parent = known_feature(snapshot, layer, feature);
    auto found = snapshot.attachments().find(id);
    if (found && found->layer == layer.id && found->parent == parent) return std::move(*found);
    throw Error(Status::NotFound, "feature " + std::to_string(feature.value) + " of layer '" +
                                      layer.name + "' has no attachment " + std::to_string(id));
}

void require_post(const Call& call, std::string_view operation) {
    if (call.request.method == "POST") return;
    throw Error(Status::InvalidArgument, std::string(operation) + " must be called with POST.")
        .with_code(405);
}

}  // namespace

void begin_attachment_info(JsonWriter& writer, const Attachment& attachment) {
    writer.begin_object().key("id").integer(attachment.id);
    wire::write_attachment_members(writer, attachment);
    writer.key("exifInfo").null();
}

std::optional<http::Response> attachment_resource(const Call& call, const Layer& layer,
                                                  ObjectId feature,
                                                  const std::vector<std::string>& below) {
    const std::string operation = lowered(below[0]);
    if (operation == "attachments") {
        require_capability(call, "Query");
        if (below.size() == 1) return infos(call, layer, feature);
        const auto id = parse_integer(below[1]);
        if (!id || below.size() != 2) return std::nullopt;
        return attachment_bytes(call, attachment_of(*call.store.snapshot(), layer, feature, *id));
    }
    if (below.size() != 1) return std::nullopt;
    const auto edit = operation == "addattachment"       ? &add_attachment
                      : operation == "updateattachment"  ? &update_attachment
                      : operation == "deleteattachments" ? &delete_attachments
                                                         : nullptr;
    if (edit == nullptr) return std::nullopt;
    require_post(call, below[0]);
    // ArcGIS REST: a new file is part of making a feature or of changing one.
    const bool creates = operation == "addattachment" && has_capability(call, "Create");
    if (!creates) require_capability(call, "Update");
    return edit(call, layer, feature);
}

}  // namespace rhumb::service
