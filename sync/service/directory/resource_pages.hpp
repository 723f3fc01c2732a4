// SPDX-License-Identifier: Apache-2.0
//
// What a page says of a resource: the list of services, a service, a layer, features, and anything
// else member by member.

#pragma once

#include "sync/service/directory/html.hpp"
#include "sync/wire/json.hpp"

#include <string>

namespace rhumb::service::directory {

/// `path`: of the resource, without a slash at its end.
void write_resource(Page& page, const wire::Json& resource, const std::string& path);

}  // namespace rhumb::service::directory
