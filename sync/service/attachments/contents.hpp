// SPDX-License-Identifier: Apache-2.0
//
// Content by its hash, between two Rhumbs: what is here already is not sent again, and many small
// contents travel in one request. Our extension, resource <fs>/rhumbContents.
//
// have: which of these contents are here, and how much of each.
// put:  a pack of pieces comes in; answers like have.
// get:  a pack of the contents asked for, each from an offset, as many as fit one answer.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

#include <string_view>

namespace rhumb::service {

http::Response contents_resource(const Call& call, std::string_view operation);

}  // namespace rhumb::service
