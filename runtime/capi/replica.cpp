// SPDX-License-Identifier: Apache-2.0
#include "rhumb/replica.h"

#include "geodb/sqlite/transaction.hpp"
#include "runtime/capi/guard.hpp"
#include "runtime/capi/handles.hpp"
#include "runtime/capi/init.hpp"
#include "runtime/capi/lists.hpp"
#include "sync/replica/replica_store.hpp"

#include <algorithm>
#include <string>
#include <vector>

using namespace rhumb::capi;
using rhumb::Error;
using rhumb::Status;
using rhumb::runtime::OpenGeodatabase;
using rhumb::sync::Conflict;
using rhumb::sync::PendingCount;
using rhumb::sync::RejectedEdit;
using rhumb::sync::Replica;
using rhumb::sync::ReplicaLayer;
using rhumb::sync::ReplicaStore;
using rhumb::sync::ServerGeneration;

struct rhumb_replica_status {
    Replica replica;
    std::vector<std::string> layer_names;  // beside replica.layers
    std::vector<PendingCount> pending;     // beside replica.layers
    std::vector<RejectedEdit> rejected;
    std::vector<Conflict> conflicts;
    std::int64_t generation = 0;
};

namespace {

/// All of it as one state of the file.
rhumb_replica_status read_status(rhumb::geodb::Geodatabase& geodatabase) {
    const rhumb::geodb::sqlite::Transaction snapshot(geodatabase.database(),
                                                     rhumb::geodb::sqlite::Transaction::Deferred);
    const ReplicaStore store(geodatabase);
    rhumb_replica_status status;
    status.replica = store.load();
    status.generation = geodatabase.timeline().head().value;
    status.rejected = store.rejected();
    status.conflicts = store.conflicts();
    // While it is being created the layers are agreed upon and not here yet.
    const bool creating = status.replica.state == Replica::State::Creating;
    const auto pending = creating ? std::vector<PendingCount>{} : store.pending();
    for (const ReplicaLayer& layer : status.replica.layers) {
        status.layer_names.push_back(creating ? "" : geodatabase.layer(layer.id).name);
        const auto found =
            std::find_if(pending.begin(), pending.end(),
                         [&](const PendingCount& count) { return count.layer == layer.id; });
        status.pending.push_back(found == pending.end() ? PendingCount{} : *found);
    }
    return status;
}

rhumb_str generation_view(const std::optional<ServerGeneration>& generation) {
    return generation ? view(generation->value) : rhumb_str{};
}

std::int32_t model_of(rhumb::wire::SyncModel model) {
    return static_cast<std::int32_t>(model);
}

}  // namespace

void rhumb_replica_facts_init(rhumb_replica_facts* facts) {
    init(facts);
}
void rhumb_replica_layer_init(rhumb_replica_layer* layer) {
    init(layer);
}

rhumb_status rhumb_replica_open(rhumb_geodatabase* geodatabase, rhumb_replica** out_replica,
                                rhumb_error* error) {
    return guard(error, [&] {
        require_output(out_replica, "out_replica");
        require(geodatabase, "geodatabase");
        const OpenGeodatabase::Reader reader(geodatabase->open);
        ReplicaStore(*reader).load();  // throws when there is none
        *out_replica = new rhumb_replica{geodatabase->open};
    });
}

void rhumb_replica_release(rhumb_replica* replica) {
    delete replica;
}

rhumb_status rhumb_replica_read_status(rhumb_replica* replica, rhumb_replica_status** out_status,
                                       rhumb_error* error) {
    return guard(error, [&] {
        require_output(out_status, "out_status");
        require(replica, "replica");
        const OpenGeodatabase::Reader reader(replica->open);
        *out_status = new rhumb_replica_status(read_status(*reader));
    });
}

void rhumb_replica_status_release(rhumb_replica_status* status) {
    delete status;
}

rhumb_status rhumb_replica_status_facts(const rhumb_replica_status* status,
                                        rhumb_replica_facts* out_facts, rhumb_error* error) {
    return guard(error, [&] {
        require(status, "status");
        require_sized(out_facts, "out_facts");
        const Replica& replica = status->replica;
        rhumb_replica_facts facts;
        rhumb_replica_facts_init(&facts);
        facts.state = static_cast<std::int32_t>(replica.state);
        facts.model = model_of(replica.model);
        if (replica.id) facts.id = view(*replica.id);
        facts.name = view(replica.name);
        facts.service_url = view(replica.service_url);
        facts.server_generation = generation_view(replica.server_generation);
        facts.generation = status->generation;
        facts.created_ms = replica.created_ms;
        facts.last_sync_ms = replica.last_sync_ms.value_or(0);
        for (const auto& count : status->pending) facts.pending_edits += count.total();
        facts.layer_count = replica.layers.size();
        facts.rejected_count = status->rejected.size();
        facts.conflict_count = status->conflicts.size();
        *out_facts = facts;
    });
}

rhumb_status rhumb_replica_status_layer(const rhumb_replica_status* status, size_t index,
                                        rhumb_replica_layer* out_layer, rhumb_error* error) {
    return guard(error, [&] {
        require(status, "status");
        require_sized(out_layer, "out_layer");
        const ReplicaLayer& layer = element_of(status->replica.layers, index, "index");
        const PendingCount& pending = status->pending[index];
        rhumb_replica_layer out;
        rhumb_replica_layer_init(&out);
        out.layer = layer.id.value;
        out.use_geometry = layer.use_geometry ? 1 : 0;
        out.name = view(status->layer_names[index]);
        out.where = view(layer.where);
        out.server_generation = generation_view(layer.server_generation);
        out.pending_inserts = pending.inserts;
        out.pending_updates = pending.updates;
        out.pending_deletes = pending.deletes;
        *out_layer = out;
    });
}

rhumb_status rhumb_replica_status_rejected(const rhumb_replica_status* status, size_t index,
                                           rhumb_rejected_edit* out_edit, rhumb_error* error) {
    return guard(error, [&] {
        require(status, "status");
        require_sized(out_edit, "out_edit");
        *out_edit = rejected_edit_of(element_of(status->rejected, index, "index"));
    });
}

rhumb_status rhumb_replica_status_conflict(const rhumb_replica_status* status, size_t index,
                                           rhumb_conflict* out_conflict, rhumb_error* error) {
    return guard(error, [&] {
        require(status, "status");
        require_sized(out_conflict, "out_conflict");
        *out_conflict = conflict_of(element_of(status->conflicts, index, "index"));
    });
}
