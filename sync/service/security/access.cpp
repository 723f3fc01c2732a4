// SPDX-License-Identifier: Apache-2.0
#include "sync/service/security/access.hpp"

#include "platform/text.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {
namespace {

bool is_owner(std::string_view owner, const Principal& who) {
    return who.signed_in() && equal_ignoring_case(owner, who.user);
}

}  // namespace

bool may_use(const Access& access, std::string_view owner, const Principal& who) {
    if (access.who == Access::Who::Everyone) return true;
    if (!who.signed_in()) return false;
    if (who.role == Role::Administrator || is_owner(owner, who)) return true;
    if (access.who != Access::Who::Listed) return true;
    return access.users.count(lowered(who.user)) != 0 || access.roles.count(who.role) != 0;
}

Principal as_seen_by(const Access& access, std::string_view owner, Principal who) {
    if (!who.signed_in()) who.role = access.anonymous;
    if (is_owner(owner, who)) who.role = std::max(who.role, Role::Owner);
    return who;
}

}  // namespace rhumb::service
