// SPDX-License-Identifier: Apache-2.0
//
// Statistics and distinct values as an answer: rows of attributes without shapes.

#pragma once

#include "platform/spool.hpp"
#include "sync/service/query/feature_rows.hpp"
#include "sync/service/query/query_plan.hpp"
#include "sync/wire/json_writer.hpp"

namespace rhumb::service {

/// Hands each row of the page to `write`; none when there are more and the plan wants none then.
PageWritten write_summary_page(StoreSnapshot& snapshot, const QueryPlan& plan,
                               const geodb::OnValues& write);

/// Members of an object that is open. How many rows.
std::int64_t write_summary(wire::JsonWriter& writer, Spool& spool, StoreSnapshot& snapshot,
                           const QueryPlan& plan);

}  // namespace rhumb::service
