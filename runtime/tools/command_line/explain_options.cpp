// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"

#include <memory>

namespace rhumb::tool {
void declare_explain(CommandOptions& command) {
    auto arguments = std::make_shared<ExplainArguments>();
    command.add("REPLICA", arguments->file, "The replica").required();
    command.add("LAYER", arguments->layer, "Name or number of the layer").required();
    command.add("GLOBALID", arguments->feature, "The feature, with braces or without").required();
    command.add_json();
    command.examples("  rhumb explain day.gpkg trees {72E40000-0000-4000-8000-000000000001}");
    command.read_by([arguments] { return *arguments; });
}

}  // namespace rhumb::tool
