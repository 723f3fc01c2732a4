// SPDX-License-Identifier: Apache-2.0
//
// rhumb rejected: the edits of a replica that its service refused, and what is to become of them.

#include "geodb/geodatabase.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/replica_file.hpp"
#include "runtime/tools/session.hpp"
#include "runtime/tools/sync_output.hpp"
#include "sync/replica/export_rejected.hpp"
#include "sync/replica/rejected_edits.hpp"
#include "sync/replica/replica_store.hpp"

namespace rhumb::tool {
namespace {

using Access = geodb::Geodatabase::Access;
using Action = RejectedArguments::Action;

void list(geodb::Geodatabase& file, const Session& session) {
    const auto edits = sync::ReplicaStore(file).rejected();
    if (session.json()) {
        JsonList json;
        for (const sync::RejectedEdit& edit : edits) json.add(rejected_json(edit, file));
        return json.end();
    }
    if (edits.empty()) print("no rejected edits");
    for (const sync::RejectedEdit& edit : edits) {
        print(std::to_string(edit.number) + " " + std::string(name_of(edit.state)) + ": " +
              rejected_text(edit, file));
    }
}

void show(geodb::Geodatabase& file, std::int64_t number, const Session& session) {
    const sync::RejectedEdit edit = sync::ReplicaStore(file).rejected_edit(number);
    if (session.json()) return print_json(rejected_json(edit, file));
    show_rejected(edit, file);
}

void export_all(const RejectedArguments& arguments, geodb::Geodatabase& file,
                const Session& session) {
    const auto count = sync::export_rejected(file, arguments.target);
    if (session.json()) {
        return print_json(
            wire::Json::Object{{"file", arguments.target.string()}, {"edits", count}});
    }
    print(counted(count, "rejected edit") + " in " + arguments.target.string());
}

/// What was done, in words.
const char* decide(Action action, geodb::Geodatabase& file, std::int64_t number) {
    switch (action) {
        case Action::Retry:
            sync::retry_rejected(file, number);
            return "goes up with the next synchronization";
        case Action::TakeTheirs:
            sync::take_theirs_of_rejected(file, number);
            return "was given up for what the service has";
        case Action::Park:
            sync::park_rejected(file, number);
            return "is held back";
        default:
            sync::drop_rejected(file, number);
            return "was dropped";
    }
}

void decide(const RejectedArguments& arguments, geodb::Geodatabase& file, const Session& session) {
    require_ready(file);
    const char* done = decide(arguments.action, file, arguments.number);
    file.hand_over();
    if (session.json()) {
        return print_json(wire::Json::Object{{"number", arguments.number}, {"done", done}});
    }
    print("rejected edit " + std::to_string(arguments.number) + " " + done);
}

}  // namespace

int run(const RejectedArguments& arguments, Session& session) {
    const Action action = arguments.action;
    const bool reads = action == Action::List || action == Action::Show || action == Action::Export;
    auto file = geodb::Geodatabase::open(arguments.file, session.world(),
                                         reads ? Access::Read : Access::Write);
    const ReplicaState state = replica_state(file);
    if (state == ReplicaState::None || state == ReplicaState::HalfMade) require_ready(file);
    if (action == Action::List) {
        list(file, session);
    } else if (action == Action::Show) {
        show(file, arguments.number, session);
    } else if (action == Action::Export) {
        export_all(arguments, file, session);
    } else {
        decide(arguments, file, session);
    }
    return kDone;
}

}  // namespace rhumb::tool
