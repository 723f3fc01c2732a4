// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"

#include <memory>

namespace rhumb::tool {
void declare_status(CommandOptions& command) {
    auto arguments = std::make_shared<StatusArguments>();
    command.add("REPLICA", arguments->file, "The replica").required();
    command.add_json();
    command.read_by([arguments] { return *arguments; });
}

}  // namespace rhumb::tool
