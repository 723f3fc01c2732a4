// SPDX-License-Identifier: Apache-2.0
//
// The attachments of a replica: what came from the service, what is pending, what is wanted.
// All SQL of attachments on the device side is here.

#pragma once

#include "geodb/attachments/attachment_edits.hpp"
#include "geodb/attachments/attachments.hpp"
#include "sync/replica/attachment_items.hpp"
#include "sync/wire/attachment_json.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rhumb::sync {

/// What of a layer's content is fetched. Stored, and those of the C API: never renumber.
enum class AttachmentPolicy : std::int32_t {
    None = 1,      ///< nothing; what is made here still goes up
    OnDemand = 2,  ///< what somebody asked for
    All = 3,
};

/// So many requests in vain for one content, and the others get their turn: fewer than end a run.
constexpr int kMostInVain = 4;

/// Lives on the thread of `geodatabase`, which outlives it. What writes runs inside the caller's
/// transaction.
class AttachmentLane {
public:
    explicit AttachmentLane(geodb::Geodatabase& geodatabase)
        : geodatabase_(geodatabase),
          database_(geodatabase.database()),
          attachments_(geodatabase),
          items_(database_) {}

    // Agreement and policies.
    bool agreed() const { return database_.has_table("rhumb_attachment_agreement"); }
    void agree(wire::AttachmentsDirection direction);
    wire::AttachmentsDirection direction() const;
    AttachmentPolicy policy(geodb::LayerId layer) const;
    /// Also marks what is to be fetched from now on, or no more.
    void set_policy(geodb::LayerId layer, AttachmentPolicy policy);
    /// Somebody asks for this one: the next synchronization fetches it.
    /// Throws NotFound when there is no such attachment.
    void want(const geodb::GlobalId& attachment);

    // What comes from the service.
    enum class Arrival { Add, Update };
    /// False when its feature is not here, or an edit made here goes before it.
    bool take_in(geodb::LayerId layer, const wire::AttachmentJson& came, Arrival arrival,
                 bool check_parent = true);
    bool take_delete(const geodb::GlobalId& attachment);
    /// Those that were deleted here, alone or with their features, and the service has not heard.
    std::vector<geodb::GlobalId> deleted_here(geodb::LayerId layer) const;
    /// The same where the service itself says that it deleted it: what is on its way there, and not
    /// edited since, has arrived before.
    bool take_told_delete(const geodb::GlobalId& attachment);
    /// The service deletes this feature: attachments that it has not got yet stay here, marked.
    void keep_pending_of(geodb::LayerId layer, const geodb::GlobalId& parent);
    /// Those whose feature is still there after all are attachments like any others.
    void release_kept();

    /// The service has lost it, and not its feature: it goes up again, as a new one. False when its
    /// content is not here; that is marked.
    bool send_again(const geodb::Attachment& attachment);
    /// The feature goes up as a new one, because the service has lost it: its attachments go after
    /// it, all of them as new ones, those of a batch on its way too: what lost the feature has lost
    /// what it had of the batch. One whose content is not here has nothing to go up, and says so.
    void send_again(geodb::LayerId layer, const geodb::GlobalId& parent);

    // What goes up.
    struct Batch {
        Uuid id;
        geodb::Generation generation;
        std::int64_t sends = 0;
    };
    std::optional<Batch> batch() const;
    /// Freezes what is pending, of these layers if some are named. None when nothing is.
    std::optional<Batch> seal(const Uuid& id,
                              const std::optional<std::set<geodb::LayerId>>& layers = {});
    void note_sent(Batch& batch);
    using OnEdit = std::function<void(const geodb::AttachmentEdit&)>;
    /// Edits of the batch that come to something, as they were when it was sealed.
    void each_edit(const Batch& batch, const OnEdit& on_edit);
    /// `refused`, with the reasons, are pending again and marked as failed.
    void settle(const Batch& batch, const std::map<geodb::GlobalId, std::string>& refused);
    void unseal(const Batch& batch);
    std::int64_t pending();
    /// All of it, by layer, counted in one walk.
    std::map<geodb::LayerId, std::int64_t> pending_by_layer();

    // What is wanted here.
    struct Wanted {
        geodb::Attachment attachment;
        std::string url;
        bool failed = false;  ///< when it was tried last
    };
    /// By number, at most `limit`, behind `after`.
    std::vector<Wanted> wanted(std::int64_t after, int limit) const;
    std::int64_t wanted_bytes() const;
    /// Content arrived whole: whoever refers to it has it.
    std::int64_t note_content(const Sha256& content);
    /// Content of an attachment whose hash nobody had said.
    void note_fetched(std::int64_t attachment, const Sha256& content, std::int64_t size);
    void note_failure(std::int64_t attachment, const std::string& reason);
    /// When its transfer was tried last.
    bool has_failed(std::int64_t attachment) const;
    struct Fetch {
        std::int64_t attachment = 0;
        std::string validator;
    };
    std::optional<Fetch> fetch() const;
    void save_fetch(const Fetch& fetch);

    geodb::AttachmentState state(const geodb::Attachment& attachment);
    geodb::Attachments& attachments() { return attachments_; }
    /// Where a service takes content as upload items.
    AttachmentItems& items() { return items_; }

private:
    void make_tables();
    void forget_edits(geodb::Generation until);
    /// Takes the log of this attachment over into the open generation.
    void carry_forward(std::int64_t attachment);
    bool goes_up(const geodb::AttachmentEdit& edit);
    void forget_deleted(const geodb::GlobalId& attachment);
    bool went_with_feature(const geodb::AttachmentEdit& edit);
    void log_as_new(const geodb::Attachment& attachment);
    bool is_edited_here(std::int64_t attachment) const;
    void forget_trace(std::int64_t attachment);
    bool is_kept(std::int64_t attachment) const;
    bool is_deleted_here(const geodb::GlobalId& attachment) const;
    void mark(std::int64_t attachment, const std::string& url);

    geodb::Geodatabase& geodatabase_;
    geodb::sqlite::Database& database_;
    geodb::Attachments attachments_;
    AttachmentItems items_;
};

std::string_view name_of(AttachmentPolicy policy);
std::optional<AttachmentPolicy> attachment_policy_of(std::string_view text);

}  // namespace rhumb::sync
