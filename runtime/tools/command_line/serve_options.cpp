// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"

#include <memory>

namespace rhumb::tool {
void declare_serve(CommandOptions& command) {
    auto arguments = std::make_shared<ServeArguments>();
    command.add("PATH", arguments->path, "A GeoPackage, or a folder whose *.gpkg are all served")
        .required();
    command.add("--port", arguments->port, "Port; 0 picks a free one").shows_default();
    command.add("--host", arguments->host, "Address to listen at; 0.0.0.0 for all").shows_default();
    command.add("--context", arguments->context, "Path before /rest").shows_default();
    command.add_json();
    command.examples(
        "  rhumb serve city.gpkg\n"
        "  rhumb serve /srv/geodata --host 0.0.0.0 --port 8080\n"
        "city.gpkg is then http://HOST:PORT/arcgis/rest/services/city/FeatureServer");
    command.read_by([arguments] { return *arguments; });
}

}  // namespace rhumb::tool
