// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/attachment_lane.hpp"

#include "geodb/catalog/gpkg_file.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/replica/attachment_replica_schema.sql.hpp"
#include "sync/replica/attachment_returns.hpp"

#include <algorithm>
#include <limits>
#include <span>

namespace rhumb::sync {
namespace {

using geodb::Attachment;
using geodb::AttachmentEdit;
using geodb::Attachments;
using geodb::Generation;
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

/// An edit that came to nothing is none: what it was before says how it is now.
bool AttachmentLane::is_edited_here(std::int64_t attachment) const {
    Statement& look = database_.cached(
        "SELECT 1 FROM rhumb_attachment_edit e JOIN rhumb_attachment a ON a.id = e.id WHERE e.id = "
        "?1 AND e.generation = (SELECT min(generation) FROM rhumb_attachment_edit WHERE id = ?1) "
        "AND NOT (e.existed = 1 AND e.old_global_id = a.global_id AND e.old_layer_id = a.layer_id "
        "AND e.old_parent = a.parent AND e.old_name = a.name AND e.old_content_type = "
        "a.content_type AND e.old_size = a.size AND e.old_keywords = a.keywords AND e.old_sha256 "
        "IS "
        "a.sha256)");
    const bool found = look.bind(1, attachment).step();
    look.reset();
    return found;
}

/// Beside what the service says now it would be an edit after all.
void AttachmentLane::forget_trace(std::int64_t attachment) {
    Statement& forget = database_.cached("DELETE FROM rhumb_attachment_edit WHERE id = ?1");
    forget.bind(1, attachment).run();
}

bool AttachmentLane::is_deleted_here(const GlobalId& attachment) const {
    Statement& look =
        database_.cached("SELECT 1 FROM rhumb_attachment_edit WHERE old_global_id = ?1 LIMIT 1");
    const bool found = look.bind(1, attachment.value.braced()).step();
    look.reset();
    return found;
}

/// Where it is, and whether it is to be fetched.
void AttachmentLane::mark(std::int64_t id, const std::string& url) {
    const auto attachment = attachments_.find(id);
    const bool present =
        attachment->content && attachments_.contents().has_whole(*attachment->content);
    const bool wanted = !present && policy(attachment->layer) == AttachmentPolicy::All;
    Statement mark(database_,
                   "UPDATE rhumb_attachment SET url = ?2, wanted = ?3, failure = NULL "
                   "WHERE id = ?1");
    mark.bind(1, id).bind(2, url).bind(3, wanted ? 1 : 0).run();
}

bool AttachmentLane::take_in(LayerId layer, const wire::AttachmentJson& came, Arrival arrival,
                             bool check_parent) {
    if (!came.has_global_id || !came.has_parent) return false;
    Attachment made = came.attachment;
    made.layer = layer;
    if (check_parent && !attachments_.has_parent(layer, made.parent)) return false;
    make_tables();
    const auto there = attachments_.find(made.global_id);
    if (there) {
        if (is_edited_here(there->id)) return false;  // ours goes up and arrives last
        forget_trace(there->id);
        const bool same_file = there->name == made.name && there->size == made.size;
        // Nobody said its hash: an add that comes again is the same content as before.
        if (!made.content && arrival == Arrival::Add && same_file) made.content = there->content;
        made.id = there->id;
        attachments_.update(made, kUnlogged);
    } else {
        if (is_deleted_here(made.global_id)) return false;
        made.id = attachments_.insert(made, kUnlogged);
    }
    if (came.data != nullptr) return true;  // the caller has the content
    mark(made.id, came.url);
    return true;
}

bool AttachmentLane::take_delete(const GlobalId& attachment) {
    const auto there = attachments_.find(attachment);
    if (!there) return false;
    if (is_edited_here(there->id)) {
        // Replaced here, deleted there: what was made here goes up as a new one.
        log_as_new(*there);
        return false;
    }
    forget_trace(there->id);
    return attachments_.erase(there->id, kUnlogged);
}

bool AttachmentLane::take_told_delete(const GlobalId& attachment) {
    const auto sealed = batch();
    const auto there = sealed ? attachments_.find(attachment) : std::nullopt;
    if (there && is_edited_here(there->id)) {
        Statement& later = database_.cached(
            "SELECT 1 FROM rhumb_attachment_edit WHERE id = ?1 AND generation > ?2 LIMIT 1");
        const bool edited = later.bind(1, there->id).bind(2, sealed->generation.value).step();
        later.reset();
        if (!edited) forget_trace(there->id);
    }
    return take_delete(attachment);
}

void AttachmentLane::keep_pending_of(LayerId layer, const GlobalId& parent) {
    if (!attachments_.exist()) return;
    Statement& keep = database_.cached(
        "UPDATE rhumb_attachment SET kept = 1, failure = 'its feature was deleted at "
        "the service before it was sent; it is kept here' WHERE parent = ?1 AND "
        "layer_id = ?2 AND EXISTS (SELECT 1 FROM rhumb_attachment_edit e WHERE e.id = "
        "rhumb_attachment.id)");
    keep.bind(1, parent.value.braced()).bind(2, layer.value).run();
}

void AttachmentLane::release_kept() {
    if (!attachments_.exist()) return;
    std::vector<Attachment> kept;
    {
        Statement rows(database_, "SELECT " + std::string(geodb::kAttachmentColumns) +
                                      " FROM rhumb_attachment WHERE kept = 1");
        while (rows.step()) kept.push_back(geodb::attachment_at(rows, 0));
    }
    Statement free(database_, "UPDATE rhumb_attachment SET kept = 0, failure = NULL WHERE id = ?1");
    for (const Attachment& attachment : kept) {
        if (attachments_.has_parent(attachment.layer, attachment.parent)) {
            free.bind(1, attachment.id).run();
        }
    }
}

/// In the log it was made here: where it was edited by its oldest entry, else by one of its own.
void AttachmentLane::log_as_new(const Attachment& attachment) {
    Statement& anew = database_.cached(
        "UPDATE rhumb_attachment_edit SET existed = 0 WHERE id = ?1 AND generation = (SELECT "
        "min(generation) FROM rhumb_attachment_edit WHERE id = ?1)");
    anew.bind(1, attachment.id).run();
    if (database_.changes() > 0) return;
    Statement& log = database_.cached(
        "INSERT INTO rhumb_attachment_edit (id, generation, existed) VALUES (?1, ?2, 0)");
    log.bind(1, attachment.id).bind(2, geodatabase_.timeline().open_generation().value).run();
}

void AttachmentLane::send_again(LayerId layer, const GlobalId& parent) {
    if (!agreed() || !attachments_.exist()) return;
    Statement forget_address(
        database_,
        "UPDATE rhumb_attachment SET url = NULL, wanted = 0, failure = NULL WHERE id = ?1");
    for (const Attachment& attachment : attachments_.of_feature(layer, parent)) {
        if (!attachment.content || !attachments_.contents().has_whole(*attachment.content)) {
            note_failure(attachment.id, "the service has lost it, and its content was not here");
            continue;
        }
        forget_address.bind(1, attachment.id).run();
        log_as_new(attachment);
    }
}

std::optional<AttachmentLane::Batch> AttachmentLane::batch() const {
    if (!agreed()) return std::nullopt;
    Statement row(database_, "SELECT batch_id, generation, sends FROM rhumb_attachment_batch");
    if (!row.step()) return std::nullopt;
    Batch batch;
    const auto id = row.column_blob(0);
    std::copy_n(id.begin(), std::min(id.size(), batch.id.bytes.size()), batch.id.bytes.begin());
    batch.generation = {row.column_int64(1)};
    batch.sends = row.column_int64(2);
    return batch;
}

void AttachmentLane::each_edit(const Batch& batch, const OnEdit& on_edit) {
    geodb::each_attachment_edit(database_, {{0}, batch.generation},
                                [&](const AttachmentEdit& edit) {
                                    if (goes_up(edit)) on_edit(edit);
                                });
}

bool AttachmentLane::goes_up(const AttachmentEdit& edit) {
    if (edit.is_trace() || went_with_feature(edit)) return false;
    return !edit.after || !is_kept(edit.known.id);
}

/// The service does the same when it takes the deletion of the feature; if it does not, the
/// attachment is to stay.
bool AttachmentLane::went_with_feature(const AttachmentEdit& edit) {
    return !edit.after && !attachments_.has_parent(edit.known.layer, edit.known.parent);
}

bool AttachmentLane::is_kept(std::int64_t attachment) const {
    Statement& look = database_.cached("SELECT kept FROM rhumb_attachment WHERE id = ?1");
    const bool kept = look.bind(1, attachment).step() && look.column_int64(0) != 0;
    look.reset();
    return kept;
}

std::int64_t AttachmentLane::pending() {
    std::int64_t edits = 0;
    for (const auto& [layer, count] : pending_by_layer()) edits += count;
    return edits;
}

std::map<LayerId, std::int64_t> AttachmentLane::pending_by_layer() {
    std::map<LayerId, std::int64_t> edits;
    each_edit({{}, {std::numeric_limits<std::int64_t>::max()}, 0},
              [&](const AttachmentEdit& edit) { ++edits[edit.known.layer]; });
    return edits;
}

std::optional<AttachmentLane::Batch> AttachmentLane::seal(
    const Uuid& id, const std::optional<std::set<LayerId>>& layers) {
    if (!geodb::has_attachment_edits(database_, {0})) return std::nullopt;
    std::int64_t edits = 0;
    std::vector<std::int64_t> stay;
    AttachmentReturns returns(geodatabase_);
    geodb::each_attachment_edit(database_, {{0}, std::nullopt}, [&](const AttachmentEdit& edit) {
        if (edit.is_trace()) return;
        if (went_with_feature(edit)) {
            const bool may_lose = returns.deletion_is_pending(edit.known.layer, edit.known.parent);
            if (may_lose) stay.push_back(edit.known.id);
        } else if (goes_up(edit)) {
            const bool goes = !layers || layers->count(edit.known.layer) > 0;
            goes ? void(++edits) : stay.push_back(edit.known.id);
        }
    });
    if (edits == 0 && stay.empty()) {  // what came and went leaves no trace
        forget_edits({std::numeric_limits<std::int64_t>::max()});
    }
    if (edits == 0) return std::nullopt;
    const Generation closed = geodatabase_.timeline().close({{}, id}, edits, geodatabase_.now_ms());
    Statement put(database_, "INSERT INTO rhumb_attachment_batch VALUES (?1, ?2, 0)");
    put.bind(1, std::span<const std::uint8_t>(id.bytes)).bind(2, closed.value).run();
    for (const std::int64_t attachment : stay) carry_forward(attachment);
    return Batch{id, closed, 0};
}

/// Its oldest entry says how it was before; the others say nothing beyond that.
void AttachmentLane::carry_forward(std::int64_t attachment) {
    const Generation open = geodatabase_.timeline().open_generation();
    Statement& carry = database_.cached(
        "UPDATE OR REPLACE rhumb_attachment_edit SET generation = ?2 WHERE id = ?1 AND generation "
        "= (SELECT min(generation) FROM rhumb_attachment_edit WHERE id = ?1)");
    carry.bind(1, attachment).bind(2, open.value).run();
    Statement& forget =
        database_.cached("DELETE FROM rhumb_attachment_edit WHERE id = ?1 AND generation < ?2");
    forget.bind(1, attachment).bind(2, open.value).run();
}

void AttachmentLane::note_sent(Batch& batch) {
    ++batch.sends;
    Statement note(database_, "UPDATE rhumb_attachment_batch SET sends = ?1");
    note.bind(1, batch.sends).run();
}

void AttachmentLane::settle(const Batch& batch, const std::map<GlobalId, std::string>& refused) {
    Statement mark(database_, "UPDATE rhumb_attachment SET failure = ?2 WHERE id = ?1");
    std::vector<std::int64_t> sent;
    each_edit(batch, [&](const AttachmentEdit& edit) { sent.push_back(edit.known.id); });
    std::map<std::int64_t, std::string> reasons;
    each_edit(batch, [&](const AttachmentEdit& edit) {
        const auto found = refused.find(edit.known.global_id);
        if (found != refused.end()) reasons[edit.known.id] = found->second;
    });
    for (const std::int64_t id : sent) {
        const auto reason = reasons.find(id);
        mark.bind(1, id);
        if (reason == reasons.end()) {
            mark.bind_null(2);
        } else {
            mark.bind(2, reason->second);
            carry_forward(id);
        }
        mark.run();
    }
    unseal(batch);
    // What is on its way goes on with the next batch.
    database_.execute("DELETE FROM rhumb_attachment_upload WHERE committed = 1");
    forget_edits(batch.generation);
}

/// But for those whose feature was deleted elsewhere: nobody has them yet.
void AttachmentLane::forget_edits(Generation until) {
    Statement forget(database_,
                     "DELETE FROM rhumb_attachment_edit WHERE generation <= ?1 AND id "
                     "NOT IN (SELECT id FROM rhumb_attachment WHERE kept = 1)");
    forget.bind(1, until.value).run();
    attachments_.contents().reclaim(true);
}

void AttachmentLane::unseal(const Batch&) {
    database_.execute("DELETE FROM rhumb_attachment_batch");
}

std::optional<AttachmentLane::Item> AttachmentLane::item(std::int64_t attachment,
                                                         const Sha256& content) const {
    Statement row(database_,
                  "SELECT item_id, parts, committed FROM rhumb_attachment_upload WHERE "
                  "attachment_id = ?1 AND sha256 = ?2");
    if (!row.bind(1, attachment).bind(2, bytes_of(content)).step()) return std::nullopt;
    return Item{std::string(row.column_text(0)), row.column_int64(1), row.column_int64(2) != 0};
}

void AttachmentLane::save_item(std::int64_t attachment, const Sha256& content, const Item& item) {
    Statement put(database_,
                  "INSERT OR REPLACE INTO rhumb_attachment_upload VALUES (?1, ?2, ?3, ?4, ?5)");
    put.bind(1, attachment).bind(2, bytes_of(content)).bind(3, item.id).bind(4, item.parts);
    put.bind(5, item.committed ? 1 : 0).run();
}

void AttachmentLane::forget_item(std::int64_t attachment) {
    Statement forget(database_, "DELETE FROM rhumb_attachment_upload WHERE attachment_id = ?1");
    forget.bind(1, attachment).run();
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
