// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"

#include <memory>

namespace rhumb::tool {
void declare_verify(CommandOptions& command) {
    auto arguments = std::make_shared<VerifyArguments>();
    command.add("REPLICA", arguments->file, "The replica; synchronize it first").required();
    command.add_sign_in();
    command.add_json();
    command.examples(
        "  rhumb sync day.gpkg && rhumb verify day.gpkg\n"
        "Pending edits are laid aside. Exit code 0 when both agree, 1 when not.\nA service that "
        "does "
        "not speak Rhumb is asked for every row.");
    command.read_by([arguments] { return *arguments; });
}

}  // namespace rhumb::tool
