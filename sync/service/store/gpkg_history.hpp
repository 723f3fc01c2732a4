// SPDX-License-Identifier: Apache-2.0
//
// Retention in a served GeoPackage: idle replicas expire, history that nobody needs goes.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/service/store/history.hpp"

#include <cstdint>

namespace rhumb::service {

/// Marks the replicas that expired, forgets those whose time to upload is over, and gives up the
/// history that no living replica needs. Inside a transaction; takes nothing away yet but rows
/// about replicas.
void apply_history_policy(geodb::Geodatabase& geodatabase, const HistoryPolicy& policy);

/// Gives up history as asked; the oldest generation kept. Inside a transaction; takes nothing away
/// yet. Throws InvalidArgument when a living replica needs what is to go.
geodb::Generation cut_history(geodb::Geodatabase& geodatabase, const HistoryCut& cut);

/// Takes away a part of the history that was given up; false when none is left. A transaction.
bool forget_a_part(geodb::Geodatabase& geodatabase);

}  // namespace rhumb::service
