// SPDX-License-Identifier: Apache-2.0
//
// Who calls, and what a role lets him do.
//
// A role is of the whole server; the user that a service names as its owner is an owner there
// whatever his role.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace rhumb::service {

/// Each may do all that the ones before it may.
enum class Role : std::uint8_t {
    Viewer,         ///< asks, and takes replicas that only download
    Editor,         ///< edits and synchronizes both ways
    Owner,          ///< sees everybody's replicas, jobs and uploads; cleans history up
    Administrator,  ///< may use every service, whatever its access says
};

std::string_view name_of(Role role);
/// In any letter case; none for anything else.
std::optional<Role> role_of(std::string_view name);
/// "viewer, editor, owner or administrator", for messages.
std::string_view role_names();

/// What is left of a service's capabilities for somebody of this role.
std::string capabilities_for(Role role, std::string_view capabilities);

struct Principal {
    std::string user;         ///< "" without sign-in
    Role role = Role::Owner;  ///< a server without users asks nobody who he is
    bool signed_in() const { return !user.empty(); }

    /// Everybody's replicas, jobs and uploads are his to see.
    bool sees_all() const { return role >= Role::Owner; }
    bool may_see(std::string_view owner) const { return sees_all() || owner == user; }
};

/// In whose name jobs and upload items are looked at: his own, or with sees_all everybody's.
struct Claimant {
    Claimant(const Principal& who) : user(who.user), sees_all(who.sees_all()) {}
    Claimant(const char* owner) : user(owner) {}
    Claimant(std::string owner) : user(std::move(owner)) {}

    bool may_see(std::string_view owner) const { return sees_all || owner == user; }

    std::string user;
    bool sees_all = false;
};

}  // namespace rhumb::service
