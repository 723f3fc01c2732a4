// SPDX-License-Identifier: Apache-2.0
//
// Where a request came to, and whether a page of this server sent it.

#pragma once

#include "platform/http/message.hpp"

#include <string>

namespace rhumb::service {

/// `http://host:port` as the caller reached us, so that links lead back the same way.
std::string origin_of(const http::Request& request);

/// Whether the browser says that a page of this server made it send the request: Sec-Fetch-Site,
/// else Origin, else Referer. What says nothing is of somebody else.
bool is_from_own_page(const http::Request& request);

}  // namespace rhumb::service
