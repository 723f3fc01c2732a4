// SPDX-License-Identifier: Apache-2.0
//
// The net edits of a batch as a delta, for an upload item.
//
// Writing the same batch again gives the same bytes, so parts that are there already stay good.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/client/upload_writer.hpp"
#include "sync/delta/delta_writer.hpp"
#include "sync/replica/replica_store.hpp"

#include <filesystem>
#include <set>

namespace rhumb::sync {

/// `sealed_ms` goes into the header.
void write_upload_delta(geodb::Geodatabase& geodatabase, const Replica& replica,
                        const std::set<geodb::LayerId>& layers, const ReplicaStore::Batch& batch,
                        std::int64_t sealed_ms, const std::filesystem::path& file,
                        delta::Form form);

}  // namespace rhumb::sync
