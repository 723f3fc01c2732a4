// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"
#include "runtime/tools/options.hpp"

#include <memory>

namespace rhumb::tool {
void declare_sync(CommandOptions& command) {
    struct Typed {
        SyncArguments arguments;
        std::string direction = "bidirectional", attachments;
        std::vector<std::string> policies, layer_directions;
    };
    auto typed = std::make_shared<Typed>();
    auto& arguments = typed->arguments;
    command.add("REPLICA", arguments.file, "The replica").required();
    command
        .add("--direction", typed->direction,
             "bidirectional, download, upload or snapshot (all anew)")
        .shows_default();
    command.add_list("--layer-direction", typed->layer_directions,
                     "LAYER=bidirectional|download|upload|snapshot|none: for a layer that goes "
                     "another way, or stays out; by name or number (perLayer replicas)");
    command.add_flag("--rollback-on-failure", arguments.rollback_on_failure,
                     "The service takes all edits or none (default: each by itself)");
    command.add_list(
        "--policy", typed->policies,
        "LAYER=last|service|device|ask: who wins from now on when both sides changed the same; "
        "once for each layer, by name or number");
    command.add_flag("--close", arguments.close,
                     "Unregister the replica afterwards, unless an edit was rejected");
    command.add("--service", arguments.service,
                "Where the service is now, if it has moved: http://…/FeatureServer");
    command.add_flag("--renew", arguments.renew,
                     "Make the replica anew, with all pending edits, when the service does not "
                     "know it (an expired one is in any case)");
    command
        .add("--attachments", typed->attachments,
             "Files to fetch from now on: none, on-demand or all (default: as before)")
        .type_name("POLICY");
    command.add_sign_in();
    command.add_json();
    command.examples(
        "  rhumb sync day.gpkg\n"
        "Edits that the service rejects and conflicts are told, and kept: see "
        "'rhumb rejected --help'\nand 'rhumb conflicts --help'.\n"
        "A synchronization that was cut off goes on when it is called again.");
    command.read_by([typed] {
        SyncArguments read = typed->arguments;
        read.direction = read_sync_direction(typed->direction);
        read.layer_directions = read_layer_directions(typed->layer_directions);
        read.policies = read_named_policies(typed->policies);
        read.attachments = read_if(typed->attachments, read_attachment_policy);
        return read;
    });
}

}  // namespace rhumb::tool
