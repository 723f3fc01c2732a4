// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line.hpp"

#include "runtime/tools/command_line/commands_offered.hpp"
#include "runtime/tools/options.hpp"

#include <CLI/CLI.hpp>

#include <list>

namespace rhumb::tool {
namespace {

struct Offered {
    const char* name;
    const char* what;
    void (*declare)(CommandOptions& command);
};

/// In the order of the help: making, using and looking after a replica.
constexpr Offered kCommands[] = {
    {"import", "Make layers of GeoJSON, CSV and GeoPackage files", declare_import},
    {"serve", "Serve GeoPackages as feature services until Ctrl-C", declare_serve},
    {"user", "Say who may sign in at a server", declare_user},
    {"replicate", "Take a feature service, or a part of it, offline", declare_replicate},
    {"edit", "Insert, update or delete one feature of a replica", declare_edit},
    {"attach", "Attach photos and other files to a feature", declare_attach},
    {"attachments", "List attachments with their state, or write one to a file",
     declare_attachments},
    {"sync", "Bring a replica and its service into agreement", declare_sync},
    {"status", "Tell what a replica is and what it has still to send", declare_status},
    {"log", "List edits that were not sent yet, with before and now", declare_log},
    {"conflicts", "What both sides had changed: list it, decide it otherwise", declare_conflicts},
    {"rejected", "Edits that the service refused: list them, decide about them", declare_rejected},
    {"schema", "List the fields of a geodatabase, or add one", declare_schema},
    {"diff", "Compare two GeoPackages feature by feature, by GlobalID", declare_diff},
    {"unregister", "End a replica: its service forgets it, the file stays", declare_unregister},
    {"relate", "Define which features are children of which", declare_relate},
    {"register", "Make a copy of a replica's file a replica of its own", declare_register},
    {"explain", "Tell why an edit is not on the server: every stage it passed", declare_explain},
    {"verify", "Compare a replica with its service by hashes", declare_verify},
    {"rescue", "Bring the pending edits of a damaged replica into safety", declare_rescue},
};

class Parser {
public:
    Parser() {
        app_.require_subcommand(1);
        app_.set_version_flag("--version", "rhumb " RHUMB_VERSION);
        app_.footer(
            "'rhumb COMMAND --help' tells more about a command, with examples.\n"
            "Exit codes: 0 done, 1 failed (diff: the files differ), 2 wrong usage.");
        for (const Offered& offered : kCommands) {
            Declared& declared = commands_.emplace_back();
            declared.command = app_.add_subcommand(offered.name, offered.what);
            CommandOptions options(*declared.command, given_, declared.read);
            offered.declare(options);
        }
    }

    std::optional<CommandLine> parse(int argc, const char* const* argv) {
        check_command(argc, argv);
        try {
            app_.parse(argc, argv);
        } catch (const CLI::Success& asked) {
            app_.exit(asked);
            return std::nullopt;
        } catch (const CLI::ParseError& error) {
            throw UsageError(error.what());
        }
        for (const Declared& declared : commands_) {
            if (!declared.command->parsed()) continue;
            given_.command = declared.read();
            return given_;
        }
        throw UsageError("a command is wanted");
    }

private:
    struct Declared {
        CLI::App* command = nullptr;
        CommandOptions::Read read;
    };

    /// CLI11 would only say that a command is missing.
    static void check_command(int argc, const char* const* argv) {
        if (argc < 2 || argv[1][0] == '-') return;
        for (const Offered& offered : kCommands) {
            if (std::string(offered.name) == argv[1]) return;
        }
        throw UsageError("there is no command '" + std::string(argv[1]) + "'");
    }

    CLI::App app_{
        "Rhumb takes feature services offline: geodatabases on a device that everybody may edit\n"
        "without a network, and that come to agree with their service when a link comes by.",
        "rhumb"};
    CommandLine given_;
    std::list<Declared> commands_;  // their addresses must hold
};

}  // namespace

std::optional<CommandLine> read_command_line(int argc, const char* const* argv) {
    return Parser().parse(argc, argv);
}

}  // namespace rhumb::tool
