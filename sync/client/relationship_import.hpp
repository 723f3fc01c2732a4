// SPDX-License-Identifier: Apache-2.0
//
// Relationships of a service, made in a replica as far as both sides of them are there.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/wire/json.hpp"

#include <string>
#include <vector>

namespace rhumb::sync {

/// `definitions` are the layer resources. Inside a transaction, after the layers are made. Gives
/// back why a relationship was left out.
std::vector<std::string> import_relationships(geodb::Geodatabase& geodatabase,
                                              const wire::Json& definitions);

}  // namespace rhumb::sync
