// SPDX-License-Identifier: Apache-2.0
//
// The `attachments` members of answers of createReplica and synchronizeReplica.

#pragma once

#include "platform/spool.hpp"
#include "sync/service/call.hpp"
#include "sync/wire/json_writer.hpp"

namespace rhumb::service {

/// returnAttachments, returnAttachmentsDataByUrl and attachmentsSyncDirection of createReplica.
/// Throws InvalidArgument for a combination that the protocol does not know.
AttachmentAgreement read_attachment_agreement(const http::Parameters& parameters);
/// returnAttachmentsDataByUrl in its spellings.
bool by_url_parameter(const http::Parameters& parameters, bool absent);

/// Writes attachments one by one into `spool`, their content as a link or as base64.
class AttachmentEntries {
public:
    AttachmentEntries(const Call& call, StoreSnapshot& snapshot, bool by_url);

    void write(const Attachment& attachment, ObjectId parent);
    /// All attachments of a feature, by the value of its GlobalID column.
    void write_all(const Layer& layer, ObjectId feature, const Value& global_id);
    /// The elements, without brackets.
    Spool& spool() { return spool_; }
    bool empty() { return spool_.size() == 0; }

private:
    void write_data(const Attachment& attachment);

    const Call& call_;
    StoreSnapshot& snapshot_;
    bool by_url_;
    Spool spool_;
    wire::JsonWriter writer_;
};

/// Net changes of a layer's attachments for a replica, in the lists of synchronizeReplica.
class AttachmentChanges {
public:
    AttachmentChanges(const Call& call, StoreSnapshot& snapshot, LayerId layer, bool by_url);

    /// The feature came into the replica, and its attachments with it.
    void take_parent(const GlobalId& parent, ObjectId oid);
    void take(const ReplicaScope& scope, geodb::GenerationRange range, const Uuid& replica);
    /// `"adds":[…],"updates":[…],"deleteIds":[…]` into an open object.
    void write(wire::JsonWriter& writer, Spool& spool);
    bool any() { return !adds_.empty() || !updates_.empty() || deletes_.size() > 0; }

private:
    StoreSnapshot& snapshot_;
    LayerId layer_;
    bool layer_has_any_;
    AttachmentEntries adds_, updates_;
    Spool deletes_;
};

}  // namespace rhumb::service
