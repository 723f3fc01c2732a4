// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"
#include "runtime/tools/options.hpp"

#include <memory>

namespace rhumb::tool {
namespace {

struct Typed {
    RelateArguments arguments;
    std::string key;
};

RelateArguments read(const Typed& typed) {
    const auto equals = typed.key.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == typed.key.size()) {
        throw UsageError("--key is '" + typed.key + "', not ORIGINFIELD=DESTINATIONFIELD");
    }
    RelateArguments arguments = typed.arguments;
    arguments.origin_key = typed.key.substr(0, equals);
    arguments.destination_key = typed.key.substr(equals + 1);
    return arguments;
}

}  // namespace

void declare_relate(CommandOptions& command) {
    auto typed = std::make_shared<Typed>();
    auto& arguments = typed->arguments;
    command.add("FILE", arguments.file, "The geodatabase").required();
    command.add("ORIGIN", arguments.origin, "Layer of the parents, by name or number").required();
    command.add("DESTINATION", arguments.destination, "Layer of the children").required();
    command.add("--key", typed->key, "ORIGINFIELD=DESTINATIONFIELD whose values agree").required();
    command.add_flag("--composite", arguments.composite, "Children go when their parent goes");
    command.add("--name", arguments.name, "Name of the relationship (default: the layers')");
    command.add_json();
    command.examples("  rhumb relate city.gpkg trees visits --key global_id=tree --composite");
    command.read_by([typed] { return read(*typed); });
}

}  // namespace rhumb::tool
