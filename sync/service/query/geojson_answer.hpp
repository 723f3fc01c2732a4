// SPDX-License-Identifier: Apache-2.0
//
// f=geojson: a page of features as a FeatureCollection of RFC 7946.

#pragma once

#include "platform/spool.hpp"
#include "sync/service/query/query_plan.hpp"
#include "sync/wire/json_writer.hpp"

namespace rhumb::service {

/// Members of an object that is open, as are those of the others. How many features.
std::int64_t write_feature_collection(wire::JsonWriter& writer, Spool& spool,
                                      StoreSnapshot& snapshot, const QueryPlan& plan);

/// `"type":"FeatureCollection"`, and the reference where it is not the one GeoJSON means.
void begin_collection(wire::JsonWriter& writer, std::int32_t epsg);
/// Behind the features: whether there are more, where newer and where older clients look.
void end_collection(wire::JsonWriter& writer, bool more);

}  // namespace rhumb::service
