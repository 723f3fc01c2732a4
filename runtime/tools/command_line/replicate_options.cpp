// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"
#include "runtime/tools/options.hpp"

#include <memory>

namespace rhumb::tool {
namespace {

struct Typed {
    ReplicateArguments arguments;
    std::string layers, extent, extent_crs, area, related, everywhere, replica_crs, model;
    std::string attachments, target, direction;
    std::vector<std::string> where, query_options, policies;
};

std::set<geodb::LayerId> layer_set(const char* option, const std::string& text) {
    if (text.empty()) return {};
    const auto ids = read_layer_ids(option, text);
    return {ids.begin(), ids.end()};
}

/// Which rows come: layers, area and conditions.
void declare_rows(CommandOptions& command, Typed& typed) {
    command.add("--layers", typed.layers, "Numbers of layers, such as 0,2 (default: all)");
    command.add_extent(typed.extent);
    command.add("--extent-crs", typed.extent_crs,
                "EPSG code of the extent (default: the service's)");
    command.add_list("--where", typed.where,
                     "LAYER=CONDITION: only features for which it holds; once for each layer");
    command.add("--area", typed.area,
                "Instead of --extent: a shape as Esri JSON, or @FILE that holds it");
    command.add_list("--query-option", typed.query_options,
                     "LAYER=useFilter, LAYER=all or LAYER=none; once for each layer");
    command.add("--related", typed.related,
                "Layers of which only rows related to other layers' come, such as 1,3");
    command.add("--everywhere", typed.everywhere,
                "Layers for which the extent or area does not count");
}

/// How the replica keeps what comes.
void declare_agreement(CommandOptions& command, Typed& typed) {
    command.add("--replica-crs", typed.replica_crs,
                "EPSG code of the geometries in the replica (default: the service's)");
    command
        .add("--attachments", typed.attachments,
             "Photos and other files to fetch: none, on-demand or all (default: all)")
        .type_name("POLICY");
    command.add("--model", typed.model,
                "perReplica or perLayer: whether all layers share one generation");
    command
        .add("--target", typed.target,
             "client, or server: the file is to be published as a service that follows this one")
        .type_name("TYPE");
    command
        .add("--direction", typed.direction,
             "For --target server: download (the service gives edits away), upload or "
             "bidirectional (default)")
        .type_name("DIRECTION");
    command.add_list(
        "--policy", typed.policies,
        "LAYER=last|service|device|ask: who wins when both sides changed the same; once for each "
        "layer, by its number (default: last in wins)");
}

void read_rows(const Typed& typed, ReplicateArguments& arguments) {
    if (!typed.layers.empty()) arguments.layers = read_layer_ids("--layers", typed.layers);
    arguments.extent = read_if(typed.extent, read_extent);
    arguments.extent_crs = crs_if_given("--extent-crs", typed.extent_crs);
    arguments.where = read_filters(typed.where);
    if (!typed.area.empty()) arguments.area = read_area(typed.area);
    if (arguments.extent && !arguments.area.empty()) {
        throw UsageError("--extent and --area both say what is taken: one of them is wanted");
    }
    arguments.query_options = read_query_options(typed.query_options);
    arguments.related = layer_set("--related", typed.related);
    arguments.everywhere = layer_set("--everywhere", typed.everywhere);
}

void check_target(const ReplicateArguments& arguments) {
    const bool server = arguments.target == wire::TargetType::Server;
    if (arguments.direction && !server) {
        throw UsageError("--direction is for --target server: a device goes both ways");
    }
    if (arguments.direction == wire::SyncDirection::Snapshot) {
        throw UsageError("--direction is download, upload or bidirectional");
    }
    if (server && arguments.replica_crs) {
        throw UsageError("--replica-crs: services exchange geometries in each layer's own");
    }
}

ReplicateArguments read(const Typed& typed) {
    ReplicateArguments arguments = typed.arguments;
    read_rows(typed, arguments);
    arguments.model = read_if(typed.model, read_sync_model);
    arguments.policies = read_policies(typed.policies);
    arguments.target = read_if(typed.target, read_target_type).value_or(wire::TargetType::Client);
    arguments.direction = read_if(typed.direction, read_sync_direction);
    check_target(arguments);
    arguments.replica_crs = crs_if_given("--replica-crs", typed.replica_crs);
    arguments.attachments =
        read_if(typed.attachments, read_attachment_policy).value_or(arguments.attachments);
    return arguments;
}

}  // namespace

void declare_replicate(CommandOptions& command) {
    auto typed = std::make_shared<Typed>();
    command.add("URL", typed->arguments.url, "The service: http://…/FeatureServer").required();
    command
        .add("REPLICA", typed->arguments.file,
             "File to make; one that was cut off is gone on with, as it was asked for then")
        .required();
    declare_rows(command, *typed);
    declare_agreement(command, *typed);
    command.add_sign_in();
    command.add_json();
    command.examples(
        "  rhumb replicate http://office:6080/arcgis/rest/services/city/FeatureServer day.gpkg\n"
        "  rhumb replicate http://…/FeatureServer day.gpkg --layers 0,2 \\\n"
        "      --extent -122.45,37.74,-122.40,37.78 --where \"0=species LIKE 'Acer%'\"");
    command.read_by([typed] { return read(*typed); });
}

}  // namespace rhumb::tool
