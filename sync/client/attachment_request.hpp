// SPDX-License-Identifier: Apache-2.0
//
// The parameter `edits` of synchronizeReplica for a batch of attachment edits, and what its answer
// says about each.

#pragma once

#include "platform/http/message.hpp"
#include "sync/client/answer.hpp"
#include "sync/replica/attachment_lane.hpp"
#include "sync/replica/replica.hpp"

#include <map>
#include <string>

namespace rhumb::sync {

/// Content up to this size travels as base64 to a service that takes no upload items.
constexpr std::int64_t kMaxInlineBytes = 4 * 1024 * 1024;

/// Whether an edit brings content with it.
bool brings_content(const geodb::AttachmentEdit& edit);

struct AttachmentRequest {
    std::string edits;  ///< JSON
    std::int64_t count = 0;
    /// Edits that cannot be sent, with the reason.
    std::map<geodb::GlobalId, std::string> left_out;
};
/// `by_hash`: the service has the content by its hash. Else it comes from an upload item, or as
/// base64 while there is room for that in one request.
AttachmentRequest write_attachment_edits(AttachmentLane& lane, const AttachmentLane::Batch& batch,
                                         bool by_hash, bool by_item,
                                         const std::map<geodb::GlobalId, std::string>& left_out);

/// Failures of an answer, by GlobalID of the attachment.
struct AttachmentReceipt {
    Answer answer;
    std::map<geodb::GlobalId, std::string> refused;
};
/// `repeated`: the batch was sent before to a service that cannot tell, so "exists already" means
/// that it arrived.
AttachmentReceipt read_attachment_receipt(const http::Response& response, std::string_view what,
                                          bool repeated);

}  // namespace rhumb::sync
