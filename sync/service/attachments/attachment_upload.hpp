// SPDX-License-Identifier: Apache-2.0
//
// The attachments of an upload: applied after the features, in the same transaction, with an
// outcome for each.

#pragma once

#include "sync/service/call.hpp"
#include "sync/service/store/attachment_store.hpp"
#include "sync/wire/edit_result.hpp"
#include "sync/wire/json.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace rhumb::service {

struct AttachmentResults {
    std::vector<wire::EditResult> adds, updates, deletes;
    bool empty() const { return adds.empty() && updates.empty() && deletes.empty(); }
};

/// Files of upload items by their id; "" for one that cannot be had, with the reason.
struct UploadedContent {
    struct Item {
        std::filesystem::path path;
        std::string problem;
    };
    std::map<std::string, Item> items;

    /// Looks up what `json`, an `attachments` object, refers to. Not inside a write transaction.
    void look_up(const Call& call, const wire::Json& json);
};

struct AttachmentUploadOptions {
    bool rollback_on_failure = false;
    bool return_ids_for_adds = false;
    /// Every edit has a result, and a delete of what is gone fails.
    bool every_result = false;
};

/// `attachments` is {"adds":[…],"updates":[…],"deleteIds":[…]}. Throws when the replica, if these
/// are one's, does not upload attachments, and with rollback at the first failure, naming it.
void apply_attachments(const ReplicaRecord* replica, const Layer& layer,
                       const wire::Json& attachments, StoreTransaction& transaction,
                       const UploadedContent& uploaded, const AttachmentUploadOptions& options,
                       AttachmentResults& results);

/// Content of a file, kept by hash.
std::pair<Sha256, std::int64_t> keep_file(AttachmentWriter& writer,
                                          const std::filesystem::path& path);
/// The same of bytes in memory.
std::pair<Sha256, std::int64_t> keep_bytes(AttachmentWriter& writer, std::string_view bytes);

}  // namespace rhumb::service
