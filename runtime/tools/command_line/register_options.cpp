// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"

#include <memory>

namespace rhumb::tool {
void declare_register(CommandOptions& command) {
    auto arguments = std::make_shared<RegisterArguments>();
    command.add("COPY", arguments->file, "The copied file; data and edits in it stay").required();
    command.add_sign_in();
    command.add_json();
    command.examples(
        "  cp prepared.gpkg ana.gpkg && rhumb register ana.gpkg\n"
        "Two files under one replica would not hear of each other's edits: register every copy\n"
        "before it is synchronized.");
    command.read_by([arguments] { return *arguments; });
}

void declare_unregister(CommandOptions& command) {
    auto arguments = std::make_shared<UnregisterArguments>();
    command.add("REPLICA", arguments->file, "The replica").required();
    command.add_sign_in();
    command.add_json();
    command.read_by([arguments] { return *arguments; });
}

}  // namespace rhumb::tool
