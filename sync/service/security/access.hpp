// SPDX-License-Identifier: Apache-2.0
//
// Who may use a service at all.

#pragma once

#include "sync/service/security/principal.hpp"

#include <set>
#include <string>
#include <string_view>

namespace rhumb::service {

struct Access {
    enum class Who : std::uint8_t {
        Unsaid,    ///< whoever the server lets in: everyone without users, else who signs in
        Everyone,  ///< without a sign-in too
        SignedIn,
        Listed,  ///< the users and roles below
    };
    Who who = Who::Unsaid;
    std::set<std::string> users;  ///< lower case
    std::set<Role> roles;
    /// What somebody may do who comes without a sign-in to a service for everyone.
    Role anonymous = Role::Viewer;
};

/// Whether the service is there for somebody. `owner`: the user whom the service names so.
bool may_use(const Access& access, std::string_view owner, const Principal& who);

/// The principal as this service sees him: its owner is one here, and somebody without a sign-in
/// is what the service says.
Principal as_seen_by(const Access& access, std::string_view owner, Principal who);

}  // namespace rhumb::service
