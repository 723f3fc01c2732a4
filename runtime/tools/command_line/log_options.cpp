// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"

#include <memory>

namespace rhumb::tool {
void declare_log(CommandOptions& command) {
    struct Typed {
        LogArguments arguments;
        bool rejected = false, conflicts = false;
    };
    auto typed = std::make_shared<Typed>();
    command.add("REPLICA", typed->arguments.file, "The replica").required();
    command.add_list("--layer", typed->arguments.layers, "Only this layer; may be repeated");
    const auto rejected = command.add_flag("--rejected", typed->rejected,
                                           "Edits that the service refused, with its reason");
    command.add_flag("--conflicts", typed->conflicts, "Values that lost in a conflict")
        .excludes(rejected);
    command.add_json();
    command.examples(
        "  rhumb log day.gpkg\n"
        "  rhumb log day.gpkg --rejected --json");
    command.read_by([typed] {
        LogArguments read = typed->arguments;
        if (typed->rejected) read.what = LogArguments::What::Rejected;
        if (typed->conflicts) read.what = LogArguments::What::Conflicts;
        return read;
    });
}

}  // namespace rhumb::tool
