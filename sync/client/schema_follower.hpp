// SPDX-License-Identifier: Apache-2.0
//
// The layers of a replica follow what changed in the service's: new fields and other domains are
// taken over, with pending edits intact. What cannot be followed stops that layer alone, with a
// reason; its edits stay pending until the two agree again.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/client/service_description.hpp"
#include "sync/replica/replica_store.hpp"

#include <map>
#include <string>
#include <vector>

namespace rhumb::sync {

/// How the definition of a layer in the service differs from the one here.
struct SchemaDrift {
    std::vector<geodb::Field> added;
    std::vector<geodb::Field> redescribed;  ///< with another alias or domain
    std::string obstacle;                   ///< why it cannot be followed; "" when it can
};
/// `projected`: the replica has geometries in a reference of its own.
SchemaDrift schema_drift(const geodb::Layer& mine, const geodb::LayerPlan& theirs, bool projected);

/// Whether every layer is as it was agreed, as far as the service's root tells. False when the
/// definitions must be asked for.
bool schema_is_agreed(const Replica& replica, const ServiceDescription& service);

/// Follows the service's definitions and stores what came of it, in one transaction. Gives back
/// what a person should know: fields taken over, layers stopped or taken up again.
///
/// Throws SchemaChanged when no layer is left that can be synchronized.
std::vector<std::string> follow_schema(geodb::Geodatabase& geodatabase, ReplicaStore& store,
                                       Replica& replica, const ServiceDescription& service,
                                       const std::map<geodb::LayerId, wire::Json>& definitions);

}  // namespace rhumb::sync
