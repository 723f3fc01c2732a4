// SPDX-License-Identifier: Apache-2.0
#include "sync/client/change_intake.hpp"

#include "platform/error.hpp"
#include "sync/client/download_reader.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace rhumb::sync {
namespace {

constexpr std::int64_t kChangesPerReport = 1000;

geodb::GlobalId deleted_feature(const wire::Json& json, const geodb::Layer& layer) {
    if (const auto uuid = Uuid::parse(wire::text_or_empty(&json))) return {*uuid};
    throw Error(Status::Protocol, "a deletion in layer '" + layer.name + "' names no GlobalID");
}

}  // namespace

LayerCounts& counts_of(SyncReport& report, const geodb::Layer& layer) {
    for (LayerCounts& counts : report.layers) {
        if (counts.layer == layer.id) return counts;
    }
    report.layers.push_back({layer.id, layer.name});
    return report.layers.back();
}

ChangeIntake::ChangeIntake(geodb::Geodatabase& geodatabase, ReplicaStore& store,
                           const Replica& replica, OnApplied on_applied)
    : geodatabase_(geodatabase),
      store_(store),
      replica_(replica),
      on_applied_(std::move(on_applied)),
      attachments_(geodatabase) {}

Answer ChangeIntake::take(const http::Response& response, const std::string& what) {
    DownloadTaker taker;
    taker.feature = [this](geodb::LayerId id, wire::Json&& json) {
        if (!is_ours(id)) return;
        note_arrival(id, applier(id).put(json));
        step_on(id);
    };
    taker.deletion = [this](geodb::LayerId id, const wire::Json& json) {
        if (!is_ours(id)) return;
        const geodb::GlobalId feature = deleted_feature(json, geodatabase_.layer(id));
        attachments_.keep_pending_of(id, feature);
        applier(id).erase(feature);
        step_on(id);
    };
    attachments_.listen(taker, [this](geodb::LayerId id) { return is_ours(id); });
    Answer answer = read_download(response, what, taker);
    if (answer.kind == Answer::Kind::Good) attachments_.finish();
    return answer;
}

void ChangeIntake::note_arrival(geodb::LayerId id, const geodb::GlobalId& feature) {
    if (!refused_inserts_) {
        refused_inserts_.emplace();
        for (const RejectedEdit& edit : store_.rejected()) {
            const bool insert = edit.kind == geodb::NetEdit::Kind::Insert;
            if (insert) refused_inserts_->insert({edit.layer, edit.feature});
        }
    }
    if (refused_inserts_->erase({id, feature}) > 0) store_.note_insert_is_there(id, feature);
}

bool ChangeIntake::is_ours(geodb::LayerId id) const {
    return std::any_of(replica_.layers.begin(), replica_.layers.end(),
                       [&](const ReplicaLayer& layer) { return layer.id == id; });
}

ChangeApplier& ChangeIntake::applier(geodb::LayerId id) {
    auto& slot = appliers_[id];
    if (!slot) {
        slot = std::make_unique<ChangeApplier>(geodatabase_, geodatabase_.layer(id),
                                               [this](Conflict&& conflict) {
                                                   conflict.number = store_.add_conflict(conflict);
                                                   conflicts_.push_back(std::move(conflict));
                                               });
    }
    return *slot;
}

void ChangeIntake::step_on(geodb::LayerId id) {
    if (++applied_ % kChangesPerReport == 0) on_applied_(geodatabase_.layer(id).name, applied_);
}

void ChangeIntake::add_to(SyncReport& report) {
    for (const auto& [id, changes] : appliers_) {
        LayerCounts& counts = counts_of(report, geodatabase_.layer(id));
        counts.received_inserts += changes->inserts();
        counts.received_updates += changes->updates();
        counts.received_deletes += changes->deletes();
    }
    report.attachments.received += attachments_.received();
    std::move(conflicts_.begin(), conflicts_.end(), std::back_inserter(report.conflicts));
    conflicts_.clear();
}

}  // namespace rhumb::sync
