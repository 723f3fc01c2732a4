// SPDX-License-Identifier: Apache-2.0
//
// Which rows of a served GeoPackage belong to a replica: by the filter of their layer, or because
// they are related to rows that do.
//
// Relationships lead from parents to children only, and through chains of layers. One that would
// close a circle is left out, the highest number first, so that every chain has a beginning.

#pragma once

#include "geodb/features/feature_reader.hpp"
#include "geodb/features/filter_probe.hpp"
#include "geodb/geodatabase.hpp"
#include "sync/service/store/store.hpp"

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace rhumb::service {

/// Within one transaction. What it refers to outlives it.
class GpkgMembers {
public:
    GpkgMembers(geodb::Geodatabase& reader, const ReplicaScope& scope);

    /// The layer's rows come by relation alone.
    bool by_relation(LayerId layer) const;
    /// Relationships that bring rows of this layer into the replica.
    std::vector<const Relationship*> parents_of(LayerId layer) const;
    /// Relationships by which rows of this layer bring others into it.
    std::vector<const Relationship*> children_of(LayerId layer) const;

    /// All rows that belong to the replica now; none when there are none for sure.
    std::optional<geodb::FeatureQuery> query(LayerId layer) const;

    /// Whether a row, as it is or as it was, passes the filter of its layer. Not for layers whose
    /// rows come by relation.
    bool passes(LayerId layer, ObjectId oid, const std::vector<Value>& row);

private:
    void choose_links();

    geodb::Geodatabase& reader_;
    const ReplicaScope& scope_;
    std::vector<Relationship> links_;
    std::map<LayerId, std::unique_ptr<geodb::FilterProbe>> probes_;
};

}  // namespace rhumb::service
