// SPDX-License-Identifier: Apache-2.0
//
// Whether the caller has an answer already (RFC 9110, If-None-Match).

#pragma once

#include "platform/http/message.hpp"

#include <string>
#include <string_view>

namespace rhumb::service {

/// `etag` in its quotes. A packed answer's validator, which ends with the name of its coding,
/// stands for the answer too.
bool has_current(const http::Request& request, std::string_view etag);

/// Gives an answer in memory a validator of its content; it becomes a 304 when the caller has it.
void validate(const http::Request& request, http::Response& response);

}  // namespace rhumb::service
