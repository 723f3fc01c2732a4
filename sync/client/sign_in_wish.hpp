// SPDX-License-Identifier: Apache-2.0
//
// Whether an answer, of whatever request, says no more than that somebody has to sign in.

#pragma once

#include "platform/http/transport.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb::sync {

struct SignInWish {
    std::int64_t code;
    std::string text;  ///< the service's words
};

/// ArcGIS REST: code 498 or 499 in an error object, or HTTP 401, 498 or 499.
std::optional<SignInWish> sign_in_wish(const http::TransportResult& result);

/// A service that repeats the token in an answer does not get it into our messages.
void hide_in(http::TransportResult& result, std::string_view token);

}  // namespace rhumb::sync
