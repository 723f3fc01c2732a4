// SPDX-License-Identifier: Apache-2.0
//
// The three ways in which somebody is told that he may not. Clients sign in anew when they see
// 498 or 499, so these two mean nothing else anywhere.

#pragma once

#include "platform/error.hpp"

#include <string>

namespace rhumb::service {

/// ArcGIS REST 498: a token was given and is no good (any more).
Error token_invalid(const std::string& why);
/// ArcGIS REST 499: none was given, and one is wanted.
Error token_required(const std::string& why);
/// ArcGIS REST 403: we know who it is, and he may not.
Error not_permitted(const std::string& why);

}  // namespace rhumb::service
