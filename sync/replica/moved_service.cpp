// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/moved_service.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "sync/replica/replica_store.hpp"

namespace rhumb::sync {
namespace {

/// Addresses of jobs and results begin with that of the service.
void replace_beginnings(wire::Json& json, const std::string& from, const std::string& to) {
    if (std::string* text = json.text(); text != nullptr && text->starts_with(from)) {
        text->replace(0, from.size(), to);
    }
    if (wire::Json::Array* elements = json.array()) {
        for (wire::Json& element : *elements) replace_beginnings(element, from, to);
    }
    if (wire::Json::Object* members = json.object()) {
        for (wire::Json::Member& member : *members) replace_beginnings(member.value, from, to);
    }
}

}  // namespace

void move_to_service(geodb::Geodatabase& geodatabase, const std::string& address) {
    geodb::sqlite::Transaction transaction(geodatabase.database());
    ReplicaStore store(geodatabase);
    Replica replica = store.load();
    if (auto rung = store.rung()) {
        replace_beginnings(rung->facts, replica.service_url, address);
        store.save_rung(*rung);
    }
    replica.service_url = address;
    store.save(replica);
    transaction.commit();
}

}  // namespace rhumb::sync
