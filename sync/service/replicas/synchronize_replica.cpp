// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/synchronize_replica.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/replicas/busy_replicas.hpp"
#include "sync/service/replicas/copied_replica.hpp"
#include "sync/service/replicas/synchronize_answer.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {
namespace {

using wire::Json;

bool any_failed(const UploadResults& results) {
    return std::any_of(results.begin(), results.end(), [](const auto& layer) {
        const LayerResults& of = layer.second;
        const auto failed = [](const wire::EditResult& result) { return !result.success; };
        return std::any_of(of.adds.begin(), of.adds.end(), failed) || !of.updates.empty() ||
               !of.deletes.empty() ||
               std::any_of(of.attachments.adds.begin(), of.attachments.adds.end(), failed) ||
               !of.attachments.updates.empty() || !of.attachments.deletes.empty();
    });
}

http::Response synchronize(const Call& call, const ReplicaRecord& replica) {
    const SyncCall asked = read_sync_call(call, replica);
    check_not_expired(asked, replica);
    {
        const auto snapshot = call.store.snapshot();
        check_history(call, asked, *snapshot);
        check_generations(asked, *snapshot);
    }
    check_not_a_copy(call, replica, asked.upload.batch);
    UploadResults results;
    if (uploadable(replica, asked, asked.edits->outline()).array()->empty()) {
        // Of a sibling's edits that are in already their carrier may not have heard.
        results = stored_outcome(call, replica, asked.upload.batch);
        return sync_answer(call, replica, asked, results);
    }
    require_any_edit(call);  // of a delta, and of attachments, nobody has looked at the kinds
    const EditPieces pieces = [&](const OnEdits& on_edits) {
        asked.edits->each_piece(
            [&](const Json& piece) { on_edits(uploadable(replica, asked, piece)); });
    };
    if (call.job != nullptr) {
        call.job->check_wanted();
        call.job->stage("ImportChanges", 10);
    }
    results = asked.edits->has_rows()
                  ? apply_rows(
                        call, replica,
                        [&](RowTaker& taker) {
                            PermittedRows rows(call, taker);
                            asked.edits->each_row(replica, uploading_layers(replica, asked), rows);
                        },
                        asked.upload)
                  : apply_upload(call, replica, pieces, asked.upload);
    if (call.job != nullptr) {
        call.job->stage("ExportChanges", 60);
        call.job->edits_failed = any_failed(results);
    }
    try {
        return sync_answer(call, replica, asked, results);
    } catch (const Error& error) {
        if (error.status() == Status::Busy) throw;
        // Whatever went wrong, the caller must not take its edits for refused.
        throw Error(Status::Internal,
                    "The edits were applied, but the answer could not be made: " + error.message());
    }
}

}  // namespace

bool is_for(const Call& call, const ReplicaRecord& replica) {
    return replica.terms.owner.empty() || call.who.may_see(replica.terms.owner);
}

ReplicaRecord find_replica(const Call& call, std::string_view id) {
    const auto uuid = Uuid::parse(id);
    if (uuid) {
        for (ReplicaRecord& replica : call.store.snapshot()->replicas()) {
            if (replica.id == *uuid && is_for(call, replica)) return std::move(replica);
        }
    }
    throw Error(Status::InvalidArgument, "Replica does not exist: " + excerpt(id, 60));
}

http::Response synchronize_replica(const Call& call) {
    const std::string& id = call.parameters.get("replicaID");
    if (id.empty()) throw Error(Status::InvalidArgument, "'replicaID' is missing");
    const Uuid found = find_replica(call, id).id;
    const BusyReplicas::Turn turn(call.busy, found);
    // As it is now that nobody else synchronizes it.
    return synchronize(call, find_replica(call, id));
}

}  // namespace rhumb::service
