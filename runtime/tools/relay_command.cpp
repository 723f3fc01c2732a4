// SPDX-License-Identifier: Apache-2.0
//
// rhumb relay: edits of one service carried to another that has a replica of it, perhaps back too.

#include "geodb/geodatabase.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/ladder_run.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/session.hpp"
#include "runtime/tools/sync_output.hpp"
#include "sync/client/relay_ladder.hpp"

#include <cstdlib>

namespace rhumb::tool {
namespace {

namespace fs = std::filesystem;

fs::path state_file(const RelayArguments& arguments) {
    if (!arguments.file.empty()) return arguments.file;
    std::string id;
    for (const char c : arguments.replica) {
        if (c != '{' && c != '}' && c != '/') id += c;
    }
    return "relay-" + id + ".gpkg";
}

geodb::Geodatabase open_state(const fs::path& path, Session& session) {
    std::error_code failure;
    return fs::exists(path, failure) ? geodb::Geodatabase::open(path, session.world())
                                     : geodb::Geodatabase::create(path, session.world());
}

std::shared_ptr<sync::Credentials> for_target(const RelayArguments& arguments,
                                              const Session& session) {
    std::string token = arguments.target_token;
    const char* given = std::getenv("RHUMB_TARGET_TOKEN");
    if (token.empty() && given != nullptr) token = given;
    if (!token.empty()) {
        return std::make_shared<sync::GivenToken>(sync::Token{token, std::nullopt, {}});
    }
    // A password signs in at either service by itself; a token is of the source alone.
    const auto& who = session.credentials();
    return std::dynamic_pointer_cast<sync::PasswordSignIn>(who);
}

struct Way {
    std::string source, target;
};

LadderRun carry(const RelayArguments& arguments, const Way& way, geodb::Geodatabase& state,
                Session& session) {
    sync::RelayOptions options;
    options.source_url = way.source;
    options.target_url = way.target;
    options.replica = arguments.replica;
    options.rollback_on_failure = arguments.rollback_on_failure;
    const std::vector<ServiceLogin> logins{{arguments.target, for_target(arguments, session)},
                                           {arguments.source, session.credentials()}};
    return run_ladder(
        state.path(), session,
        [&](sync::OnProgress on_progress) {
            return sync::relay_ladder(state, options, std::move(on_progress));
        },
        logins);
}

void report(const Way& way, const LadderRun& run) {
    std::int64_t edits = 0;
    for (const auto& layer : run.report.layers) {
        edits += layer.sent_inserts + layer.sent_updates + layer.sent_deletes;
    }
    print("from " + way.source + " to " + way.target + ": " +
          (edits == 0 ? "nothing new" : counted(edits, "edit")));
    for (const sync::RejectedEdit& edit : run.report.rejected) {
        print("  refused: layer " + std::to_string(edit.layer.value) + " " +
              edit.feature.value.braced() + " " + std::string(sync::name_of(edit.kind)) + ": " +
              edit.reason + " (" + std::to_string(edit.code) + ")");
    }
    print_notes(run.report);
    print(effort_text(run));
}

wire::Json facts_of(const Way& way, const LadderRun& run) {
    wire::Json facts = wire::Json::Object{{"from", way.source}, {"to", way.target}};
    wire::Json refused = wire::Json::Array{};
    for (const sync::RejectedEdit& edit : run.report.rejected) {
        refused.push(wire::Json::Object{{"layer", edit.layer.value},
                                        {"globalId", edit.feature.value.braced()},
                                        {"edit", std::string(sync::name_of(edit.kind))},
                                        {"code", edit.code},
                                        {"reason", edit.reason}});
    }
    facts.set("refused", std::move(refused));
    add_report(facts, run, nullptr);
    return facts;
}

}  // namespace

int run(const RelayArguments& arguments, Session& session) {
    const fs::path path = state_file(arguments);
    // Home first: what the branch has edited is at the source before rows that left the source's
    // filter go from the branch.
    std::vector<Way> ways;
    if (arguments.both) ways.push_back({arguments.target, arguments.source});
    ways.push_back({arguments.source, arguments.target});
    wire::Json list = wire::Json::Array{};
    bool all_taken = true;
    {
        auto state = open_state(path, session);
        for (const Way& way : ways) {
            const LadderRun run = carry(arguments, way, state, session);
            all_taken = all_taken && run.report.rejected.empty();
            if (session.json()) {
                list.push(facts_of(way, run));
            } else {
                report(way, run);
            }
        }
    }
    for (const char* suffix : {"", "-journal", "-wal", "-shm"}) {
        remove_quietly(path.string() + suffix);
    }
    if (session.json()) print_json(list);
    return all_taken ? kDone : kFailed;
}

}  // namespace rhumb::tool
