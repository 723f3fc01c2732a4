// SPDX-License-Identifier: Apache-2.0
//
// The attachment resources of a layer (ArcGIS REST: attachments, attachment, addAttachment,
// updateAttachment, deleteAttachments, queryAttachments).

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"
#include "sync/wire/json_writer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rhumb::service {

/// `<layer>/<oid>/<below…>`: attachments, attachments/<id> and the three edits. None when it is
/// something else.
std::optional<http::Response> attachment_resource(const Call& call, const Layer& layer,
                                                  ObjectId feature,
                                                  const std::vector<std::string>& below);

http::Response query_attachments(const Call& call, const Layer& layer);

/// An attachment as attachments and queryAttachments show it; leaves the object open.
void begin_attachment_info(wire::JsonWriter& writer, const Attachment& attachment);

}  // namespace rhumb::service
