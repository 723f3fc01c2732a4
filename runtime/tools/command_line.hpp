// SPDX-License-Identifier: Apache-2.0
//
// The command line: every command with its options and its help, and the way from argv to the
// arguments of one of them.

#pragma once

#include "runtime/tools/commands.hpp"
#include "runtime/tools/sign_in.hpp"

#include <optional>

namespace rhumb::tool {

struct CommandLine {
    Command command;
    bool json = false;
    SignIn sign_in;
};

/// None when help or the version was asked for, which is on stdout then.
/// Throws UsageError in one sentence.
std::optional<CommandLine> read_command_line(int argc, const char* const* argv);

}  // namespace rhumb::tool
