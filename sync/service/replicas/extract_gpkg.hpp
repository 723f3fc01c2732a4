// SPDX-License-Identifier: Apache-2.0
//
// An extract as a GeoPackage of its own.

#pragma once

#include "sync/service/replicas/replica_filter.hpp"

#include <filesystem>

namespace rhumb::service {

/// Layers keep their names, numbers, fields and relationships, features their GlobalIDs.
void write_gpkg(const std::filesystem::path& path, const Store& store, const ReplicaRecord& replica,
                const ReplicaView& view, StoreSnapshot& snapshot);

}  // namespace rhumb::service
