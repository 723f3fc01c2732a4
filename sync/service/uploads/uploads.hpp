// SPDX-License-Identifier: Apache-2.0
//
// The uploads resource: info, upload, register, and <item> with uploadPart, parts, commit, delete.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

#include <string>
#include <vector>

namespace rhumb::service {

/// `below` is the path behind …/uploads, decoded.
http::Response uploads_resource(const Call& call, const std::vector<std::string>& below);

}  // namespace rhumb::service
