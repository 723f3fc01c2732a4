// SPDX-License-Identifier: Apache-2.0
//
// Statistics and distinct values as an answer: rows of attributes without shapes.

#pragma once

#include "platform/spool.hpp"
#include "sync/service/query/query_plan.hpp"
#include "sync/wire/json_writer.hpp"

namespace rhumb::service {

/// Members of an object that is open. How many rows.
std::int64_t write_summary(wire::JsonWriter& writer, Spool& spool, StoreSnapshot& snapshot,
                           const QueryPlan& plan);

}  // namespace rhumb::service
