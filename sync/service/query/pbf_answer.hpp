// SPDX-License-Identifier: Apache-2.0
//
// f=pbf: a page of features, a count or a list of object ids as protocol buffers.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"
#include "sync/service/query/query_plan.hpp"

namespace rhumb::service {

/// Extents and statistics have no form in protocol buffers: clients have them in JSON.
bool has_pbf_form(const QueryPlan& plan);

http::Response answer_pbf(const Call& call, StoreSnapshot& snapshot, const QueryPlan& plan);

}  // namespace rhumb::service
