// SPDX-License-Identifier: Apache-2.0
//
// The cookie by which a browser stays signed in to the services directory.
//
// A browser sends a cookie along with whatever it is made to ask, whoever made it. So this one
// opens no more than the directory: what is read with GET, and forms that a page of this server
// sent. Its token is good in the cookie only, and no other token is good there.

#pragma once

#include "platform/http/form.hpp"
#include "platform/http/message.hpp"

#include <string>
#include <string_view>

namespace rhumb::service {

/// Whether a request may be signed in by the cookie. `for_page`: a page is wanted as its answer.
bool takes_session(const http::Request& request, const http::Parameters& parameters, bool for_page);

/// The token in the cookie; "" for none.
std::string session_token(const http::Request& request);

/// Values of Set-Cookie. `path`: below which the browser sends it.
std::string session_cookie(const http::Request& request, std::string_view path,
                           std::string_view token);
std::string ended_session_cookie(const http::Request& request, std::string_view path);

}  // namespace rhumb::service
