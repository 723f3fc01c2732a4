// SPDX-License-Identifier: Apache-2.0
//
// extractChanges and cleanupChangeTracking (ArcGIS REST): what changed between two generations of
// the timeline, without a replica; and giving up the history behind it.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

namespace rhumb::service {

http::Response extract_changes(const Call& call);

/// For owners and administrators. What a living replica needs stays: a generation that is named
/// is refused then, an age goes as far as it can.
http::Response cleanup_change_tracking(const Call& call);

}  // namespace rhumb::service
