// SPDX-License-Identifier: Apache-2.0
//
// The attachment edits made here: sealed as a batch, sent, and settled by what the service says.
#include "sync/replica/attachment_lane.hpp"

#include "geodb/sqlite/statement.hpp"
#include "sync/replica/attachment_returns.hpp"

#include <limits>
#include <vector>

namespace rhumb::sync {

using geodb::AttachmentEdit;
using geodb::Generation;
using geodb::GlobalId;
using geodb::LayerId;
using geodb::sqlite::Statement;

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
    items_.forget_committed();  // what is on its way goes on
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

}  // namespace rhumb::sync
