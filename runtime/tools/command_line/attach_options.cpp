// SPDX-License-Identifier: Apache-2.0
#include "platform/text.hpp"
#include "runtime/tools/command_line/commands_offered.hpp"
#include "runtime/tools/options.hpp"

#include <memory>

namespace rhumb::tool {
void declare_attach(CommandOptions& command) {
    auto arguments = std::make_shared<AttachArguments>();
    command.add("REPLICA", arguments->file, "The replica, or another geodatabase").required();
    command.add("LAYER", arguments->layer, "Name or number of the layer").required();
    command.add("GLOBALID", arguments->feature, "The feature").required();
    command.add("FILE", arguments->sources, "What is attached").required();
    command.add("--keywords", arguments->keywords, "Kept with each of them");
    command.add_json();
    command.examples("  rhumb attach day.gpkg trees {E7C84C4F-9886-58E9-B91D-A91354BA92FD} *.jpg");
    command.read_by([arguments] { return *arguments; });
}

void declare_attachments(CommandOptions& command) {
    auto arguments = std::make_shared<AttachmentsArguments>();
    command.add("REPLICA", arguments->file, "The replica, or another geodatabase").required();
    command.add("ACTION", arguments->action, "list, get, or clean").shows_default();
    command.add("GLOBALID", arguments->attachment, "The attachment to get");
    command.add("--output", arguments->output, "File to write (default: as it is called)");
    command.add_json();
    command.examples(
        "  rhumb attachments day.gpkg\n"
        "  rhumb attachments day.gpkg clean   (those whose features are gone)\n"
        "  rhumb attachments day.gpkg get {0D3F2C1A-5A52-4A0B-8B0E-3C8C1C6C7B11}");
    command.read_by([arguments] {
        AttachmentsArguments read = *arguments;
        read.action = lowered(read.action);
        if (read.action != "list" && read.action != "get" && read.action != "clean") {
            throw UsageError("'" + arguments->action + "' is not list, get or clean");
        }
        if (read.action == "get" && read.attachment.empty()) {
            throw UsageError("get wants the GlobalID of an attachment");
        }
        return read;
    });
}

}  // namespace rhumb::tool
