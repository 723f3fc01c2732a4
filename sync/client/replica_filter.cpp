// SPDX-License-Identifier: Apache-2.0
#include "sync/client/replica_filter.hpp"

#include "platform/error.hpp"
#include "sync/client/create_options.hpp"
#include "sync/wire/area_filter.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::sync {

using geodb::FeatureQuery;
using geodb::Layer;
using geodb::LayerId;
using geodb::ObjectId;
using geodb::Relationship;
using wire::QueryOption;

ReplicaFilter::ReplicaFilter(geodb::Geodatabase& file, const Replica& replica)
    : file_(file), replica_(replica), wishes_(wishes_of(replica)) {
    links_ = geodb::read_relationships(file.database(), file.layers());
    for (const ReplicaLayer& layer : replica.layers) {
        filters_[layer.id] = layer_filter(replica, wishes_, layer, is_child(layer.id));
    }
    std::erase_if(links_, [this](const Relationship& link) {
        const auto to = filters_.find(link.destination);
        return to == filters_.end() || !to->second.by_relation() || !filters_.contains(link.origin);
    });
    links_ = geodb::without_circles(std::move(links_));
}

bool ReplicaFilter::is_child(LayerId layer) const {
    return std::any_of(links_.begin(), links_.end(), [&](const Relationship& link) {
        return link.destination == layer && link.origin != layer;
    });
}

const LayerFilter& ReplicaFilter::of(LayerId layer) const {
    return filters_.at(layer);
}

const geodb::SpatialFilter& ReplicaFilter::area(const Layer& layer) {
    const auto known = areas_.find(layer.id);
    if (known != areas_.end()) return known->second;
    const auto to = layer.geometry->srs_id;
    const auto asked = wire::read_geometry_parameter(wishes_.area);
    const bool says_reference = (asked && asked->epsg) || replica_.extent_epsg;
    if (!says_reference) {
        throw Error(Status::Unsupported,
                    "the spatial reference of the replica's area is not known");
    }
    const std::int32_t from = replica_.extent_epsg.value_or(to);
    return areas_
        .emplace(layer.id, asked ? wire::area_filter(*asked, from, to)
                                 : wire::area_filter(*replica_.extent, from, to))
        .first->second;
}

/// All features of the file that the filter holds.
FeatureQuery ReplicaFilter::query(const Layer& layer) {
    const LayerFilter& filter = of(layer.id);
    FeatureQuery query;
    if (filter.option == QueryOption::UseFilter) {
        if (!filter.where.empty()) {
            query.where = geodb::where_for(layer, filter.where, file_.now_ms());
        }
        if (filter.by_place && layer.geometry) query.area = &area(layer);
    } else if (filter.option == QueryOption::None) {
        query.related.emplace();
        for (const Relationship& link : links_) {
            if (link.destination != layer.id) continue;
            const Layer& parents = file_.layer(link.origin);
            query.related->push_back(
                {link.destination_key, &parents, link.origin_key, this->query(parents)});
        }
    }
    return query;
}

bool ReplicaFilter::holds(const Layer& layer, FeatureQuery query, ObjectId feature) {
    query.object_ids.emplace(1, feature);
    return geodb::count_features(file_.database(), layer, query) > 0;
}

std::optional<std::string> ReplicaFilter::why_outside(const Layer& layer, ObjectId feature) {
    const LayerFilter& filter = of(layer.id);
    if (filter.takes_all()) return std::nullopt;
    const FeatureQuery all = query(layer);
    if (filter.by_relation()) {
        if (holds(layer, all, feature)) return std::nullopt;
        return "no feature that it belongs to is in the replica";
    }
    if (filter.option == QueryOption::None) return "the replica takes no features of this layer";
    FeatureQuery part;
    part.where = all.where;
    if (!holds(layer, part, feature)) return "it does not meet '" + filter.where + "'";
    part.area = all.area;
    if (!holds(layer, part, feature)) return "it lies outside the replica's area";
    return std::nullopt;
}

}  // namespace rhumb::sync
