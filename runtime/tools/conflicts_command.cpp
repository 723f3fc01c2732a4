// SPDX-License-Identifier: Apache-2.0
//
// rhumb conflicts: what both sides of a replica had changed, and deciding it after the fact.

#include "geodb/geodatabase.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/replica_file.hpp"
#include "runtime/tools/session.hpp"
#include "runtime/tools/sync_output.hpp"
#include "sync/replica/replica_store.hpp"

namespace rhumb::tool {
namespace {

using Access = geodb::Geodatabase::Access;
using Action = ConflictsArguments::Action;

void list(geodb::Geodatabase& file, const Session& session) {
    const auto conflicts = sync::ReplicaStore(file).conflicts();
    if (session.json()) {
        JsonList json;
        for (const sync::Conflict& conflict : conflicts) json.add(conflict_json(conflict, file));
        return json.end();
    }
    if (conflicts.empty()) print("no conflicts");
    for (const sync::Conflict& conflict : conflicts) {
        print(std::to_string(conflict.number) + " " + std::string(name_of(conflict.state)) + ": " +
              conflict_text(conflict, file));
    }
}

void show(geodb::Geodatabase& file, std::int64_t number, const Session& session) {
    const sync::Conflict conflict = sync::ReplicaStore(file).conflict(number);
    if (session.json()) return print_json(conflict_json(conflict, file));
    show_conflict(conflict, file);
}

void resolve(const ConflictsArguments& arguments, geodb::Geodatabase& file,
             const Session& session) {
    require_ready(file);
    const auto count = sync::resolve_conflict(file, arguments.number, arguments.resolution);
    file.hand_over();
    if (session.json()) {
        return print_json(wire::Json::Object{{"number", arguments.number}, {"resolved", count}});
    }
    print(counted(count, "conflict") + " resolved; `rhumb sync " + arguments.file.string() +
          "` sends the decision");
}

}  // namespace

int run(const ConflictsArguments& arguments, Session& session) {
    const bool reads = arguments.action != Action::Resolve;
    auto file = geodb::Geodatabase::open(arguments.file, session.world(),
                                         reads ? Access::Read : Access::Write);
    const ReplicaState state = replica_state(file);
    if (state == ReplicaState::None || state == ReplicaState::HalfMade) require_ready(file);
    switch (arguments.action) {
        case Action::List:
            list(file, session);
            break;
        case Action::Show:
            show(file, arguments.number, session);
            break;
        case Action::Resolve:
            resolve(arguments, file, session);
            break;
    }
    return kDone;
}

}  // namespace rhumb::tool
