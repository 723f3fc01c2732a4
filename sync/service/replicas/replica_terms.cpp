// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/replica_terms.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <string>

namespace rhumb::service {
namespace {

using wire::SyncDirection;
using wire::TargetType;

[[noreturn]] void refuse(std::string_view parameter, std::string_view value,
                         const std::string& why) {
    throw Error(Status::InvalidArgument,
                "'" + std::string(parameter) + "' is '" + excerpt(value, 40) + "', " + why);
}

bool takes_edits(const Call& call) {
    return has_capability(call, "Create") || has_capability(call, "Update") ||
           has_capability(call, "Delete");
}

TargetType target_parameter(const Call& call) {
    const std::string& text = call.parameters.get("targetType");
    if (text.empty()) return TargetType::Client;
    const auto target = wire::target_type_of(text);
    if (!target) refuse("targetType", text, "not client or server");
    return *target;
}

/// ArcGIS REST: a client's replica is bidirectional; that of a service goes one way, unless both
/// are offered.
SyncDirection direction_parameter(const Call& call, TargetType target) {
    const std::string& text = call.parameters.get("syncDirection");
    const auto asked = wire::sync_direction_of(text);
    if (!text.empty() && (!asked || *asked == SyncDirection::Snapshot)) {
        refuse("syncDirection", text, "not download, upload or bidirectional");
    }
    if (target == TargetType::Server) return asked.value_or(SyncDirection::Download);
    if (asked && *asked != SyncDirection::Bidirectional) {
        refuse("syncDirection", text, "but a replica of targetType client is bidirectional");
    }
    return SyncDirection::Bidirectional;
}

bool has_entries(const wire::Json& features, std::initializer_list<std::string_view> names) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
        const wire::Json* list = features.find_any_case(name);
        return list != nullptr && list->array() != nullptr && !list->array()->empty();
    });
}

}  // namespace

ReplicaTerms read_terms(const Call& call) {
    ReplicaTerms terms;
    terms.target = target_parameter(call);
    terms.direction = direction_parameter(call, terms.target);
    if (takes_edits(call)) return terms;
    if (terms.direction == SyncDirection::Upload) require_capability(call, "Update");
    terms.direction = SyncDirection::Download;
    return terms;
}

SyncDirection agreed_direction(const ReplicaRecord& replica, std::string_view asked,
                               std::string_view parameter) {
    const SyncDirection own = replica.terms.direction;
    if (trimmed(asked).empty()) return own;
    const auto direction = wire::sync_direction_of(asked);
    if (!direction) {
        refuse(parameter, asked, "not download, upload, bidirectional or snapshot");
    }
    if (own == SyncDirection::Download) {
        if (*direction == SyncDirection::Upload) {
            refuse(parameter, asked, "but the replica is download-only");
        }
        // Clients that have nothing to send ask for both ways.
        return *direction == SyncDirection::Snapshot ? *direction : SyncDirection::Download;
    }
    if (own == SyncDirection::Upload && *direction != SyncDirection::Upload) {
        refuse(parameter, asked, "but the replica is upload-only");
    }
    return *direction;
}

void check_edits_allowed(const Call& call, const ReplicaRecord& replica, const wire::Json& edits) {
    if (edits.array() == nullptr) return;
    for (const wire::Json& entry : *edits.array()) {
        const wire::Json* inner = entry.find_any_case("features");
        const wire::Json& features = inner != nullptr ? *inner : entry;
        const bool adds = has_entries(features, {"adds"});
        const bool updates = has_entries(features, {"updates"});
        const bool deletes = has_entries(features, {"deleteIds", "deletes"});
        const bool any = adds || updates || deletes;
        if (any && replica.terms.direction == SyncDirection::Download) {
            throw Error(Status::InvalidArgument,
                        "'edits': the replica '" + replica.name + "' is download-only");
        }
        if (adds) require_capability(call, "Create");
        if (updates) require_capability(call, "Update");
        if (deletes) require_capability(call, "Delete");
    }
}

}  // namespace rhumb::service
