// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"
#include "runtime/tools/options.hpp"

#include <memory>

namespace rhumb::tool {
namespace {

struct Typed {
    EditArguments arguments;
    std::string insert, erase;
    std::vector<std::string> update;
};

EditArguments read(const Typed& typed) {
    const int asked = (typed.insert.empty() ? 0 : 1) + (typed.update.empty() ? 0 : 1) +
                      (typed.erase.empty() ? 0 : 1);
    if (asked != 1) throw UsageError("one of --insert, --update and --delete is wanted");
    EditArguments arguments = typed.arguments;
    if (!typed.insert.empty()) {
        arguments.json = typed.insert;
    } else if (!typed.update.empty()) {
        arguments.kind = EditArguments::Kind::Update;
        arguments.feature = typed.update[0];
        arguments.json = typed.update[1];
    } else {
        arguments.kind = EditArguments::Kind::Delete;
        arguments.feature = typed.erase;
    }
    return arguments;
}

}  // namespace

void declare_edit(CommandOptions& command) {
    auto typed = std::make_shared<Typed>();
    command.add("REPLICA", typed->arguments.file, "The replica, or another geodatabase").required();
    command.add("LAYER", typed->arguments.layer, "Name or number of the layer").required();
    command.add("--insert", typed->insert, "The feature as JSON, or @FILE that holds it")
        .type_name("JSON");
    command.add("--update", typed->update, "GlobalID, and what changes as JSON")
        .takes(2)
        .type_name("GLOBALID JSON");
    command.add("--delete", typed->erase, "GlobalID of the feature").type_name("GLOBALID");
    command.add_json();
    command.examples(
        "  rhumb edit day.gpkg trees --insert '{\"species\":\"Acer rubrum\",\n"
        "      \"geometry\":{\"x\":-122.42,\"y\":37.75}}'\n"
        "  rhumb edit day.gpkg trees --update {E7C84C4F-9886-58E9-B91D-A91354BA92FD} "
        "'{\"dbh_in\":4}'\n"
        "  rhumb edit day.gpkg trees --delete {E7C84C4F-9886-58E9-B91D-A91354BA92FD}\n"
        "The JSON is an object of attributes with perhaps a \"geometry\" (Esri JSON or GeoJSON),\n"
        "or {\"attributes\":{…},\"geometry\":{…}}.");
    command.read_by([typed] { return read(*typed); });
}

}  // namespace rhumb::tool
