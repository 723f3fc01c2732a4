// SPDX-License-Identifier: Apache-2.0
//
// A service that has moved to another address. The replica goes on with it there; that it is the
// same service, and knows the replica, shows when they next synchronize.

#pragma once

#include "geodb/geodatabase.hpp"

#include <string>

namespace rhumb::sync {

/// Also what a synchronization that was cut off knows of the old address. One transaction.
/// `address` as service_address() gives it.
void move_to_service(geodb::Geodatabase& geodatabase, const std::string& address);

}  // namespace rhumb::sync
