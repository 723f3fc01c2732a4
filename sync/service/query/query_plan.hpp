// SPDX-License-Identifier: Apache-2.0
//
// A query of one layer as it was asked: which features, and in which form they are answered.

#pragma once

#include "sync/service/call.hpp"
#include "sync/service/query/page_parameters.hpp"
#include "sync/service/query/query_parameters.hpp"
#include "sync/service/query/summary_parameters.hpp"
#include "sync/service/store/store.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace rhumb::service {

struct QueryPlan {
    enum class Form { Features, Ids, Count, Extent, Summary };

    const Layer* layer = nullptr;
    Form form = Form::Features;
    QueryFormat format = QueryFormat::Json;
    StoreQuery rows;                             ///< with the page and one row more
    std::unique_ptr<geodb::SpatialFilter> area;  ///< what rows.area points to
    std::vector<std::size_t> fields;             ///< of the answer, beside the object id
    ShapeStyle shape;
    Page page;
    std::optional<SummaryPlan> summary;  ///< Form::Summary, and Form::Count of one
};

/// Reads the parameters of `<layer>/query`. The layer outlives the plan.
/// Throws InvalidArgument or Unsupported naming the parameter.
QueryPlan read_query_plan(const Call& call, const Layer& layer);

}  // namespace rhumb::service
