// SPDX-License-Identifier: Apache-2.0
//
// Names of replicas: what the caller wished, made unique.

#pragma once

#include "sync/service/call.hpp"

#include <string>

namespace rhumb::service {

/// ArcGIS REST: on a clash the service makes the wished name unique.
std::string free_name(StoreSnapshot& snapshot, const Call& call, const Uuid& id);

}  // namespace rhumb::service
