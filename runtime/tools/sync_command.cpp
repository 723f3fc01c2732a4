// SPDX-License-Identifier: Apache-2.0
//
// rhumb sync and rhumb unregister: a replica and its service come to agree, or part.
//
// Conflicts and rejected edits do not make a synchronization fail: they are outcomes, and said.

#include "geodb/geodatabase.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/ladder_run.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/replica_file.hpp"
#include "runtime/tools/session.hpp"
#include "runtime/tools/sync_output.hpp"
#include "sync/client/create_options.hpp"
#include "sync/replica/moved_service.hpp"
#include "sync/replica/replica_store.hpp"

namespace rhumb::tool {
namespace {

/// One that was cut off while it was made is finished first: that is what was asked for then.
std::unique_ptr<sync::Ladder> make_ladder(const SyncArguments& arguments, geodb::Geodatabase& file,
                                          bool half_made, sync::OnProgress on_progress) {
    if (half_made) return sync::resume_create_ladder(file, std::move(on_progress));
    sync::SyncOptions options;
    options.direction = arguments.direction;
    for (const auto& [layer, direction] : arguments.layer_directions) {
        options.layer_directions[file.layer(layer).id] = direction;
    }
    options.rollback_on_failure = arguments.rollback_on_failure;
    options.close_replica = arguments.close;
    options.attachments = arguments.attachments;
    options.renew_unknown = arguments.renew;
    return sync::synchronize_ladder(file, options, std::move(on_progress));
}

LadderRun synchronize(const SyncArguments& arguments, geodb::Geodatabase& file, bool half_made,
                      Session& session) {
    try {
        return run_ladder(arguments.file, session, [&](sync::OnProgress on_progress) {
            return make_ladder(arguments, file, half_made, std::move(on_progress));
        });
    } catch (const Error& error) {
        if (!can_go_on(error) && error.status() != Status::Protocol) throw;
        throw Error(error.status(), error.message() + "; nothing is lost, `rhumb sync " +
                                        arguments.file.string() + "` goes on");
    }
}

void set_policies(const SyncArguments& arguments, geodb::Geodatabase& file) {
    if (arguments.policies.empty()) return;
    sync::ReplicaStore store(file);
    store.upgrade_tables();
    geodb::sqlite::Transaction transaction(file.database());
    for (const auto& [layer, policy] : arguments.policies) {
        store.set_policy(file.layer(layer).id, policy);
    }
    transaction.commit();
}

}  // namespace

int run(const SyncArguments& arguments, Session& session) {
    auto file = geodb::Geodatabase::open(arguments.file, session.world());
    const bool half_made = replica_state(file) == ReplicaState::HalfMade;
    if (!half_made) require_ready(file);
    set_policies(arguments, file);
    if (!arguments.service.empty()) {
        sync::ReplicaStore(file).upgrade_tables();
        sync::move_to_service(file, sync::service_address(arguments.service));
    }
    const LadderRun run = synchronize(arguments, file, half_made, session);
    file.hand_over();
    const sync::Replica replica = sync::ReplicaStore(file).load();
    if (session.json()) {
        wire::Json facts = wire::Json::Object{{"file", arguments.file.string()},
                                              {"service", replica.service_url},
                                              {"direction", wire::name_of(arguments.direction)}};
        add_report(facts, run, &file);
        print_json(facts);
    } else {
        print("synchronized " + arguments.file.string() + " with " + replica.service_url + " (" +
              std::string(wire::name_of(arguments.direction)) + ")");
        print_report(run, file);
    }
    return kDone;
}

int run(const UnregisterArguments& arguments, Session& session) {
    auto file = geodb::Geodatabase::open(arguments.file, session.world());
    require_ready(file);
    const sync::ReplicaStore store(file);
    const sync::Replica replica = store.load();
    std::int64_t unsent = 0;
    for (const sync::PendingCount& count : store.pending()) unsent += count.total();
    run_ladder(arguments.file, session,
               [&](const sync::OnProgress&) { return sync::unregister_ladder(file); });
    file.hand_over();
    if (session.json()) {
        print_json(wire::Json::Object{{"file", arguments.file.string()},
                                      {"service", replica.service_url},
                                      {"replicaId", replica.id.value_or("")},
                                      {"unsentEdits", unsent}});
    } else {
        print("replica " + replica.id.value_or("?") + " of " + replica.service_url +
              " is unregistered; " + arguments.file.string() + " is a plain geodatabase now");
        if (unsent > 0) print("  note: " + counted(unsent, "edit") + " in it went nowhere");
    }
    return kDone;
}

}  // namespace rhumb::tool
