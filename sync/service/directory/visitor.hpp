// SPDX-License-Identifier: Apache-2.0
//
// Who looks at the services directory, and where it begins.

#pragma once

#include <string>

namespace rhumb::service::directory {

struct Visitor {
    std::string context;       ///< path before /rest
    bool may_sign_in = false;  ///< the server has users
    std::string user;          ///< "" without a sign-in
    bool by_session = false;   ///< signed in by the directory's cookie

    std::string root() const { return context + "/rest/services"; }
};

}  // namespace rhumb::service::directory
