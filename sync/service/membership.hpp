// SPDX-License-Identifier: Apache-2.0
//
// Whether a row belongs to a replica, asked of rows as they were and as they are.

#pragma once

#include "geodb/features/filter_probe.hpp"
#include "sync/service/store.hpp"

#include <optional>
#include <vector>

namespace rhumb::service {

class Membership {
public:
    Membership(geodb::sqlite::Database& database, const Layer& layer, const LayerFilter& filter,
               const geodb::SpatialFilter* area, std::int64_t now_ms);

    /// `row` has all columns of the layer.
    bool has(ObjectId oid, const std::vector<Value>& row);

private:
    bool is_in_area(const geodb::Blob& shape) const;

    const Layer& layer_;
    wire::QueryOption option_;
    const geodb::SpatialFilter* area_ = nullptr;
    std::optional<geodb::FilterProbe> probe_;
};

}  // namespace rhumb::service
