// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"
#include "runtime/tools/options.hpp"

#include <map>
#include <memory>

namespace rhumb::tool {
namespace {

using Action = UserArguments::Action;

struct Typed {
    UserArguments arguments;
    std::string action, role;
};

Action action_of(const std::string& word) {
    const std::map<std::string, Action> actions{{"list", Action::List},
                                                {"add", Action::Add},
                                                {"remove", Action::Remove},
                                                {"password", Action::Password},
                                                {"role", Action::Role}};
    const auto action = actions.find(word);
    if (action != actions.end()) return action->second;
    throw UsageError("'" + word + "': list, add, remove, password or role is wanted");
}

service::Role read_role(const std::string& word) {
    if (const auto role = service::role_of(word)) return *role;
    throw UsageError("--role is '" + word + "', not " + std::string(service::role_names()));
}

UserArguments read(const Typed& typed) {
    UserArguments arguments = typed.arguments;
    arguments.action = action_of(typed.action);
    const bool lists = arguments.action == Action::List;
    if (lists && !arguments.name.empty()) throw UsageError("list: no name is wanted");
    if (!lists && arguments.name.empty()) {
        throw UsageError(typed.action + ": the name of a user is wanted");
    }
    const bool takes_role = arguments.action == Action::Add || arguments.action == Action::Role;
    if (!typed.role.empty() && !takes_role) throw UsageError("--role is for add and role");
    arguments.role = read_if(typed.role, read_role);
    if (arguments.action == Action::Role && !arguments.role) throw UsageError("--role is missing");
    return arguments;
}

}  // namespace

void declare_user(CommandOptions& command) {
    auto typed = std::make_shared<Typed>();
    command.add("ACTION", typed->action, "list, add, remove, password or role").required();
    command.add("NAME", typed->arguments.name, "The user");
    command.add("--file", typed->arguments.file, "The list, as rhumb serve --users gets it")
        .required();
    command.add("--role", typed->role,
                "viewer, editor, owner or administrator (default of add: viewer)");
    command.add_json();
    command.examples(
        "  rhumb user add ana --role editor --file users.json\n"
        "  rhumb user password ana --file users.json < secret.txt\n"
        "A password is asked for, or read from stdin; it is never an argument. A running server\n"
        "sees at once what was changed; a new password ends the tokens of the old one.");
    command.read_by([typed] { return read(*typed); });
}

}  // namespace rhumb::tool
