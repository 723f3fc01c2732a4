// SPDX-License-Identifier: Apache-2.0
#include "sync/service/membership.hpp"

#include "platform/error.hpp"

namespace rhumb::service {

Membership::Membership(geodb::sqlite::Database& database, const Layer& layer,
                       const LayerFilter& filter, const geodb::SpatialFilter* area,
                       std::int64_t now_ms)
    : layer_(layer), option_(filter.option) {
    if (option_ != wire::QueryOption::UseFilter) return;
    if (filter.use_geometry && layer.geometry) area_ = area;
    if (!filter.where.empty()) probe_.emplace(database, layer, filter.where, now_ms);
}

bool Membership::has(ObjectId oid, const std::vector<Value>& row) {
    if (option_ == wire::QueryOption::All) return true;
    if (option_ == wire::QueryOption::None) return false;
    if (area_ != nullptr) {
        const auto* shape = std::get_if<geodb::Blob>(&row[layer_.geometry_index()]);
        if (shape == nullptr || !is_in_area(*shape)) return false;
    }
    return !probe_ || probe_->matches(oid, row);
}

/// A shape that nobody can read is nowhere, as in the R-tree.
bool Membership::is_in_area(const geodb::Blob& shape) const {
    try {
        return area_->intersects(shape);
    } catch (const Error& error) {
        if (error.status() == Status::Internal) throw;
        return false;
    }
}

}  // namespace rhumb::service
