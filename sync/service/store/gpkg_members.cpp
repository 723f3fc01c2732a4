// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store/gpkg_members.hpp"

#include "platform/error.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {
namespace {

using geodb::FeatureQuery;
using wire::QueryOption;

/// A shape that nobody can read is nowhere, as in the R-tree.
bool is_in_area(const geodb::SpatialFilter& area, const geodb::Blob& shape) {
    try {
        return area.matches(shape);
    } catch (const Error& error) {
        if (error.status() == Status::Internal) throw;
        return false;
    }
}

}  // namespace

GpkgMembers::GpkgMembers(geodb::Geodatabase& reader, const ReplicaScope& scope)
    : reader_(reader), scope_(scope) {
    choose_links();
}

void GpkgMembers::choose_links() {
    const bool any = std::any_of(scope_.layers.begin(), scope_.layers.end(),
                                 [&](const auto& filter) { return by_relation(filter.layer); });
    if (!any) return;
    links_ = geodb::read_relationships(reader_.database(), reader_.layers());
    std::erase_if(links_, [&](const Relationship& link) {
        return scope_.layer(link.origin) == nullptr || !by_relation(link.destination);
    });
    links_ = geodb::without_circles(std::move(links_));
}

bool GpkgMembers::by_relation(LayerId layer) const {
    const LayerFilter* filter = scope_.layer(layer);
    return filter != nullptr && filter->option == QueryOption::None && filter->include_related;
}

std::vector<const Relationship*> GpkgMembers::parents_of(LayerId layer) const {
    std::vector<const Relationship*> links;
    for (const Relationship& link : links_) {
        if (link.destination == layer) links.push_back(&link);
    }
    return links;
}

std::vector<const Relationship*> GpkgMembers::children_of(LayerId layer) const {
    std::vector<const Relationship*> links;
    for (const Relationship& link : links_) {
        if (link.origin == layer) links.push_back(&link);
    }
    return links;
}

std::optional<FeatureQuery> GpkgMembers::query(LayerId layer) const {
    const LayerFilter* filter = scope_.layer(layer);
    if (filter == nullptr) return std::nullopt;
    FeatureQuery query;
    if (filter->option == QueryOption::UseFilter) {
        if (!filter->where.empty()) {
            query.where = geodb::where_for(reader_.layer(layer), filter->where, reader_.now_ms());
        }
        if (filter->use_geometry) query.area = scope_.area(layer);
    } else if (filter->option == QueryOption::None) {
        query.related.emplace();
        for (const Relationship* link : parents_of(layer)) {
            auto parents = this->query(link->origin);
            if (!parents) continue;
            query.related->push_back({link->destination_key, &reader_.layer(link->origin),
                                      link->origin_key, std::move(*parents)});
        }
        if (query.related->empty()) return std::nullopt;
    }
    return query;
}

bool GpkgMembers::passes(LayerId id, ObjectId oid, const std::vector<Value>& row) {
    const LayerFilter* filter = scope_.layer(id);
    if (filter == nullptr || filter->option == QueryOption::None) return false;
    if (filter->option == QueryOption::All) return true;
    const Layer& layer = reader_.layer(id);
    const auto* area = filter->use_geometry ? scope_.area(id) : nullptr;
    if (area != nullptr && layer.geometry) {
        const auto* shape = std::get_if<geodb::Blob>(&row[layer.geometry_index()]);
        if (shape == nullptr || !is_in_area(*area, *shape)) return false;
    }
    if (filter->where.empty()) return true;
    auto& probe = probes_[id];
    if (!probe) {
        probe = std::make_unique<geodb::FilterProbe>(reader_.database(), layer, filter->where,
                                                     reader_.now_ms());
    }
    return probe->matches(oid, row);
}

}  // namespace rhumb::service
