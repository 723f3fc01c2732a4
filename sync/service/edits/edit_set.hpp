// SPDX-License-Identifier: Apache-2.0
//
// A set of edits applied in one transaction, which becomes one changeset of the timeline, and its
// answer.

#pragma once

#include "platform/http/message.hpp"
#include "platform/spool.hpp"
#include "sync/service/attachments/attachment_upload.hpp"
#include "sync/service/call.hpp"
#include "sync/service/edits/edit_document.hpp"
#include "sync/service/edits/edit_rules.hpp"
#include "sync/wire/json_writer.hpp"

#include <array>
#include <functional>
#include <memory>
#include <vector>

namespace rhumb::service {

struct EditSetOptions {
    /// Entries one after the other; else the adds of all layers, parents first, then the updates,
    /// then the deletes, children first, then attachments.
    bool honor_sequence = false;
    /// Tells each feature as it was and as it is.
    bool edited_features = false;
};

class EditedFeatures;

/// How the edits of one entry ended, in the order of its lists.
struct EntryResults {
    std::array<std::vector<wire::EditResult>, 3> rows;  ///< by EditKind
    AttachmentResults attachments;
    std::shared_ptr<EditedFeatures> edited;

    const std::vector<wire::EditResult>& of(EditKind kind) const {
        return rows[static_cast<std::size_t>(kind)];
    }
};

/// Applies a document. What is passed in outlives it.
class EditSet {
public:
    EditSet(const Call& call, const EditDocument& document, const EditRules& rules,
            EditSetOptions options = {});
    ~EditSet();

    /// Throws an Error that names the failing edit where the rules want a rollback.
    void apply(StoreTransaction& transaction);
    /// `"addResults":[…]` and what else an entry of the answer has, without its braces.
    void write_results(wire::JsonWriter& writer, Spool& spool, std::size_t entry) const;
    const std::vector<EntryResults>& results() const { return results_; }

private:
    class Layers;
    using Place = std::function<bool(std::size_t entry)>;
    void apply_list(Layers& layers, EditList list, const Place& wanted);
    void apply_entry(Layers& layers, std::size_t entry);
    void apply_attachments_of(StoreTransaction& transaction, const Place& wanted);
    void look_up_uploads();
    std::vector<std::size_t> depths() const;
    void check_attachments_allowed() const;

    const Call& call_;
    const EditDocument& document_;
    const EditRules& rules_;
    EditSetOptions options_;
    UploadedContent uploaded_;
    std::vector<EntryResults> results_;
};

/// Applies something in one transaction and answers with what `write` writes. In a job the answer
/// becomes a result file, and is recorded in the same transaction, so that the job takes effect
/// once.
http::Response edit_and_answer(const Call& call,
                               const std::function<void(StoreTransaction&)>& apply,
                               const std::function<void(wire::JsonWriter&, Spool&)>& write);

}  // namespace rhumb::service
