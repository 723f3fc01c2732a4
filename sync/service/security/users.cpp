// SPDX-License-Identifier: Apache-2.0
#include "sync/service/security/users.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/text.hpp"
#include "sync/service/settings/settings_reader.hpp"
#include "sync/wire/json.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {
namespace {

using wire::Json;

constexpr std::int64_t kFormat = 1;
constexpr std::int64_t kMostMs = 1LL << 53;

std::string shown(std::string_view name) {
    return "'" + excerpt(name, 60) + "'";
}

bool is_user_name(std::string_view name) {
    const bool odd = std::any_of(name.begin(), name.end(), [](unsigned char c) {
        return c < 0x20 || c == 0x7f || c == ',' || c == '"';
    });
    return !name.empty() && name.size() <= kMostUserBytes && !odd && is_utf8(name) &&
           trimmed(name) == name;
}

void check_name(std::string_view name) {
    if (is_user_name(name)) return;
    throw Error(Status::InvalidArgument,
                "the name " + shown(name) + " is not 1 to " + std::to_string(kMostUserBytes) +
                    " bytes of UTF-8 without commas, quotes and blanks around");
}

void check_password(std::string_view password) {
    if (password.size() >= kLeastPasswordBytes && password.size() <= kMostPasswordBytes) return;
    throw Error(Status::InvalidArgument, "a password has " + std::to_string(kLeastPasswordBytes) +
                                             " to " + std::to_string(kMostPasswordBytes) +
                                             " bytes");
}

User read_user(SettingsReader reader) {
    User user;
    user.name = reader.text("name", kMostUserBytes).value_or("");
    if (!is_user_name(user.name)) reader.refuse("name", "is missing or no name of a user");
    const std::string role = reader.text("role", 40).value_or("");
    const auto known = role_of(role);
    if (!known) reader.refuse("role", "is '" + role + "', not " + std::string(role_names()));
    user.role = *known;
    user.password = reader.text("password", 1000).value_or("");
    if (!is_password_hash(user.password)) {
        reader.refuse("password", "is missing or no hash of a password");
    }
    user.since_ms = reader.number("passwordSet", 0, kMostMs).value_or(0);
    reader.finish();
    return user;
}

/// A hash that no password has; as much work as a real one.
constexpr const char* kNobodysPassword =
    "scrypt$n=32768,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

}  // namespace

UserList UserList::read(const std::filesystem::path& file) {
    UserList list;
    if (!std::filesystem::exists(file)) return list;
    const Json json = read_settings_file(file);
    SettingsReader reader(json, file.string());
    if (reader.number("format", kFormat, kFormat) != kFormat) {
        reader.refuse("format", "is missing");
    }
    const Json* users = reader.value("users");
    if (users == nullptr || users->array() == nullptr) {
        reader.refuse("users", "is missing or no list");
    }
    std::size_t index = 0;
    for (const Json& user : *users->array()) {
        const std::string where = "users[" + std::to_string(index++) + "].";
        User read = read_user(SettingsReader(user, file.string(), where));
        const std::string key = lowered(read.name);
        if (!list.users_.emplace(key, std::move(read)).second) {
            reader.refuse("users", "has '" + excerpt(key, 60) + "' twice");
        }
    }
    reader.finish();
    return list;
}

void UserList::write(const std::filesystem::path& file) const {
    Json users = Json::Array{};
    for (const auto& [key, user] : users_) {
        users.push(Json::Object{{"name", user.name},
                                {"role", name_of(user.role)},
                                {"password", user.password},
                                {"passwordSet", user.since_ms}});
    }
    const Json all = Json::Object{{"format", kFormat}, {"users", std::move(users)}};
    make_private_file(file, to_pretty_text(all) + "\n");
}

void UserList::add(std::string_view name, Role role, std::string_view password, Random& random,
                   std::int64_t now_ms, PasswordCost cost) {
    check_name(name);
    check_password(password);
    if (find(name) != nullptr) {
        throw Error(Status::AlreadyExists, "there is a user " + shown(name) + " already");
    }
    users_.emplace(lowered(name),
                   User{std::string(name), role, hash_password(password, random, cost), now_ms});
}

User& UserList::named(std::string_view name) {
    const auto found = users_.find(lowered(name));
    if (found != users_.end()) return found->second;
    throw Error(Status::NotFound, "there is no user " + shown(name));
}

void UserList::remove(std::string_view name) {
    named(name);
    users_.erase(lowered(name));
}

void UserList::set_password(std::string_view name, std::string_view password, Random& random,
                            std::int64_t now_ms, PasswordCost cost) {
    User& user = named(name);
    check_password(password);
    user.password = hash_password(password, random, cost);
    user.since_ms = std::max(now_ms, user.since_ms + 1);
}

void UserList::set_role(std::string_view name, Role role) {
    named(name).role = role;
}

const User* UserList::find(std::string_view name) const {
    const auto found = users_.find(lowered(name));
    return found == users_.end() ? nullptr : &found->second;
}

Users::Users(std::filesystem::path file) : file_(std::move(file)), stamp_(stamp_of(file_)) {
    if (stamp_ == FileStamp{}) {
        throw Error(Status::NotFound, "there is no file of users '" + file_.string() + "'");
    }
    list_ = std::make_shared<const UserList>(UserList::read(file_));
    if (!list_->all().empty()) return;
    throw Error(Status::NotFound,
                "there is nobody in '" + file_.string() + "': make a user with rhumb user add");
}

std::shared_ptr<const UserList> Users::current() {
    const std::lock_guard looking(look_mutex_);
    const FileStamp now = stamp_of(file_);
    if (now == stamp_) return remembered();
    try {
        auto list = std::make_shared<const UserList>(UserList::read(file_));
        stamp_ = now;
        const std::lock_guard lock(list_mutex_);
        list_ = std::move(list);
    } catch (const Error&) {  // a file that somebody broke by hand locks nobody out
    }
    return remembered();
}

std::shared_ptr<const UserList> Users::remembered() {
    const std::lock_guard lock(list_mutex_);
    return list_;
}

std::optional<User> Users::find(std::string_view name, Look look) {
    const auto list = look == Look::Now ? current() : remembered();
    const User* user = list->find(name);
    return user != nullptr ? std::optional(*user) : std::nullopt;
}

std::optional<User> Users::sign_in(std::string_view name, std::string_view password) {
    if (password.size() > kMostPasswordBytes) return std::nullopt;
    auto user = find(name);
    const bool right = is_password(password, user ? user->password : kNobodysPassword);
    if (!right) return std::nullopt;
    return user;
}

}  // namespace rhumb::service
