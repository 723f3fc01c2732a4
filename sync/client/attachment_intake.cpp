// SPDX-License-Identifier: Apache-2.0
#include "sync/client/attachment_intake.hpp"

#include "platform/base64.hpp"
#include "platform/error.hpp"
#include "sync/delta/delta_attachments.hpp"

#include <tuple>

namespace rhumb::sync {

using geodb::LayerId;

AttachmentIntake::AttachmentIntake(geodb::Geodatabase& geodatabase)
    : geodatabase_(geodatabase),
      lane_(geodatabase),
      returns_(geodatabase),
      agreed_(lane_.agreed()) {}

void AttachmentIntake::listen(DownloadTaker& taker, std::function<bool(LayerId)> is_ours) {
    if (!agreed_) return;
    taker.attachment = [this, is_ours](LayerId layer, AttachmentLane::Arrival arrival,
                                       wire::Json&& json) {
        if (is_ours(layer)) take(layer, arrival, std::move(json));
    };
    taker.attachment_deletion = [this, is_ours](LayerId layer, const wire::Json& json) {
        if (!is_ours(layer)) return;
        const auto id = Uuid::parse(wire::text_or_empty(&json));
        if (id && take_delete({*id})) ++received_;
    };
}

std::vector<geodb::Attachment> AttachmentIntake::unseen(LayerId layer) {
    std::vector<geodb::Attachment> unseen;
    if (!agreed_ || !whole_ || !lane_.attachments().exist()) return unseen;
    // Where they only go up, none come, and that says nothing.
    if (lane_.direction() != wire::AttachmentsDirection::Bidirectional) return unseen;
    const std::set<geodb::GlobalId>& came = (*whole_)[layer];
    lane_.attachments().each(layer, [&](const geodb::Attachment& attachment) {
        if (came.count(attachment.global_id) == 0) unseen.push_back(attachment);
    });
    return unseen;
}

void AttachmentIntake::sweep(LayerId layer) {
    for (const geodb::Attachment& attachment : unseen(layer)) {
        if (lane_.take_delete(attachment.global_id)) ++received_;
    }
    if (!whole_ || lane_.direction() != wire::AttachmentsDirection::Bidirectional) return;
    const std::set<geodb::GlobalId>& came = (*whole_)[layer];
    for (const geodb::GlobalId& gone : lane_.deleted_here(layer)) {
        if (came.count(gone) == 0) lane_.take_delete(gone);
    }
}

void AttachmentIntake::send_lost_again(LayerId layer,
                                       const std::set<geodb::GlobalId>& lost_features) {
    for (const geodb::Attachment& attachment : unseen(layer)) {
        if (lost_features.count(attachment.parent) > 0) continue;
        const bool was_sent = !lane_.state(attachment).pending;
        if (lane_.send_again(attachment) && was_sent) ++sent_again_;
    }
}

void AttachmentIntake::keep_pending_of(LayerId layer, const geodb::GlobalId& feature) {
    if (!agreed_) return;
    lane_.keep_pending_of(layer, feature);
    look_at_kept_ = true;
}

void AttachmentIntake::take(LayerId layer, AttachmentLane::Arrival arrival, wire::Json&& json) {
    const auto came = wire::read_attachment(json);
    if (whole_) (*whole_)[layer].insert(came.attachment.global_id);
    const bool early = check_parents_ && came.has_parent &&
                       !lane_.attachments().has_parent(layer, came.attachment.parent);
    if (early) {
        early_.push_back({layer, arrival, std::move(json)});
    } else if (put(layer, arrival, json)) {
        ++received_;
    }
}

bool AttachmentIntake::put(LayerId layer, AttachmentLane::Arrival arrival, const wire::Json& json) {
    wire::AttachmentJson came = wire::read_attachment(json);
    if (came.data != nullptr) {
        const auto bytes = base64_decode(*came.data);
        if (!bytes) {
            throw Error(Status::Protocol, "attachment " + came.attachment.global_id.value.braced() +
                                              ": its 'data' is no base64");
        }
        lane_.attachments().make_tables();
        geodb::ContentStore::Writer content(lane_.attachments().contents(), geodatabase_.now_ms());
        content.add(*bytes);
        std::tie(came.attachment.content, came.attachment.size) = content.finish();
    }
    return take_in(layer, arrival, came);
}

/// Of a feature that is deleted here it waits: the deletion may lose.
bool AttachmentIntake::take_in(LayerId layer, AttachmentLane::Arrival arrival,
                               const wire::AttachmentJson& came) {
    if (lane_.take_in(layer, came, arrival, check_parents_)) {
        returns_.stop_waiting(came.attachment.global_id);  // that was how it had been before
        return true;
    }
    const bool orphan = check_parents_ && came.has_global_id && came.has_parent &&
                        !lane_.attachments().has_parent(layer, came.attachment.parent);
    if (orphan && returns_.deletion_is_pending(layer, came.attachment.parent)) {
        returns_.wait(layer, came);
    }
    return false;
}

bool AttachmentIntake::take_delete(const geodb::GlobalId& attachment) {
    returns_.stop_waiting(attachment);
    return lane_.take_told_delete(attachment);
}

void AttachmentIntake::take_delta(delta::DeltaReader& reader, LayerId layer,
                                  const std::string& service_url) {
    using Arrival = AttachmentLane::Arrival;
    if (!agreed_) return;
    const geodb::Layer rows = delta::attachment_layer(layer);
    const auto take = [&](Arrival arrival, const delta::Row& row) {
        delta::AttachmentRow read = delta::read_attachment_row(row);
        const auto came =
            wire::told_attachment(std::move(read.attachment), service_url + "/" + read.address);
        if (take_in(layer, arrival, came)) ++received_;
    };
    reader.each(delta::Kind::Add, rows, [&](const delta::Row& row) { take(Arrival::Add, row); });
    reader.each(delta::Kind::Update, rows,
                [&](const delta::Row& row) { take(Arrival::Update, row); });
    reader.each(delta::Kind::Delete, rows, [&](const delta::Row& row) {
        if (take_delete(row.feature)) ++received_;
    });
}

void AttachmentIntake::finish() {
    for (Early& one : early_) {
        if (put(one.layer, one.arrival, one.json)) ++received_;
    }
    early_.clear();
    // As pending deletions stand now that all is taken in.
    AttachmentReturns(geodatabase_)
        .each_arrived([this](LayerId layer, const wire::AttachmentJson& came) {
            if (lane_.take_in(layer, came, AttachmentLane::Arrival::Add)) ++received_;
        });
    if (look_at_kept_ && agreed_) lane_.release_kept();
    // Features that went took their attachments along.
    if (lane_.attachments().exist()) lane_.attachments().contents().reclaim(true);
}

}  // namespace rhumb::sync
