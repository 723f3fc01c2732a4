// SPDX-License-Identifier: Apache-2.0
//
// Writing to a served GeoPackage: one transaction on its only writer connection.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/service/store/store.hpp"

#include <memory>
#include <mutex>

namespace rhumb::service {

/// Holds `lock`, which guards `writer`, until the transaction ends.
std::unique_ptr<StoreTransaction> open_gpkg_transaction(geodb::Geodatabase& writer,
                                                        std::unique_lock<std::mutex> lock);

/// What other programs committed so far becomes a generation of its own, with its changeset.
/// Inside a write transaction, before its own edits.
void absorb_into_timeline(geodb::Geodatabase& writer);

}  // namespace rhumb::service
