// SPDX-License-Identifier: Apache-2.0
//
// Whether a replica was being unregistered when the device died.

#pragma once

#include "geodb/geodatabase.hpp"

namespace rhumb::sync {

bool is_closing(geodb::Geodatabase& geodatabase);

}  // namespace rhumb::sync
