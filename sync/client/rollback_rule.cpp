// SPDX-License-Identifier: Apache-2.0
#include "sync/client/rollback_rule.hpp"

namespace rhumb::sync {

Rollback rollback_of(const ServiceDescription& service, wire::SyncModel model, bool asked) {
    if (service.rollback_on_failure) return {asked, ""};
    const bool both = service.per_layer && service.per_replica;
    const bool always = both ? model == wire::SyncModel::PerReplica : !service.per_layer;
    if (always == asked) return {always, ""};
    return {always, always ? "the service offers no choice of rollback: one edit that it refuses "
                             "keeps all of them from being taken"
                           : "the service offers no rollback: it takes each edit by itself"};
}

}  // namespace rhumb::sync
