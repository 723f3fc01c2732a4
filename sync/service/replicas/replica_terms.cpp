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

void check_edits_allowed(const Call& call, const ReplicaRecord& replica, const EditKinds& kinds) {
    if (kinds.any() && replica.terms.direction == SyncDirection::Download) {
        throw Error(Status::InvalidArgument,
                    "'edits': the replica '" + replica.name + "' is download-only");
    }
    if (kinds.adds) require_capability(call, "Create");
    if (kinds.updates) require_capability(call, "Update");
    if (kinds.deletes) require_capability(call, "Delete");
    // ArcGIS REST: either of the two lets a client add a file to a feature.
    const bool attaches = has_capability(call, "Create") || has_capability(call, "Update");
    if (kinds.attachments && !attaches) require_capability(call, "Update");
}

}  // namespace rhumb::service
