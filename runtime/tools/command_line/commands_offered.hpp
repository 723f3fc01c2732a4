// SPDX-License-Identifier: Apache-2.0
//
// Every command's options: each function declares those of one command, in the file of its name.

#pragma once

#include "runtime/tools/command_line/command_options.hpp"

namespace rhumb::tool {

void declare_import(CommandOptions& command);
void declare_serve(CommandOptions& command);
void declare_user(CommandOptions& command);
void declare_replicate(CommandOptions& command);
void declare_edit(CommandOptions& command);
void declare_attach(CommandOptions& command);
void declare_attachments(CommandOptions& command);
void declare_sync(CommandOptions& command);
void declare_status(CommandOptions& command);
void declare_log(CommandOptions& command);
void declare_conflicts(CommandOptions& command);
void declare_rejected(CommandOptions& command);
void declare_schema(CommandOptions& command);
void declare_diff(CommandOptions& command);
void declare_unregister(CommandOptions& command);
void declare_relate(CommandOptions& command);
void declare_register(CommandOptions& command);
void declare_explain(CommandOptions& command);
void declare_verify(CommandOptions& command);
void declare_rescue(CommandOptions& command);

}  // namespace rhumb::tool
