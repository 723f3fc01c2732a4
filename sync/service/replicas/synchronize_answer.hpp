// SPDX-License-Identifier: Apache-2.0
//
// The answer of synchronizeReplica: results of the upload, and the net changes since the replica's
// generation, as JSON or as a delta.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/replicas/synchronize_call.hpp"

namespace rhumb::service {

/// Reads the download after the upload was committed, from one state of the data; notes what the
/// replica says it has.
http::Response sync_answer(const Call& call, const ReplicaRecord& before, const SyncCall& asked,
                           UploadResults& results);

}  // namespace rhumb::service
