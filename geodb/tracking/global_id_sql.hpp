// SPDX-License-Identifier: Apache-2.0
//
// GUIDs in plain SQL, for triggers that run in other people's programs.

#pragma once

#include <string>

namespace rhumb::geodb {

/// An expression that makes a random (version 4) GUID in the canonical form.
std::string random_guid();
/// `{8-4-4-4-12}` in upper case, of a value that is a GUID in any form.
std::string canonical_guid(const std::string& value);
/// Conditions on a value that is not NULL.
std::string is_canonical_guid(const std::string& value);
std::string is_guid(const std::string& value);

}  // namespace rhumb::geodb
