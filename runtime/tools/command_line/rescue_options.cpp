// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"

#include <memory>

namespace rhumb::tool {
void declare_rescue(CommandOptions& command) {
    auto arguments = std::make_shared<RescueArguments>();
    command.add("DAMAGED", arguments->damaged, "The replica; it is only read").required();
    command.add("OUT", arguments->target, "A new GeoPackage").required();
    command.add_json();
    command.examples(
        "  rhumb rescue day.gpkg rescued.gpkg\n"
        "Layers LAYER_pending hold what was inserted, updated and deleted, told apart by\n"
        "rhumb_kind; tables rejected_edits and conflicts those lists. What cannot be read is\n"
        "told. Exit code 0 when all was read, 1 when something is lost.");
    command.read_by([arguments] { return *arguments; });
}

}  // namespace rhumb::tool
