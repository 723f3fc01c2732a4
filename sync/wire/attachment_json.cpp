// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/attachment_json.hpp"

#include "platform/text.hpp"

#include <utility>

namespace rhumb::wire {
namespace {

bool take_text(const Json& json, std::string_view name, std::string& into) {
    const Json* found = json.find_any_case(name);
    if (found == nullptr || found->text() == nullptr) return false;
    into = *found->text();
    return true;
}

bool take_id(const Json& json, std::string_view name, geodb::GlobalId& into) {
    const auto uuid = Uuid::parse(text_or_empty(json.find_any_case(name)));
    if (uuid) into = {*uuid};
    return uuid.has_value();
}

}  // namespace

std::string_view name_of(AttachmentsDirection value) {
    switch (value) {
        case AttachmentsDirection::None:
            return "none";
        case AttachmentsDirection::Upload:
            return "upload";
        case AttachmentsDirection::Bidirectional:
            return "bidirectional";
    }
    return "none";
}

std::optional<AttachmentsDirection> attachments_direction_of(std::string_view text) {
    for (const auto value : {AttachmentsDirection::None, AttachmentsDirection::Upload,
                             AttachmentsDirection::Bidirectional}) {
        if (equal_ignoring_case(trimmed(text), name_of(value))) return value;
    }
    return std::nullopt;
}

void write_attachment_members(JsonWriter& writer, const geodb::Attachment& attachment) {
    writer.key("globalId").string(attachment.global_id.value.braced());
    writer.key("parentGlobalId").string(attachment.parent.value.braced());
    writer.key("contentType").string(attachment.content_type);
    writer.key("name").string(attachment.name);
    writer.key("size").integer(attachment.size);
    writer.key("keywords").string(attachment.keywords);
    if (attachment.content) writer.key("rhumbSha256").string(attachment.content->hex());
}

AttachmentJson told_attachment(geodb::Attachment attachment, std::string url) {
    AttachmentJson told;
    told.attachment = std::move(attachment);
    told.has_global_id = told.has_parent = told.has_name = told.has_content_type = true;
    told.has_keywords = told.has_size = true;
    told.url = std::move(url);
    return told;
}

AttachmentJson read_attachment(const Json& json) {
    AttachmentJson read;
    geodb::Attachment& into = read.attachment;
    read.has_global_id = take_id(json, "globalId", into.global_id);
    read.has_parent = take_id(json, "parentGlobalId", into.parent);
    read.has_name = take_text(json, "name", into.name);
    read.has_content_type = take_text(json, "contentType", into.content_type);
    read.has_keywords = take_text(json, "keywords", into.keywords);
    if (const auto size = to_int64(json.find_any_case("size")); size && *size >= 0) {
        into.size = *size;
        read.has_size = true;
    }
    if (const auto id = to_int64(json.find_any_case("attachmentId"))) into.id = *id;
    into.content = Sha256::parse(text_or_empty(json.find_any_case("rhumbSha256")));
    take_text(json, "url", read.url);
    take_text(json, "uploadId", read.upload_id);
    const Json* data = json.find_any_case("data");
    if (data != nullptr) read.data = data->text();
    return read;
}

}  // namespace rhumb::wire
