// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"
#include "runtime/tools/options.hpp"

#include <memory>

namespace rhumb::tool {
void declare_schema(CommandOptions& command) {
    struct Typed {
        SchemaArguments arguments;
        std::string action = "list";
    };
    auto typed = std::make_shared<Typed>();
    auto& arguments = typed->arguments;
    command.add("FILE", arguments.file, "The geodatabase; a service may run over it").required();
    command.add("ACTION", typed->action, "list, add-field or describe").shows_default();
    command.add("LAYER", arguments.layer, "name or number of the layer");
    command.add("NAME", arguments.field, "add-field: name of the field; describe: a JSON file");
    command.add("TYPE", arguments.type, "add-field: string, integer, double, date, guid …");
    command.add("--length", arguments.length, "Most characters of a string field").positive();
    command.add("--alias", arguments.alias, "What people call the field");
    command.add("--default", arguments.default_value, "Value of the features that are there");
    command.add_flag("--required", arguments.required, "It must have a value; needs --default");
    const auto codes =
        command.add("--codes", arguments.codes, "The values it may have: CODE=LABEL,CODE=LABEL");
    command.add("--range", arguments.range, "The values it may have: MIN,MAX").excludes(codes);
    command.add_json();
    command.examples(
        "  rhumb schema city.gpkg\n"
        "  rhumb schema city.gpkg add-field trees health string --length 20 \\\n"
        "      --default unseen --codes \"unseen=Not seen,good=Good,poor=Poor\"\n"
        "  rhumb schema city.gpkg describe trees trees.json\n"
        "describe gives a layer what its columns cannot say, as the layer resource of a feature\n"
        "service has it: description, copyrightText, displayField, minScale, maxScale,\n"
        "typeIdField, types, subtypeField, subtypes, defaultSubtypeCode, templates, drawingInfo,\n"
        "editFieldsInfo. It replaces what there was.\n"
        "Replicas take the field over with their next 'rhumb sync'; pending edits stay.");
    command.read_by([typed] {
        SchemaArguments read = typed->arguments;
        if (typed->action == "list") return read;
        if (typed->action == "describe") {
            if (read.field.empty()) throw UsageError("describe wants LAYER and a JSON file");
            read.action = SchemaArguments::Action::Describe;
            return read;
        }
        if (typed->action != "add-field") {
            throw UsageError("'" + typed->action + "': list, add-field or describe is wanted");
        }
        if (read.type.empty()) throw UsageError("add-field wants LAYER, NAME and TYPE");
        read.action = SchemaArguments::Action::AddField;
        return read;
    });
}

}  // namespace rhumb::tool
