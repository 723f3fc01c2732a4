// SPDX-License-Identifier: Apache-2.0
//
// A query's answer in the form that was asked for: features, ids, a count, an extent, a summary.

#pragma once

#include "platform/spool.hpp"
#include "sync/service/query/query_plan.hpp"
#include "sync/wire/json_writer.hpp"

namespace rhumb::service {

/// All that match, whatever the page.
StoreQuery without_page(const QueryPlan& plan);
/// How many match, or how many groups or distinct rows.
std::int64_t count_of(StoreSnapshot& snapshot, const QueryPlan& plan);

/// Members of an object that is open. The writer writes to the spool's buffer. How many features
/// or rows; -1 when the answer has neither.
std::int64_t write_query_answer(wire::JsonWriter& writer, Spool& spool, StoreSnapshot& snapshot,
                                const QueryPlan& plan);

}  // namespace rhumb::service
