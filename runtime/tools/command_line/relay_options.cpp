// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"

#include <memory>

namespace rhumb::tool {

void declare_relay(CommandOptions& command) {
    auto arguments = std::make_shared<RelayArguments>();
    command.add("SOURCE", arguments->source, "The service whose edits are carried").required();
    command.add("TARGET", arguments->target, "The service that takes them in").required();
    command.add("--replica", arguments->replica, "Id of the replica that both services have")
        .required()
        .type_name("ID");
    command.add_flag("--both", arguments->both, "Carry the target's edits back to the source too");
    command.add("--file", arguments->file,
                "Where it stands while it runs (default: relay-ID.gpkg); goes at the end");
    command.add_flag("--rollback-on-failure", arguments->rollback_on_failure,
                     "A service takes all edits or none (default: each by itself)");
    command.add("--target-token", arguments->target_token,
                "A token for the target (better: RHUMB_TARGET_TOKEN); --token is for the source, "
                "--user for both");
    command.add_sign_in();
    command.add_json();
    command.examples(
        "  rhumb replicate http://…/FeatureServer branch.gpkg --target server\n"
        "  rhumb serve branch.gpkg --port 6081         a service with a replica of the same id\n"
        "  rhumb relay http://…/FeatureServer http://…:6081/…/FeatureServer --replica ID --both\n"
        "How far the target has come is asked from the target: a relay that was cut off, or whose\n"
        "file is lost, goes on when it is called again.");
    command.read_by([arguments] { return *arguments; });
}

}  // namespace rhumb::tool
