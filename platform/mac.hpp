// SPDX-License-Identifier: Apache-2.0
//
// Proof that bytes came from somebody who has a key, and a comparison that tells nothing by how
// long it takes.

#pragma once

#include <string>
#include <string_view>

namespace rhumb {

/// 32 bytes.
std::string hmac_sha256(std::string_view key, std::string_view bytes);

/// False at once only when the lengths differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace rhumb
