// SPDX-License-Identifier: Apache-2.0
//
// applyEdits of a layer and of the service (ArcGIS REST): adds, updates, deletes and attachments
// in one transaction.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

namespace rhumb::service {

http::Response apply_layer_edits(const Call& call, const Layer& layer);
http::Response apply_service_edits(const Call& call);

}  // namespace rhumb::service
