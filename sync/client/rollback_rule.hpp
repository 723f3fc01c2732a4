// SPDX-License-Identifier: Apache-2.0
//
// Whether a service takes all edits of an upload or each by itself: what was asked for, as far as
// the service offers the choice.

#pragma once

#include "sync/client/service_description.hpp"
#include "sync/wire/wire_names.hpp"

#include <string>

namespace rhumb::sync {

struct Rollback {
    bool happens = false;
    std::string note;  ///< a sentence, when that is not what was asked for
};

/// ArcGIS REST, synchronizeReplica, rollbackOnFailure: a service without
/// supportsRollbackOnFailure never rolls back under perLayer and always does under perReplica.
Rollback rollback_of(const ServiceDescription& service, wire::SyncModel model, bool asked);

}  // namespace rhumb::sync
