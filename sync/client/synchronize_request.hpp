// SPDX-License-Identifier: Apache-2.0
//
// The parameters of synchronizeReplica.

#pragma once

#include "platform/http/form.hpp"
#include "sync/client/layer_directions.hpp"
#include "sync/replica/replica.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::sync {

struct SynchronizeRequest {
    LayerDirections directions;
    std::string edits;          ///< JSON; "" for none
    std::string item;           ///< upload item that holds the edits; "" for none
    std::optional<Uuid> batch;  ///< ours, for a service that knows repeats by it
    /// For a service that speaks Rhumb, when others have changed the features since: it applies
    /// nothing, or leaves out the edits of these.
    enum class Guard : std::uint8_t { None, Whole, Each };
    Guard guard = Guard::None;
    bool item_is_delta = false;
    bool as_delta = false;      ///< the answer, to a service that speaks Rhumb
    bool tells_agreed = false;  ///< which schemas were agreed on, so that it may object
    bool rollback_on_failure = false;
    bool async = false;
    /// For a service that speaks Rhumb, which knows a copied file by it; "" when not known.
    std::string known_batches = {};
};

/// The batches that the service may have from this file: the one that was settled last, and those
/// in `waiting`. "" when the file does not know.
std::string known_batches(const Replica& replica, const std::vector<Uuid>& waiting);

http::NameValues synchronize_form(const Replica& replica, const SynchronizeRequest& request);

}  // namespace rhumb::sync
