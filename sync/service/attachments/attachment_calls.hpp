// SPDX-License-Identifier: Apache-2.0
//
// addAttachment, updateAttachment and deleteAttachments of one feature (ArcGIS REST).
//
// A call that cannot be understood is refused whole; one that is understood has a result for each
// row it names, and each call is one transaction and one changeset.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

namespace rhumb::service {

http::Response add_attachment(const Call& call, const Layer& layer, ObjectId feature);
http::Response update_attachment(const Call& call, const Layer& layer, ObjectId feature);
http::Response delete_attachments(const Call& call, const Layer& layer, ObjectId feature);

/// GlobalID of a feature; none when the layer has no such feature.
std::optional<GlobalId> feature_id(StoreSnapshot& snapshot, const Layer& layer, ObjectId feature);

}  // namespace rhumb::service
