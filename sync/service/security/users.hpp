// SPDX-License-Identifier: Apache-2.0
//
// Who may sign in: a file of names, roles and password hashes that only its owner may read.
//
// The file is written whole or not at all. A server looks at it again when it has changed, so that
// adding or removing somebody takes effect at once.

#pragma once

#include "platform/clock.hpp"
#include "platform/file_stamp.hpp"
#include "platform/password.hpp"
#include "platform/random.hpp"
#include "sync/service/security/principal.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb::service {

constexpr std::size_t kMostUserBytes = 120;
constexpr std::size_t kLeastPasswordBytes = 8;
constexpr std::size_t kMostPasswordBytes = 1024;

struct User {
    std::string name;  ///< as it was given; names compare without regard to case
    Role role = Role::Viewer;
    std::string password;       ///< its hash
    std::int64_t since_ms = 0;  ///< when the password was set: tokens of before are no good
};

/// A list of users on its way from and to its file. Each change throws InvalidArgument, NotFound or
/// AlreadyExists naming the user.
class UserList {
public:
    /// Empty when there is no such file. Throws InvalidArgument naming file and key.
    static UserList read(const std::filesystem::path& file);
    void write(const std::filesystem::path& file) const;

    void add(std::string_view name, Role role, std::string_view password, Random& random,
             std::int64_t now_ms, PasswordCost cost = {});
    void remove(std::string_view name);
    void set_password(std::string_view name, std::string_view password, Random& random,
                      std::int64_t now_ms, PasswordCost cost = {});
    void set_role(std::string_view name, Role role);

    /// Null when there is none.
    const User* find(std::string_view name) const;
    /// By name in lower case.
    const std::map<std::string, User>& all() const { return users_; }

private:
    User& named(std::string_view name);
    std::map<std::string, User> users_;
};

/// The users of a running server. Any thread.
class Users {
public:
    /// Throws like UserList::read; NotFound when there is no file, or nobody in it.
    explicit Users(std::filesystem::path file);

    /// A change of the file is seen when somebody looks.
    enum class Look : std::uint8_t { Now, Remember };
    std::optional<User> find(std::string_view name, Look look = Look::Now);
    /// The user when the password is his. Takes as long for somebody unknown.
    std::optional<User> sign_in(std::string_view name, std::string_view password);

private:
    std::shared_ptr<const UserList> current();
    std::shared_ptr<const UserList> remembered();

    std::filesystem::path file_;
    std::mutex look_mutex_;  // held while the file is looked at; guards the stamp
    FileStamp stamp_;
    std::mutex list_mutex_;  // never for long
    std::shared_ptr<const UserList> list_;
};

}  // namespace rhumb::service
