// SPDX-License-Identifier: Apache-2.0
#include "sync/client/change_intake.hpp"

#include "platform/error.hpp"
#include "sync/client/download_reader.hpp"
#include "sync/replica/held_edits.hpp"
#include "sync/replica/lost_features.hpp"
#include "sync/wire/json_parameter.hpp"

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
    taker.feature = [this](geodb::LayerId id, wire::Json&& json) { put(id, json, false); };
    taker.whole_row = [this](geodb::LayerId id, wire::Json&& json) { put(id, json, true); };
    taker.deletion = [this](geodb::LayerId id, const wire::Json& json) {
        if (!is_ours(id)) return;
        const geodb::GlobalId feature = deleted_feature(json, geodatabase_.layer(id));
        attachments_.keep_pending_of(id, feature);
        applier(id).erase(feature);
        step_on(id);
    };
    attachments_.listen(taker, [this](geodb::LayerId id) { return is_ours(id); });
    ChildRows::defer_foreign_keys(geodatabase_);
    Answer answer = read_download(response, what, taker);
    if (answer.kind != Answer::Kind::Good) return answer;
    sweep(answer.root);
    for (const auto& [id, changes] : appliers_) changes->finish();
    if (applied_ > 0) attachments_.features_came();
    attachments_.finish();
    return answer;
}

void ChangeIntake::put(geodb::LayerId id, const wire::Json& json, bool whole_layer) {
    if (!is_ours(id)) return;
    const geodb::GlobalId feature = applier(id).put(json);
    note_arrival(id, feature);
    if (whole_layer) sweep_of(id).saw(feature);
    step_on(id);
}

SnapshotSweep& ChangeIntake::sweep_of(geodb::LayerId id) {
    auto& slot = sweeps_[id];
    if (!slot) {
        slot = std::make_unique<SnapshotSweep>(geodatabase_.database(), geodatabase_.layer(id));
    }
    return *slot;
}

void ChangeIntake::sweep(const wire::Json& root) {
    const wire::Json* layers = root.find_any_case("layers");
    if (layers == nullptr || layers->array() == nullptr) return;
    for (const wire::Json& json : *layers->array()) {
        const auto number = wire::layer_id_of(json.find("id"));
        const geodb::LayerId id = number.value_or(geodb::LayerId{-1});
        // A layer of which nothing at all is said has not come.
        if (!number || !is_ours(id) || json.find("features") == nullptr) continue;
        sweep_layer(id, json.find("attachments") != nullptr);
    }
    sweeps_.clear();
}

void ChangeIntake::sweep_layer(geodb::LayerId id, bool attachments_too) {
    if (service_lost_) {
        const std::vector<geodb::GlobalId> lost = sweep_of(id).unseen();
        keep_lost(id, lost);
        if (attachments_too) attachments_.send_lost_again(id, {lost.begin(), lost.end()});
        return;
    }
    for (const geodb::GlobalId& feature : sweep_of(id).unseen()) {
        attachments_.keep_pending_of(id, feature);
        applier(id).erase(feature);
        step_on(id);
    }
    if (attachments_too) attachments_.sweep(id);
}

/// Their attachments stay too.
void ChangeIntake::keep_lost(geodb::LayerId id, const std::vector<geodb::GlobalId>& features) {
    LostFeatures lost(geodatabase_, geodatabase_.layer(id));
    for (const geodb::GlobalId& feature : features) {
        auto edit = lost.keep(feature,
                              "the service has lost it: it was restored from a backup or replaced");
        if (!edit) continue;
        edit->number = store_.park(*edit);
        set_aside_.push_back(std::move(*edit));
        step_on(id);
    }
}

void ChangeIntake::note_arrival(geodb::LayerId id, const geodb::GlobalId& feature) {
    if (!refused_inserts_) {
        refused_inserts_.emplace();
        for (RejectedEdit& edit : store_.rejected()) {
            if (edit.kind != geodb::NetEdit::Kind::Insert) continue;
            if (edit.state != RejectedEdit::State::Parked) continue;
            refused_inserts_->emplace(std::pair(edit.layer, edit.feature), std::move(edit));
        }
    }
    const auto refused = refused_inserts_->find({id, feature});
    if (refused == refused_inserts_->end()) return;
    RejectedEdit edit = std::move(refused->second);
    refused_inserts_->erase(refused);
    if (edit.keeping != RejectedEdit::Keeping::Log) return;
    HeldEdits held(geodatabase_.database(), geodatabase_.layer(id));
    const bool goes_up = held.release(feature, geodatabase_.timeline().open_generation());
    edit.state = goes_up ? RejectedEdit::State::Pending : RejectedEdit::State::TookTheirs;
    if (!goes_up) edit.decided_ms = geodatabase_.now_ms();
    store_.save_rejected(edit);
}

bool ChangeIntake::is_ours(geodb::LayerId id) const {
    return std::any_of(
        replica_.layers.begin(), replica_.layers.end(),
        [&](const ReplicaLayer& layer) { return layer.id == id && layer.stopped.empty(); });
}

ChangeApplier& ChangeIntake::applier(geodb::LayerId id) {
    auto& slot = appliers_[id];
    if (!slot) {
        const auto keep = [this](Conflict&& conflict) {
            conflict.number = store_.add_conflict(conflict);
            conflicts_.push_back(std::move(conflict));
        };
        slot = std::make_unique<ChangeApplier>(geodatabase_, geodatabase_.layer(id), keep,
                                               store_.merge_rules(id));
        if (service_lost_) slot->tell_overwritten();
        slot->on_set_aside([this](RejectedEdit&& edit) {
            edit.number = store_.park(edit);
            set_aside_.push_back(std::move(edit));
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
    if (const std::int64_t again = attachments_.sent_again(); again > 0) {
        report.notes.push_back(std::to_string(again) +
                               (again == 1 ? " attachment that the service has lost goes"
                                           : " attachments that the service has lost go") +
                               " up again");
    }
    std::move(conflicts_.begin(), conflicts_.end(), std::back_inserter(report.conflicts));
    conflicts_.clear();
    std::move(set_aside_.begin(), set_aside_.end(), std::back_inserter(report.rejected));
    set_aside_.clear();
}

}  // namespace rhumb::sync
