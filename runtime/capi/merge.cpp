// SPDX-License-Identifier: Apache-2.0
#include "rhumb/merge.h"

#include "runtime/capi/guard.hpp"
#include "runtime/capi/handles.hpp"
#include "runtime/capi/init.hpp"
#include "sync/replica/export_rejected.hpp"
#include "sync/replica/rejected_edits.hpp"
#include "sync/replica/resolve_conflict.hpp"

#include <string>

using namespace rhumb::capi;
using rhumb::Error;
using rhumb::Status;
using rhumb::geodb::Geodatabase;
using rhumb::runtime::OpenGeodatabase;
using rhumb::sync::MergePolicy;
using rhumb::sync::ReplicaStore;
using rhumb::sync::Resolution;

namespace {

[[noreturn]] void refuse(const char* argument, std::int32_t value, const char* wanted) {
    throw Error(Status::InvalidArgument, std::string("argument '") + argument + "' is " +
                                             std::to_string(value) + ", which is no " + wanted);
}

MergePolicy policy_of(std::int32_t policy) {
    if (policy < RHUMB_POLICY_LAST || policy > RHUMB_POLICY_ASK) {
        refuse("policy", policy, "rhumb_merge_policy");
    }
    return static_cast<MergePolicy>(policy);
}

Resolution resolution_of(const rhumb_resolution& given) {
    Resolution resolution;
    switch (given.take) {
        case RHUMB_TAKE_MINE:
            break;
        case RHUMB_TAKE_THEIRS:
            resolution.take = Resolution::Take::Theirs;
            break;
        case RHUMB_TAKE_VALUE:
            resolution.take = Resolution::Take::Value;
            resolution.value = text_of(given.value, "resolution->value");
            break;
        default:
            refuse("resolution->take", given.take, "rhumb_take");
    }
    switch (given.scope) {
        case RHUMB_SCOPE_NUMBER:
            break;
        case RHUMB_SCOPE_COLUMN:
            resolution.scope = Resolution::Scope::Column;
            resolution.column = name_of(given.column, "resolution->column");
            break;
        case RHUMB_SCOPE_FEATURE:
            resolution.scope = Resolution::Scope::Feature;
            break;
        default:
            refuse("resolution->scope", given.scope, "rhumb_conflict_scope");
    }
    return resolution;
}

/// Runs `work` on the geodatabase in the writer's turn.
template <class Work>
rhumb_status decide(rhumb_replica* replica, rhumb_error* error, const Work& work) {
    return guard(error, [&] {
        require(replica, "replica");
        const rhumb::runtime::WriterTurn turn(replica->open->gate());
        work(replica->open->writer());
    });
}

}  // namespace

void rhumb_resolution_init(rhumb_resolution* resolution) {
    init(resolution);
    if (resolution == nullptr) return;
    resolution->take = RHUMB_TAKE_MINE;
    resolution->scope = RHUMB_SCOPE_NUMBER;
}

rhumb_status rhumb_replica_policy(rhumb_replica* replica, int32_t layer, int32_t* out_policy,
                                  rhumb_error* error) {
    return guard(error, [&] {
        require(replica, "replica");
        require(out_policy, "out_policy");
        const OpenGeodatabase::Reader reader(replica->open);
        for (const auto& agreed : ReplicaStore(*reader).load().layers) {
            if (agreed.id.value != layer) continue;
            *out_policy = static_cast<std::int32_t>(agreed.policy);
            return;
        }
        throw Error(Status::NotFound, "the replica has no layer " + std::to_string(layer));
    });
}

rhumb_status rhumb_replica_set_policy(rhumb_replica* replica, int32_t layer, int32_t policy,
                                      rhumb_error* error) {
    return decide(replica, error, [&](Geodatabase& geodatabase) {
        const MergePolicy wanted = policy_of(policy);
        ReplicaStore store(geodatabase);
        store.upgrade_tables();
        store.set_policy({layer}, wanted);
    });
}

rhumb_status rhumb_conflict_resolve(rhumb_replica* replica, int64_t number,
                                    const rhumb_resolution* resolution, int64_t* out_count,
                                    rhumb_error* error) {
    return decide(replica, error, [&](Geodatabase& geodatabase) {
        require_sized(resolution, "resolution");
        const auto count =
            rhumb::sync::resolve_conflict(geodatabase, number, resolution_of(*resolution));
        if (out_count != nullptr) *out_count = count;
    });
}

rhumb_status rhumb_rejected_retry(rhumb_replica* replica, int64_t number, rhumb_error* error) {
    return decide(replica, error, [&](Geodatabase& geodatabase) {
        rhumb::sync::retry_rejected(geodatabase, number);
    });
}

rhumb_status rhumb_rejected_take_theirs(rhumb_replica* replica, int64_t number,
                                        rhumb_error* error) {
    return decide(replica, error, [&](Geodatabase& geodatabase) {
        rhumb::sync::take_theirs_of_rejected(geodatabase, number);
    });
}

rhumb_status rhumb_rejected_drop(rhumb_replica* replica, int64_t number, rhumb_error* error) {
    return decide(replica, error, [&](Geodatabase& geodatabase) {
        rhumb::sync::drop_rejected(geodatabase, number);
    });
}

rhumb_status rhumb_rejected_park(rhumb_replica* replica, int64_t number, rhumb_error* error) {
    return decide(replica, error, [&](Geodatabase& geodatabase) {
        rhumb::sync::park_rejected(geodatabase, number);
    });
}

rhumb_status rhumb_rejected_export(rhumb_replica* replica, rhumb_str path, int64_t* out_count,
                                   rhumb_error* error) {
    return guard(error, [&] {
        require(replica, "replica");
        const std::string file = name_of(path, "path");
        const OpenGeodatabase::Reader reader(replica->open);
        const auto count = rhumb::sync::export_rejected(*reader, file);
        if (out_count != nullptr) *out_count = count;
    });
}
