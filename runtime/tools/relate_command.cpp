// SPDX-License-Identifier: Apache-2.0
//
// rhumb relate: defines a relationship between two layers of a geodatabase.

#include "geodb/relationships/relationship.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/replica_file.hpp"
#include "runtime/tools/session.hpp"

namespace rhumb::tool {
namespace {

/// A replica takes its relationships from the service.
void require_no_replica(geodb::Geodatabase& file) {
    if (replica_state(file) == ReplicaState::None) return;
    throw Error(
        Status::InvalidArgument,
        "'" + file.path().string() + "' is a replica: its relationships are those of its service");
}

geodb::Relationship relate(geodb::Geodatabase& file, const RelateArguments& arguments) {
    geodb::RelationshipPlan plan;
    plan.origin = file.layer(arguments.origin).id;
    plan.destination = file.layer(arguments.destination).id;
    plan.origin_key = arguments.origin_key;
    plan.destination_key = arguments.destination_key;
    plan.name = arguments.name;
    plan.composite = arguments.composite;
    geodb::sqlite::Transaction transaction(file.database());
    geodb::Relationship made = geodb::add_relationship(file, plan);
    transaction.commit();
    return made;
}

}  // namespace

int run(const RelateArguments& arguments, Session& session) {
    auto file = geodb::Geodatabase::adopt(arguments.file, session.world());
    require_no_replica(file);
    const geodb::Relationship made = relate(file, arguments);
    file.hand_over();
    if (session.json()) {
        print_json(wire::Json::Object{{"id", made.id},
                                      {"name", made.name},
                                      {"origin", file.layer(made.origin).name},
                                      {"destination", file.layer(made.destination).name},
                                      {"originKey", made.origin_key},
                                      {"destinationKey", made.destination_key},
                                      {"composite", made.composite}});
    } else {
        print("relationship " + std::to_string(made.id) + " " + made.name + ": " +
              file.layer(made.origin).name + "." + made.origin_key + " = " +
              file.layer(made.destination).name + "." + made.destination_key +
              (made.composite ? ", composite" : ""));
    }
    return kDone;
}

}  // namespace rhumb::tool
