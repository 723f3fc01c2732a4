// SPDX-License-Identifier: Apache-2.0
//
// rhumb register: a copy of a prepared replica becomes a replica of its own.

#include "geodb/geodatabase.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/ladder_run.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/replica_file.hpp"
#include "runtime/tools/session.hpp"
#include "sync/replica/replica_store.hpp"

namespace rhumb::tool {

int run(const RegisterArguments& arguments, Session& session) {
    auto file = geodb::Geodatabase::open(arguments.file, session.world());
    require_ready(file);
    const sync::ReplicaStore store(file);
    const std::string original = store.load().id.value_or("");
    run_ladder(arguments.file, session,
               [&](const sync::OnProgress&) { return sync::register_ladder(file); });
    file.hand_over();
    const sync::Replica replica = store.load();
    if (session.json()) {
        print_json(wire::Json::Object{{"file", arguments.file.string()},
                                      {"service", replica.service_url},
                                      {"replicaId", replica.id.value_or("")},
                                      {"copyOf", original}});
    } else {
        print("replica " + replica.id.value_or("?") + " of " + replica.service_url + " in " +
              arguments.file.string() + ", a copy of " + original);
    }
    return kDone;
}

}  // namespace rhumb::tool
