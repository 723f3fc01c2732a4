// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/replica_attachments.hpp"

#include "platform/base64.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"

namespace rhumb::service {

using wire::AttachmentsDirection;

bool by_url_parameter(const http::Parameters& parameters, bool absent) {
    // Documentation and clients spell it in both ways.
    for (const char* name : {"returnAttachmentsDataByUrl", "returnAttachmentDataByUrl"}) {
        if (parameters.has(name)) return boolean_parameter(parameters, name, absent);
    }
    return boolean_parameter(parameters, "returnAttachmentDatabyURL", absent);
}

AttachmentAgreement read_attachment_agreement(const http::Parameters& parameters) {
    AttachmentAgreement agreement;
    agreement.returned = boolean_parameter(parameters, "returnAttachments", false);
    agreement.by_url = by_url_parameter(parameters, true);
    agreement.direction =
        agreement.returned ? AttachmentsDirection::Bidirectional : AttachmentsDirection::None;
    const std::string& text = parameters.get("attachmentsSyncDirection");
    if (text.empty()) return agreement;
    const auto direction = wire::attachments_direction_of(text);
    if (!direction) {
        throw Error(Status::InvalidArgument, "'attachmentsSyncDirection' is '" + excerpt(text, 40) +
                                                 "', not none, upload or bidirectional");
    }
    // ArcGIS REST, createReplica: these two combinations are the ones that make no sense.
    const bool fits = *direction != (agreement.returned ? AttachmentsDirection::None
                                                        : AttachmentsDirection::Bidirectional);
    if (!fits) {
        throw Error(Status::InvalidArgument, "'attachmentsSyncDirection' " +
                                                 std::string(wire::name_of(*direction)) +
                                                 " does not go with 'returnAttachments' " +
                                                 (agreement.returned ? "true" : "false"));
    }
    agreement.direction = *direction;
    return agreement;
}

AttachmentEntries::AttachmentEntries(const Call& call, StoreSnapshot& snapshot, bool by_url)
    : call_(call),
      snapshot_(snapshot),
      by_url_(by_url),
      spool_(call.results.temporary()),
      writer_(spool_.buffer()) {}

void AttachmentEntries::write(const Attachment& attachment, ObjectId parent) {
    writer_.begin_object().key("attachmentId").integer(attachment.id);
    wire::write_attachment_members(writer_, attachment);
    if (by_url_) {
        writer_.key("url").string(call_.content_url + "/" + std::to_string(attachment.layer.value) +
                                  "/" + std::to_string(parent.value) + "/attachments/" +
                                  std::to_string(attachment.id));
    } else {
        write_data(attachment);
    }
    writer_.end_object();
    spool_.settle();
}

void AttachmentEntries::write_all(const Layer& layer, ObjectId feature, const Value& global_id) {
    const auto* text = std::get_if<std::string>(&global_id);
    const auto id = text != nullptr ? Uuid::parse(*text) : std::nullopt;
    if (!id) return;
    for (const Attachment& each : snapshot_.attachments().of_feature(layer.id, {*id})) {
        write(each, feature);
    }
}

void AttachmentEntries::write_data(const Attachment& attachment) {
    const auto there =
        attachment.content ? snapshot_.attachments().content(*attachment.content) : std::nullopt;
    if (!there || !there->whole()) {
        writer_.key("data").null();
        return;
    }
    writer_.key("data").raw("\"");
    Base64Encoder encoder;
    snapshot_.attachments().read(*attachment.content, 0, there->size, [&](std::string_view piece) {
        encoder.add(piece, spool_.buffer());
        spool_.settle();
        return true;
    });
    encoder.finish(spool_.buffer());
    spool_.append("\"");
}

AttachmentChanges::AttachmentChanges(const Call& call, StoreSnapshot& snapshot, LayerId layer,
                                     bool by_url)
    : snapshot_(snapshot),
      layer_(layer),
      layer_has_any_(snapshot.attachments().any(layer)),
      adds_(call, snapshot, by_url),
      updates_(call, snapshot, by_url),
      deletes_(call.results.temporary()) {}

void AttachmentChanges::take_parent(const GlobalId& parent, ObjectId oid) {
    if (!layer_has_any_) return;
    for (const Attachment& attachment : snapshot_.attachments().of_feature(layer_, parent)) {
        adds_.write(attachment, oid);
    }
}

void AttachmentChanges::take(const ReplicaScope& scope, geodb::GenerationRange range,
                             const Uuid& replica) {
    wire::JsonWriter deletes(deletes_.buffer());
    snapshot_.attachments().changes_within(
        scope, layer_, range, replica, [&](const AttachmentChange& change) {
            using Kind = AttachmentChange::Kind;
            if (change.kind == Kind::Delete) {
                deletes.string(change.attachment.global_id.value.braced());
                return deletes_.settle();
            }
            auto& list = change.kind == Kind::Add ? adds_ : updates_;
            list.write(change.attachment, change.parent);
        });
}

void AttachmentChanges::write(wire::JsonWriter& writer, Spool& spool) {
    const auto put = [&](const char* name, Spool& list) {
        writer.key(name).raw("[");
        spool.append(list);
        spool.append("]");
    };
    put("adds", adds_.spool());
    put("updates", updates_.spool());
    put("deleteIds", deletes_);
}

}  // namespace rhumb::service
