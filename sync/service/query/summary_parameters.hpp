// SPDX-License-Identifier: Apache-2.0
//
// What is asked of features together: outStatistics, groups, havingClause, distinct values.

#pragma once

#include "geodb/layer.hpp"
#include "sync/service/call.hpp"
#include "sync/service/query/page_parameters.hpp"
#include "sync/service/store/store.hpp"

#include <optional>
#include <vector>

namespace rhumb::service {

/// Statistics of one query.
inline constexpr std::size_t kMaxStatistics = 60;
/// Each holds the values of a group in memory.
inline constexpr std::size_t kMaxPercentiles = 2;

/// A summary and the fields of its answer, in order.
struct SummaryPlan {
    StoreSummary asked;
    std::vector<geodb::Field> outputs;
};

/// None when the request asks for features. `rows` are those it is about.
/// Throws InvalidArgument naming the parameter.
std::optional<SummaryPlan> summary_parameters(const Call& call, const Layer& layer,
                                              const StoreQuery& rows, const Page& page);

}  // namespace rhumb::service
