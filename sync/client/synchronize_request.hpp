// SPDX-License-Identifier: Apache-2.0
//
// The parameters of synchronizeReplica.

#pragma once

#include "platform/http/form.hpp"
#include "sync/replica/replica.hpp"
#include "sync/wire/wire_names.hpp"

#include <optional>
#include <string>

namespace rhumb::sync {

struct SynchronizeRequest {
    wire::SyncDirection direction = wire::SyncDirection::Download;
    std::string edits;          ///< JSON; "" for none
    std::string item;           ///< upload item that holds the edits; "" for none
    std::optional<Uuid> batch;  ///< ours, for a service that knows repeats by it
    /// For a service that speaks Rhumb: it applies nothing when others changed the features since.
    bool unless_changed = false;
    bool item_is_delta = false;
    bool as_delta = false;      ///< the answer, to a service that speaks Rhumb
    bool tells_agreed = false;  ///< which schemas were agreed on, so that it may object
    bool rollback_on_failure = false;
    bool async = false;
};

http::NameValues synchronize_form(const Replica& replica, const SynchronizeRequest& request);

}  // namespace rhumb::sync
