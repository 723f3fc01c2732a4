// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/attachment_lane.hpp"

#include "geodb/catalog/gpkg_file.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/replica/attachment_replica_schema.sql.hpp"

#include <span>

namespace rhumb::sync {
namespace {

using geodb::Attachment;
using geodb::Attachments;
using geodb::GlobalId;
using geodb::LayerId;
using geodb::sqlite::Statement;

constexpr auto kUnlogged = Attachments::Tracking::Unlogged;

std::span<const std::uint8_t> bytes_of(const Sha256& hash) {
    return hash.bytes;
}

}  // namespace

std::string_view name_of(AttachmentPolicy policy) {
    switch (policy) {
        case AttachmentPolicy::None:
            return "none";
        case AttachmentPolicy::OnDemand:
            return "on-demand";
        case AttachmentPolicy::All:
            return "all";
    }
    return "none";
}

std::optional<AttachmentPolicy> attachment_policy_of(std::string_view text) {
    for (const auto policy :
         {AttachmentPolicy::None, AttachmentPolicy::OnDemand, AttachmentPolicy::All}) {
        if (equal_ignoring_case(text, name_of(policy))) return policy;
    }
    return std::nullopt;
}

void AttachmentLane::make_tables() {
    attachments_.make_tables();
    if (agreed()) return;
    database_.execute(kAttachmentReplicaSchema);
    for (const char* table :
         {"rhumb_attachment_policy", "rhumb_attachment_agreement", "rhumb_attachment_batch",
          "rhumb_attachment_upload", "rhumb_attachment_fetch"}) {
        geodb::register_extension(database_, table);
    }
}

void AttachmentLane::agree(wire::AttachmentsDirection direction) {
    make_tables();
    Statement put(database_, "INSERT OR REPLACE INTO rhumb_attachment_agreement VALUES (1, ?1)");
    put.bind(1, static_cast<int>(direction)).run();
}

wire::AttachmentsDirection AttachmentLane::direction() const {
    if (!agreed()) return wire::AttachmentsDirection::None;
    const auto stored = database_.int64_of("SELECT direction FROM rhumb_attachment_agreement");
    return static_cast<wire::AttachmentsDirection>(stored.value_or(1));
}

AttachmentPolicy AttachmentLane::policy(LayerId layer) const {
    if (!agreed()) return AttachmentPolicy::None;
    Statement& look =
        database_.cached("SELECT policy FROM rhumb_attachment_policy WHERE layer_id = ?1");
    auto policy = AttachmentPolicy::None;
    if (look.bind(1, layer.value).step()) {
        policy = static_cast<AttachmentPolicy>(look.column_int64(0));
    }
    look.reset();
    return policy;
}

void AttachmentLane::set_policy(LayerId layer, AttachmentPolicy policy) {
    make_tables();
    Statement put(database_, "INSERT OR REPLACE INTO rhumb_attachment_policy VALUES (?1, ?2)");
    put.bind(1, layer.value).bind(2, static_cast<int>(policy)).run();
    // Only what is at the service can be fetched; what was asked for by hand stays asked for.
    Statement mark(database_,
                   policy == AttachmentPolicy::All
                       ? "UPDATE rhumb_attachment SET wanted = 1 WHERE layer_id = ?1 AND url IS "
                         "NOT NULL AND NOT EXISTS (SELECT 1 FROM rhumb_content c WHERE c.sha256 = "
                         "rhumb_attachment.sha256 AND c.have = c.size)"
                       : "UPDATE rhumb_attachment SET wanted = 0 WHERE layer_id = ?1");
    mark.bind(1, layer.value).run();
}

void AttachmentLane::want(const GlobalId& id) {
    const auto attachment = attachments_.find(id);
    if (!attachment) {
        throw Error(Status::NotFound, "there is no attachment " + id.value.braced());
    }
    if (state(*attachment).state == geodb::ContentState::Present) return;
    Statement mark(database_,
                   "UPDATE rhumb_attachment SET wanted = 1, failure = NULL WHERE id = ?1");
    mark.bind(1, attachment->id).run();
}

std::vector<AttachmentLane::Wanted> AttachmentLane::wanted(std::int64_t after, int limit) const {
    std::vector<Wanted> wanted;
    if (!database_.has_table("rhumb_attachment")) return wanted;
    Statement rows(
        database_,
        "SELECT " + std::string(geodb::kAttachmentColumns) +
            ", url, failure IS NOT NULL FROM rhumb_attachment WHERE wanted = 1 AND id > ?1 "
            "ORDER BY id LIMIT ?2");
    rows.bind(1, after).bind(2, limit);
    while (rows.step()) {
        wanted.push_back({geodb::attachment_at(rows, 0), std::string(rows.column_text(9)),
                          rows.column_int64(10) != 0});
    }
    return wanted;
}

std::int64_t AttachmentLane::wanted_bytes() const {
    if (!database_.has_table("rhumb_attachment")) return 0;
    return database_.int64_of("SELECT sum(size) FROM rhumb_attachment WHERE wanted = 1")
        .value_or(0);
}

std::int64_t AttachmentLane::note_content(const Sha256& content) {
    Statement note(database_,
                   "UPDATE rhumb_attachment SET wanted = 0, failure = NULL WHERE sha256 = ?1 AND "
                   "wanted = 1");
    note.bind(1, bytes_of(content)).run();
    return database_.changes();
}

void AttachmentLane::note_fetched(std::int64_t id, const Sha256& content, std::int64_t size) {
    auto attachment = attachments_.find(id);
    if (!attachment) return;
    attachment->content = content;
    attachment->size = size;
    attachments_.update(*attachment, kUnlogged);
    Statement note(database_,
                   "UPDATE rhumb_attachment SET wanted = 0, failure = NULL WHERE id = ?1");
    note.bind(1, id).run();
}

bool AttachmentLane::has_failed(std::int64_t id) const {
    Statement row(database_,
                  "SELECT 1 FROM rhumb_attachment WHERE id = ?1 AND failure IS NOT NULL");
    return row.bind(1, id).step();
}

void AttachmentLane::note_failure(std::int64_t id, const std::string& reason) {
    Statement note(database_, "UPDATE rhumb_attachment SET failure = ?2 WHERE id = ?1");
    note.bind(1, id).bind(2, reason).run();
}

std::optional<AttachmentLane::Fetch> AttachmentLane::fetch() const {
    if (!agreed()) return std::nullopt;
    Statement row(database_, "SELECT attachment_id, validator FROM rhumb_attachment_fetch");
    if (!row.step()) return std::nullopt;
    return Fetch{row.column_int64(0), std::string(row.column_text(1))};
}

void AttachmentLane::save_fetch(const Fetch& fetch) {
    Statement put(database_, "INSERT OR REPLACE INTO rhumb_attachment_fetch VALUES (1, ?1, ?2)");
    put.bind(1, fetch.attachment).bind(2, fetch.validator).run();
}

geodb::AttachmentState AttachmentLane::state(const Attachment& attachment) {
    using geodb::ContentState;
    geodb::AttachmentState state;
    state.pending = is_edited_here(attachment.id);
    Statement row(database_, "SELECT wanted, failure, kept FROM rhumb_attachment WHERE id = ?1");
    bool wanted = false;
    if (row.bind(1, attachment.id).step()) {
        wanted = row.column_int64(0) != 0;
        state.failure = row.column_text(1);
        state.kept = row.column_int64(2) != 0;
    }
    const auto content =
        attachment.content ? attachments_.contents().find(*attachment.content) : std::nullopt;
    state.have = content ? content->have : 0;
    const bool present = content && content->whole();
    if (!state.failure.empty()) {
        state.state = ContentState::Failed;
    } else if (present) {
        state.state = ContentState::Present;
    } else if (state.have > 0) {
        state.state = ContentState::Partial;
    } else {
        state.state = wanted ? ContentState::Wanted : ContentState::Remote;
    }
    return state;
}

}  // namespace rhumb::sync
