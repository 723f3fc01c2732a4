// SPDX-License-Identifier: Apache-2.0
//
// A replica whose answer was lost: found in the service's list by the name that only we gave.

#pragma once

#include "sync/wire/json.hpp"

#include <optional>
#include <string>

namespace rhumb::sync {

/// The replicaID of the entry whose name is `wished`, or what the service made of it on a clash:
/// "crew7_0" of "crew7".
std::optional<std::string> orphan_in(const wire::Json& list, const std::string& wished);

}  // namespace rhumb::sync
