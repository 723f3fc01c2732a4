// SPDX-License-Identifier: Apache-2.0
//
// Signing in to the services directory of a secured server, and out again.
//
// Whoever clicks to what wants a sign-in gets a form in its place, and after it the page that he
// was on his way to. His browser keeps the sign-in in a cookie (security/session_cookie).

#pragma once

#include "platform/http/form.hpp"
#include "platform/http/message.hpp"
#include "sync/service/directory/visitor.hpp"
#include "sync/service/request_facts.hpp"
#include "sync/service/security/security.hpp"

#include <string>
#include <string_view>

namespace rhumb::service::directory {

/// `<context>/rest/login` and `<context>/rest/logout`.
bool is_login(const http::Request& request, const std::string& context);
bool is_logout(const http::Request& request, const std::string& context);

/// The form, or with POST what becomes of it: the page that was wanted, or the form once more with
/// what was wrong.
http::Response login(Security& security, const http::Request& request,
                     const http::Parameters& parameters, const Visitor& visitor,
                     RequestFacts& facts);
/// Ends the sign-in. Throws not_permitted() for a request that no page of ours sent.
http::Response logout(const http::Request& request, const Visitor& visitor, RequestFacts& facts);

/// The form in place of a page that wants a sign-in; `code` 498 says that there was one.
http::Response ask_to_sign_in(const Security& security, const http::Request& request,
                              const Visitor& visitor, std::int64_t code);

/// For the corner of every page: who it is, and the way in or out.
std::string corner_of(const http::Request& request, const Visitor& visitor);

/// Where to go after signing in: a path below `<context>/rest` of this server, or else the root of
/// the directory.
std::string return_target(std::string_view wished, const Visitor& visitor);

}  // namespace rhumb::service::directory
