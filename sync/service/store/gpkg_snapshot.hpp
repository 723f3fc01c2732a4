// SPDX-License-Identifier: Apache-2.0
//
// Reading a served GeoPackage: one read transaction, so that all layers are of one moment.

#pragma once

#include "geodb/geodatabase.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "sync/service/store/store.hpp"

#include <functional>
#include <memory>

namespace rhumb::service {

/// `give_back` gets the connection when the snapshot ends.
using GiveBack = std::function<void(std::unique_ptr<geodb::Geodatabase>)>;

std::unique_ptr<StoreSnapshot> open_gpkg_snapshot(std::unique_ptr<geodb::Geodatabase> reader,
                                                  GiveBack give_back);

}  // namespace rhumb::service
