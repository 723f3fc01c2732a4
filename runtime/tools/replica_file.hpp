// SPDX-License-Identifier: Apache-2.0
//
// The replica that a file is, as the commands meet it: whole, half-made, closed, or none at all.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/replica/replica.hpp"

#include <optional>
#include <string>

namespace rhumb::tool {

enum class ReplicaState : std::uint8_t { None, HalfMade, Ready, Closed };

ReplicaState replica_state(geodb::Geodatabase& file);

/// The service that a half-made replica is of; "" when it is not known.
std::string half_made_url(geodb::Geodatabase& file);

/// Throws Error naming the file unless edits made in it will reach its service.
void require_ready(geodb::Geodatabase& file);

}  // namespace rhumb::tool
