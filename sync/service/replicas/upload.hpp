// SPDX-License-Identifier: Apache-2.0
//
// The upload part of synchronizeReplica: a batch of edits applied in one transaction, with an
// outcome for each edit.

#pragma once

#include "sync/service/attachments/attachment_upload.hpp"
#include "sync/service/call.hpp"
#include "sync/service/replicas/edits_source.hpp"
#include "sync/wire/edit_result.hpp"
#include "sync/wire/json.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace rhumb::service {

struct LayerResults {
    std::vector<wire::EditResult> adds, updates, deletes;
    AttachmentResults attachments;
    bool empty() const {
        return adds.empty() && updates.empty() && deletes.empty() && attachments.empty();
    }
};
using UploadResults = std::map<LayerId, LayerResults>;

struct UploadOptions {
    bool rollback_on_failure = false;
    bool return_ids_for_adds = false;
    std::optional<Uuid> batch;  ///< our extension: a repeated batch gets its stored outcome
    // Our extension; see EditRules.
    std::map<LayerId, Generation> unless_changed_since = {};
    bool unless_changed_each = false;
    /// The replica as it is once the edits are in, stored in their transaction; e.g. its siblings.
    std::optional<ReplicaRecord> record = std::nullopt;
};

/// Hands over edits piece by piece, each an array of ArcGIS REST, synchronizeReplica.
using EditPieces = std::function<void(const OnEdits&)>;

/// Applies `pieces` for `replica`, all in one transaction. Results name failures, and successful
/// adds when asked for. With rollback, a failure throws an Error that names the failing edit, and
/// nothing has happened.
UploadResults apply_upload(const Call& call, const ReplicaRecord& replica, const EditPieces& pieces,
                           const UploadOptions& options);

/// The same for edits that are rows: `rows` hands them to the taker it is given.
UploadResults apply_rows(const Call& call, const ReplicaRecord& replica,
                         const std::function<void(RowTaker&)>& rows, const UploadOptions& options);

/// What became of a batch that was taken in before; nothing when it was not.
UploadResults stored_outcome(const Call& call, const ReplicaRecord& replica,
                             const std::optional<Uuid>& batch);

/// `addResults`, `updateResults`, `deleteResults`, of LayerResults or AttachmentResults.
template <class Results>
void write_results(wire::JsonWriter& writer, const Results& results) {
    const auto list = [&](const char* name, const std::vector<wire::EditResult>& entries) {
        writer.key(name).begin_array();
        for (const wire::EditResult& result : entries) wire::write_edit_result(writer, result);
        writer.end_array();
    };
    list("addResults", results.adds);
    list("updateResults", results.updates);
    list("deleteResults", results.deletes);
}

}  // namespace rhumb::service
