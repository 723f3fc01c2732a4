// SPDX-License-Identifier: Apache-2.0
//
// f=pbf: a page of features or of statistics, a count or a list of object ids as protocol buffers.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"
#include "sync/service/query/query_plan.hpp"

namespace rhumb::service {

/// Extents have no form in protocol buffers: a plan for one is not for here.
http::Response answer_pbf(const Call& call, StoreSnapshot& snapshot, const QueryPlan& plan);

}  // namespace rhumb::service
