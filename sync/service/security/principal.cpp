// SPDX-License-Identifier: Apache-2.0
#include "sync/service/security/principal.hpp"

#include "platform/text.hpp"

#include <array>
#include <utility>

namespace rhumb::service {
namespace {

constexpr std::array<std::pair<Role, std::string_view>, 4> kRoles{
    {{Role::Viewer, "viewer"},
     {Role::Editor, "editor"},
     {Role::Owner, "owner"},
     {Role::Administrator, "administrator"}}};

constexpr std::array<std::string_view, 5> kOfEditors{"Create", "Update", "Delete", "Editing",
                                                     "Uploads"};

bool is_of_editors(std::string_view capability) {
    for (const std::string_view name : kOfEditors) {
        if (equal_ignoring_case(capability, name)) return true;
    }
    return false;
}

}  // namespace

std::string_view name_of(Role role) {
    return kRoles[static_cast<std::size_t>(role)].second;
}

std::optional<Role> role_of(std::string_view name) {
    for (const auto& [role, spelled] : kRoles) {
        if (equal_ignoring_case(name, spelled)) return role;
    }
    return std::nullopt;
}

std::string_view role_names() {
    return "viewer, editor, owner or administrator";
}

std::string capabilities_for(Role role, std::string_view capabilities) {
    if (role > Role::Viewer) return std::string(capabilities);
    std::string left;
    for (const std::string& word : split(capabilities, ',')) {
        if (word.empty() || is_of_editors(word)) continue;
        left += (left.empty() ? "" : ",") + word;
    }
    return left;
}

}  // namespace rhumb::service
