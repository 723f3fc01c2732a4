// SPDX-License-Identifier: Apache-2.0
//
// rhumb user: who may sign in at a server. The list is a file that a running server looks at again
// when it has changed.

#include "platform/file_lock.hpp"
#include "platform/files.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/options.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/session.hpp"
#include "runtime/tools/sign_in.hpp"
#include "sync/service/security/users.hpp"

namespace rhumb::tool {
namespace {

using Action = UserArguments::Action;
using service::User;
using service::UserList;

void list(const UserList& users, const Session& session) {
    if (session.json()) {
        wire::Json all = wire::Json::Array{};
        for (const auto& [key, user] : users.all()) {
            all.push(wire::Json::Object{{"name", user.name}, {"role", name_of(user.role)}});
        }
        print_json(wire::Json::Object{{"users", std::move(all)}});
        return;
    }
    Table table;
    for (const auto& [key, user] : users.all()) {
        table.add({user.name, std::string(name_of(user.role))});
    }
    table.print();
    print(counted(static_cast<std::int64_t>(users.all().size()), "user"));
}

void report(const std::string& what, const UserArguments& arguments, const Session& session) {
    if (session.json()) {
        print_json(wire::Json::Object{{"user", arguments.name},
                                      {"file", arguments.file.string()},
                                      {"done", what}});
    } else {
        print(what + " " + arguments.name + " in " + arguments.file.string());
    }
}

/// What was done, in one word.
std::string change(UserList& users, const UserArguments& arguments, Session& session) {
    const std::int64_t now = session.clock().now_ms();
    switch (arguments.action) {
        case Action::Add:
            if (users.find(arguments.name) != nullptr) {
                throw Error(Status::AlreadyExists,
                            "there is a user '" + arguments.name + "' already");
            }
            users.add(arguments.name, arguments.role.value_or(service::Role::Viewer),
                      new_password(arguments.name), session.random(), now);
            return "added";
        case Action::Password:
            if (users.find(arguments.name) == nullptr) {
                throw Error(Status::NotFound, "there is no user '" + arguments.name + "'");
            }
            users.set_password(arguments.name, new_password(arguments.name), session.random(),
                               now);
            return "changed the password of";
        case Action::Role:
            users.set_role(arguments.name, arguments.role.value());
            return "changed the role of";
        case Action::Remove:
            users.remove(arguments.name);
            return "removed";
        case Action::List:
            break;
    }
    return "listed";
}

}  // namespace

int run(const UserArguments& arguments, Session& session) {
    if (arguments.action == Action::List) {
        if (!std::filesystem::exists(arguments.file)) {
            throw Error(Status::NotFound, "there is no file '" + arguments.file.string() + "'");
        }
        list(UserList::read(arguments.file), session);
        return kDone;
    }
    const auto lock = FileLock::try_take(arguments.file.string() + ".lock");
    if (!lock) {
        throw Error(Status::Busy, "somebody else is changing '" + arguments.file.string() + "'");
    }
    UserList users = UserList::read(arguments.file);
    const std::string what = change(users, arguments, session);
    users.write(arguments.file);
    report(what, arguments, session);
    return kDone;
}

}  // namespace rhumb::tool
