// SPDX-License-Identifier: Apache-2.0
//
// The forms of the services directory: a query, and edits, by hand.

#pragma once

#include "sync/service/directory/html.hpp"

#include <string>
#include <string_view>

namespace rhumb::service::directory {

/// Writes the form of an operation, to be sent to `path`. False when it has none.
bool write_form(Page& page, std::string_view operation, const std::string& path);

}  // namespace rhumb::service::directory
