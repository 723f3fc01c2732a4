// SPDX-License-Identifier: Apache-2.0
//
// addFeatures, updateFeatures and deleteFeatures of a layer (ArcGIS REST).

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

namespace rhumb::service {

http::Response add_features(const Call& call, const Layer& layer);
http::Response update_features(const Call& call, const Layer& layer);
/// Those that objectIds, where and geometry select together; at least one of them must be there.
http::Response delete_features(const Call& call, const Layer& layer);

}  // namespace rhumb::service
