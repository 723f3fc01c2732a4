// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"
#include "runtime/tools/options.hpp"
#include "sync/connector/import.hpp"

#include <memory>

namespace rhumb::tool {
namespace {

/// The two are easily mixed up, and a source must not be opened as a geodatabase, nor be made one.
void refuse_mixed_up(const ImportArguments& arguments) {
    if (!connector::is_named_as_source(arguments.file)) return;
    const std::string file = arguments.file.string();
    std::string right = "rhumb import CITY.gpkg " + file;
    for (const auto& source : arguments.sources) {
        if (source.extension() == ".gpkg") right = "rhumb import " + source.string() + " " + file;
    }
    throw UsageError("'" + file +
                     "' is called like a source, but the geodatabase comes first: " + right);
}

}  // namespace

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
        refuse_mixed_up(typed->arguments);
        return typed->arguments;
    });
}

}  // namespace rhumb::tool
