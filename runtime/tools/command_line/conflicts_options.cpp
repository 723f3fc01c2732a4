// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"
#include "runtime/tools/options.hpp"

#include <memory>

namespace rhumb::tool {
namespace {

struct Typed {
    ConflictsArguments arguments;
    std::string action = "list", number, take;
    bool whole_feature = false;
};

sync::Resolution read_resolution(const Typed& typed) {
    using Resolution = sync::Resolution;
    Resolution resolution = typed.arguments.resolution;
    if (typed.take.empty() && resolution.value.empty()) {
        throw UsageError("resolve: --take mine, --take theirs or --value JSON is wanted");
    }
    resolution.take = typed.take == "mine"     ? Resolution::Take::Mine
                      : typed.take == "theirs" ? Resolution::Take::Theirs
                                               : Resolution::Take::Value;
    if (!resolution.column.empty()) resolution.scope = Resolution::Scope::Column;
    if (typed.whole_feature) resolution.scope = Resolution::Scope::Feature;
    return resolution;
}

ConflictsArguments read(const Typed& typed) {
    using Action = ConflictsArguments::Action;
    ConflictsArguments arguments = typed.arguments;
    if (typed.action == "list") return arguments;
    if (typed.action != "show" && typed.action != "resolve") {
        throw UsageError("'" + typed.action + "': list, show N or resolve N is wanted");
    }
    arguments.number = read_number("a conflict", typed.number);
    arguments.action = typed.action == "show" ? Action::Show : Action::Resolve;
    if (arguments.action == Action::Resolve) arguments.resolution = read_resolution(typed);
    return arguments;
}

}  // namespace

void declare_conflicts(CommandOptions& command) {
    auto typed = std::make_shared<Typed>();
    auto& resolution = typed->arguments.resolution;
    command.add("REPLICA", typed->arguments.file, "The replica").required();
    command.add_action(typed->action, "list, show N or resolve N", typed->number,
                       "Number of a conflict, as the list tells it");
    const auto take =
        command.add("--take", typed->take, "resolve: mine or theirs").one_of({"mine", "theirs"});
    command.add("--value", resolution.value, "resolve: another value, as JSON").excludes(take);
    const auto column = command.add("--column", resolution.column,
                                    "resolve: the conflict about this column of the feature of N");
    command
        .add_flag("--feature", typed->whole_feature,
                  "resolve: all conflicts of the feature of N that nobody has decided")
        .excludes(column);
    command.add_json();
    command.examples(
        "  rhumb conflicts day.gpkg\n"
        "  rhumb conflicts day.gpkg resolve 3 --take mine\n"
        "  rhumb conflicts day.gpkg resolve 3 --value '\"Acer rubrum\"'\n"
        "A decision is an edit, which goes up with the next 'rhumb sync'.");
    command.read_by([typed] { return read(*typed); });
}

}  // namespace rhumb::tool
