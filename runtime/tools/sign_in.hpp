// SPDX-License-Identifier: Apache-2.0
//
// Who signs in at a service, as the command line and the environment tell.
//
// A password comes from RHUMB_PASSWORD or from the terminal, never from the command line, which
// every user of the machine can read; a token may come from RHUMB_TOKEN for the same reason.

#pragma once

#include "sync/client/credentials.hpp"

#include <memory>
#include <string>

namespace rhumb::tool {

struct SignIn {
    std::string user;
    std::string token;
};

/// Null when nobody signs in. Throws UsageError when there is a user and no way to a password.
std::shared_ptr<sync::Credentials> credentials_of(const SignIn& sign_in);

/// A password that is to be set: asked for twice at a terminal, else the first line of stdin.
/// Throws UsageError when there is none, or the two differ.
std::string new_password(const std::string& user);

}  // namespace rhumb::tool
