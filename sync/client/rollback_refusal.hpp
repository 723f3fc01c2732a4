// SPDX-License-Identifier: Apache-2.0
//
// An upload of which the service took nothing because of one edit: which one, why, and what can be
// done about it.

#pragma once

#include "geodb/geodatabase.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "sync/replica/replica_store.hpp"
#include "sync/wire/service_error.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace rhumb::sync {

struct RefusedUpload {
    std::string sentence;   ///< in the service's words
    std::int64_t code = 0;  ///< the service's
    struct Failing {
        geodb::LayerId layer;
        geodb::NetEdit edit;
        std::int64_t code = 0;
        std::string reason;
    };
    std::optional<Failing> failing;  ///< none when the service names no edit of the batch
};

/// The edit of the batch that has this GlobalID.
std::optional<RefusedUpload::Failing> failing_edit(geodb::Geodatabase& geodatabase,
                                                   const ReplicaStore::Batch& batch,
                                                   const geodb::GlobalId& feature);

/// Looks for the edit in the service's words: they name its GlobalID, however they are built.
RefusedUpload refused_upload(geodb::Geodatabase& geodatabase, const ReplicaStore::Batch& batch,
                             const wire::ServiceError& error);

/// A feature that we took for deleted is there: it has left the replica's filter, no more. Then
/// our edit of it becomes the update that it was, and this is true. Within a transaction.
bool put_right(geodb::Geodatabase& geodatabase, const ReplicaStore::Batch& batch,
               const RefusedUpload& refused);

/// Puts the failing edit on the list of refused ones, still pending, and into the sentence: layer,
/// GlobalID, code, reason, and its number there. Within a transaction.
void note_refused_upload(geodb::Geodatabase& geodatabase, ReplicaStore& store,
                         RefusedUpload& refused);

}  // namespace rhumb::sync
