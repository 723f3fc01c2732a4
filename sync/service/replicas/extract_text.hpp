// SPDX-License-Identifier: Apache-2.0
//
// Layers of an extract as text: GeoJSON and CSV.

#pragma once

#include "platform/spool.hpp"
#include "sync/service/replicas/replica_filter.hpp"

namespace rhumb::service {

/// A FeatureCollection. A reference other than WGS 84 is named in a `crs` member.
void write_geojson_layer(Spool& spool, const Layer& layer, StoreSnapshot& snapshot,
                         const ReplicaView& view, std::int32_t epsg);

/// A header, then a line for each row (RFC 4180): fields in their order, points as x and y, other
/// shapes as well-known text. NULL is nothing at all, an empty text is "".
void write_csv_layer(Spool& spool, const Layer& layer, StoreSnapshot& snapshot,
                     const ReplicaView& view);

}  // namespace rhumb::service
