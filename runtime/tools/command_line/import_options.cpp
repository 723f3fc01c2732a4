// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"
#include "runtime/tools/options.hpp"

#include <memory>

namespace rhumb::tool {
void declare_import(CommandOptions& command) {
    struct Typed {
        ImportArguments arguments;
        std::string crs;
    };
    auto typed = std::make_shared<Typed>();
    auto& arguments = typed->arguments;
    command.add("FILE", arguments.file, "The geodatabase; made when it is not there").required();
    command.add("SOURCE", arguments.sources, "Files to import, all of them or none").required();
    command.add("--layer", arguments.layer, "Name of the layer (default: the file's name)");
    command.add("--id-field", arguments.id_field,
                "Field that identifies a feature; GlobalIDs are made from it");
    command.add("--crs", typed->crs,
                "EPSG code of the coordinates (default: what the source says, else 4326)");
    command.add_json();
    command.examples(
        "  rhumb import city.gpkg trees.geojson visits.csv\n"
        "  rhumb import city.gpkg survey.csv --layer trees --id-field tree_id");
    command.read_by([typed] {
        typed->arguments.crs = crs_if_given("--crs", typed->crs);
        if (typed->arguments.layer && typed->arguments.sources.size() > 1) {
            throw UsageError("--layer names one layer, but there are several sources");
        }
        return typed->arguments;
    });
}

}  // namespace rhumb::tool
