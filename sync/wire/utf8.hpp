// SPDX-License-Identifier: Apache-2.0
//
// Texts of other programs may hold any bytes; what goes out is UTF-8.

#pragma once

#include <string>
#include <string_view>

namespace rhumb::wire {

/// The text, with U+FFFD for each byte that belongs to no character.
std::string repaired_utf8(std::string_view text);

}  // namespace rhumb::wire
