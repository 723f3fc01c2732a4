// SPDX-License-Identifier: Apache-2.0
//
// The wishes for a new replica, as they are kept with the rung while it is being made.

#pragma once

#include "sync/client/ladder.hpp"
#include "sync/wire/json.hpp"

#include <string>

namespace rhumb::sync {

wire::Json facts_of(const CreateOptions& options);
CreateOptions create_options_of(const wire::Json& facts);
/// Those that the replica was made with, as far as the file knows them.
CreateOptions wishes_of(const Replica& replica);

/// …/FeatureServer without blanks and trailing slashes. Throws InvalidArgument naming it when it
/// is no http(s) address.
std::string service_address(const std::string& url);

}  // namespace rhumb::sync
