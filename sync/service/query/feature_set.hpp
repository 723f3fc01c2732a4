// SPDX-License-Identifier: Apache-2.0
//
// A page of features as a feature set of Esri JSON.

#pragma once

#include "platform/spool.hpp"
#include "sync/service/query/query_plan.hpp"
#include "sync/wire/json_writer.hpp"

namespace rhumb::service {

/// Members of an object that is open. How many features.
std::int64_t write_feature_set(wire::JsonWriter& writer, Spool& spool, StoreSnapshot& snapshot,
                               const QueryPlan& plan);

/// The members that say of what kind the geometries of an answer are; none for a table.
void write_shape_members(wire::JsonWriter& writer, const Layer& layer, const ShapeStyle& style);

/// `"fields":[…]`: the object id and the fields asked for.
void write_field_members(wire::JsonWriter& writer, const Layer& layer,
                         const std::vector<std::size_t>& fields);

}  // namespace rhumb::service
