// SPDX-License-Identifier: Apache-2.0
//
// The parameters of createReplica.

#pragma once

#include "platform/http/form.hpp"
#include "sync/client/ladder.hpp"
#include "sync/wire/attachment_json.hpp"
#include "sync/wire/json.hpp"

#include <cstdint>

namespace rhumb::sync {

/// What a createReplica is made of. `epsg`, `full_extent` and `definitions` are the service's.
struct CreationWish {
    const Replica& replica;
    const CreateOptions& options;
    std::int32_t epsg;
    wire::Json full_extent;
    const wire::Json& definitions;  ///< of the layers that are taken
    bool as_delta;                  ///< the service gives our deltas
    wire::AttachmentsDirection attachments;
};

http::NameValues create_replica_form(const CreationWish& wish);

/// The replica's extent or area as a request says it: geometry, geometryType and inSR; none when it
/// has neither.
http::NameValues area_form(const Replica& replica, const CreateOptions& wishes,
                           std::int32_t service_epsg);

}  // namespace rhumb::sync
