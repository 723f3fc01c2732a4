// SPDX-License-Identifier: Apache-2.0
//
// The query of a layer: which rows, in which form, page by page.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

namespace rhumb::service {

/// `<layer>/query`. Throws InvalidArgument or Unsupported naming the parameter.
http::Response query_layer(const Call& call, const Layer& layer);

/// `<layer>/<object id>`.
http::Response single_feature(const Call& call, const Layer& layer, ObjectId oid);

}  // namespace rhumb::service
