// SPDX-License-Identifier: Apache-2.0
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/changes/extract_changes.hpp"
#include "sync/service/jobs/job_resource.hpp"
#include "sync/service/replicas/synchronize_replica.hpp"
#include "sync/service/security/refusals.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace rhumb::service {
namespace {

[[noreturn]] void refuse(const std::string& what) {
    throw Error(Status::InvalidArgument, what);
}

/// All layers share one timeline, so that history cannot go for some of them alone.
void check_layers(const Call& call) {
    if (!call.parameters.has("layers")) return;
    std::set<std::int64_t> named;
    for (const std::int64_t id : integer_list_parameter(call.parameters, "layers")) {
        const bool known = std::any_of(call.store.layers().begin(), call.store.layers().end(),
                                       [&](const Layer& layer) { return layer.id.value == id; });
        if (!known) refuse("'layers' names layer " + std::to_string(id) + ", which is not there");
        named.insert(id);
    }
    if (named.size() == call.store.layers().size()) return;
    refuse("'layers' must name all layers, or none: they share one history");
}

std::int64_t unit_ms(const http::Parameters& parameters) {
    const std::string unit = lowered(trimmed(parameters.get("retentionPeriodUnit")));
    if (unit.empty() || unit == "days") return 24LL * 3600 * 1000;
    if (unit == "hours") return 3600LL * 1000;
    if (unit == "minutes") return 60LL * 1000;
    if (unit == "seconds") return 1000;
    refuse("'retentionPeriodUnit' is '" + excerpt(unit, 40) +
           "', not days, hours, minutes or seconds");
}

std::optional<std::int64_t> retention_end(const Call& call) {
    const auto period = integer_parameter(call.parameters, "retentionPeriod");
    if (!period) {
        if (!call.parameters.has("retentionPeriodUnit")) return std::nullopt;
        refuse("'retentionPeriodUnit' needs 'retentionPeriod'");
    }
    const std::int64_t unit = unit_ms(call.parameters);
    if (*period < 0 || *period > std::numeric_limits<std::int64_t>::max() / unit / 2) {
        refuse("'retentionPeriod' is out of range: " + std::to_string(*period));
    }
    return call.store.now_ms() - *period * unit;
}

HistoryCut read_cut(const Call& call) {
    HistoryCut cut;
    cut.older_than_ms = retention_end(call);
    const auto least = integer_parameter(call.parameters, "minServerGen");
    const std::string& replica = call.parameters.get("replicaId");
    if ((cut.older_than_ms ? 1 : 0) + (least ? 1 : 0) + (replica.empty() ? 0 : 1) != 1) {
        refuse("one of 'retentionPeriod', 'minServerGen' and 'replicaId' must be there");
    }
    if (least && *least < 0) refuse("'minServerGen' is negative");
    if (least) cut.before = Generation{*least};
    if (replica.empty()) return cut;
    // What this replica has taken in, as far as no other needs it.
    const ReplicaRecord record = find_replica(call, replica);
    cut.before = record.acknowledged;
    if (record.model == wire::SyncModel::PerLayer) {
        for (const LayerFilter& filter : record.layers) {
            const bool first = &filter == &record.layers.front();
            cut.before = first ? filter.acknowledged : std::min(*cut.before, filter.acknowledged);
        }
    }
    cut.spare_replicas = true;
    return cut;
}

}  // namespace

http::Response cleanup_change_tracking(const Call& call) {
    if (!call.who.sees_all()) {
        if (!call.who.signed_in()) throw token_required("cleanupChangeTracking is for owners");
        throw not_permitted("cleanupChangeTracking is for owners and administrators");
    }
    check_layers(call);
    call.store.give_up_history(read_cut(call));
    return answer_or_complete(call, "{\"success\":true}");
}

}  // namespace rhumb::service
