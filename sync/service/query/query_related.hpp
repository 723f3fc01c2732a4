// SPDX-License-Identifier: Apache-2.0
//
// `<layer>/queryRelatedRecords`: the features on the other side of a relationship, by whom they
// belong to.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

namespace rhumb::service {

/// Throws InvalidArgument naming the parameter.
http::Response query_related_records(const Call& call, const Layer& layer);

}  // namespace rhumb::service
