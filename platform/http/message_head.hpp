// SPDX-License-Identifier: Apache-2.0
//
// Start line and header fields as bytes. Internal to this folder.
//
// Nothing that came from outside can smuggle a line end, and with it a field, into a head.

#pragma once

#include "platform/http/message.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rhumb::http {

/// Throws Error(InvalidArgument) naming the method or field that cannot stand in a head.
std::string request_head(std::string_view method, std::string_view target, const Headers& headers);
std::string response_head(int status, const Headers& headers);

/// True for a non-empty run of the characters of names and methods (RFC 9110 `token`).
bool is_token(std::string_view text);

}  // namespace rhumb::http
