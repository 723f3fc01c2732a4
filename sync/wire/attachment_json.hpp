// SPDX-License-Identifier: Apache-2.0
//
// Attachments on the wire of replicas (ArcGIS REST, createReplica and synchronizeReplica).

#pragma once

#include "geodb/attachments/attachment.hpp"
#include "sync/wire/json.hpp"
#include "sync/wire/json_writer.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rhumb::wire {

/// Stored: never renumber. Upload: what the client makes goes up, nothing comes down.
enum class AttachmentsDirection : std::uint8_t { None = 1, Upload = 2, Bidirectional = 3 };
std::string_view name_of(AttachmentsDirection value);
std::optional<AttachmentsDirection> attachments_direction_of(std::string_view text);

/// The members that both ways have, without brackets: globalId, parentGlobalId, contentType, name,
/// size, keywords and, our extension, rhumbSha256.
void write_attachment_members(JsonWriter& writer, const geodb::Attachment& attachment);

/// One attachment as it came, with where its content is.
struct AttachmentJson {
    geodb::Attachment attachment;
    bool has_global_id = false;
    bool has_parent = false;
    bool has_name = false, has_content_type = false, has_keywords = false, has_size = false;
    std::string url;
    const std::string* data = nullptr;  ///< base64; belongs to the Json that was read
    std::string upload_id;
};
/// One of which all is known but its bytes.
AttachmentJson told_attachment(geodb::Attachment attachment, std::string url);
/// Never throws: what is missing or of another kind is left empty.
AttachmentJson read_attachment(const Json& json);

}  // namespace rhumb::wire
