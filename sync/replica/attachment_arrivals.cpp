// SPDX-License-Identifier: Apache-2.0
//
// What the service tells of attachments, beside what was done with them here.
#include "sync/replica/attachment_lane.hpp"

#include "geodb/sqlite/statement.hpp"

namespace rhumb::sync {

using geodb::Attachment;
using geodb::Attachments;
using geodb::GlobalId;
using geodb::LayerId;
using geodb::sqlite::Statement;

namespace {

constexpr auto kUnlogged = Attachments::Tracking::Unlogged;

}  // namespace

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
    if (!there) {
        // Deleted on both sides: it must not come back with its feature.
        if (attachments_.exist()) forget_deleted(attachment);
        return false;
    }
    if (is_edited_here(there->id)) {
        // Replaced here, deleted there: what was made here goes up as a new one.
        log_as_new(*there);
        return false;
    }
    forget_trace(there->id);
    return attachments_.erase(there->id, kUnlogged);
}

void AttachmentLane::forget_deleted(const GlobalId& attachment) {
    Statement& forget = database_.cached(
        "DELETE FROM rhumb_attachment_edit WHERE id IN (SELECT id FROM rhumb_attachment_edit WHERE "
        "old_global_id = ?1) AND id NOT IN (SELECT id FROM rhumb_attachment)");
    forget.bind(1, attachment.value.braced()).run();
}

std::vector<GlobalId> AttachmentLane::deleted_here(LayerId layer) const {
    std::vector<GlobalId> deleted;
    if (!attachments_.exist()) return deleted;
    Statement rows(database_,
                   "SELECT DISTINCT old_global_id FROM rhumb_attachment_edit WHERE existed = 1 AND "
                   "old_layer_id = ?1 AND id NOT IN (SELECT id FROM rhumb_attachment)");
    rows.bind(1, layer.value);
    while (rows.step()) {
        if (const auto id = Uuid::parse(rows.column_text(0))) deleted.push_back({*id});
    }
    return deleted;
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
    for (const Attachment& attachment : attachments_.of_feature(layer, parent)) {
        send_again(attachment);
    }
}

bool AttachmentLane::send_again(const Attachment& attachment) {
    if (!attachment.content || !attachments_.contents().has_whole(*attachment.content)) {
        note_failure(attachment.id, "the service has lost it, and its content was not here");
        return false;
    }
    Statement& forget_address = database_.cached(
        "UPDATE rhumb_attachment SET url = NULL, wanted = 0, failure = NULL WHERE id = ?1");
    forget_address.bind(1, attachment.id).run();
    log_as_new(attachment);
    return true;
}

}  // namespace rhumb::sync
