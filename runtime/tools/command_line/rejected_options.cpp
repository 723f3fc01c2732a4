// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"
#include "runtime/tools/options.hpp"

#include <memory>

namespace rhumb::tool {
namespace {

struct Typed {
    RejectedArguments arguments;
    std::string action = "list", number;
};

RejectedArguments read(const Typed& typed) {
    using Action = RejectedArguments::Action;
    const std::map<std::string, Action> actions{
        {"list", Action::List},    {"show", Action::Show},
        {"retry", Action::Retry},  {"take-theirs", Action::TakeTheirs},
        {"drop", Action::Drop},    {"park", Action::Park},
        {"export", Action::Export}};
    const auto action = actions.find(typed.action);
    if (action == actions.end()) {
        throw UsageError("'" + typed.action +
                         "': list, show, retry, take-theirs, drop, park or export is wanted");
    }
    RejectedArguments arguments = typed.arguments;
    arguments.action = action->second;
    if (arguments.action == Action::Export) {
        if (typed.number.empty()) throw UsageError("export: the name of a file is wanted");
        arguments.target = typed.number;
    } else if (arguments.action != Action::List) {
        arguments.number = read_number("a rejected edit", typed.number);
    }
    return arguments;
}

}  // namespace

void declare_rejected(CommandOptions& command) {
    auto typed = std::make_shared<Typed>();
    command.add("REPLICA", typed->arguments.file, "The replica").required();
    command.add_action(
        typed->action, "list, show N, retry N, take-theirs N, drop N, park N or export FILE",
        typed->number, "Number of an edit, as the list tells it; the file for export");
    command.add_json();
    command.examples(
        "  rhumb rejected day.gpkg\n"
        "  rhumb rejected day.gpkg retry 2         it goes up again, unchanged\n"
        "  rhumb rejected day.gpkg take-theirs 2   the feature becomes what the service has\n"
        "  rhumb rejected day.gpkg drop 2          the same, and the edit is forgotten\n"
        "  rhumb rejected day.gpkg park 2          it is held back, so that the others can go\n"
        "  rhumb rejected day.gpkg export refused.geojson    or JSON lines, by another name\n"
        "Editing the feature mends it: all of it goes up with the next 'rhumb sync'.");
    command.read_by([typed] { return read(*typed); });
}

}  // namespace rhumb::tool
