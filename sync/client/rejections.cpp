// SPDX-License-Identifier: Apache-2.0
#include "sync/client/rejections.hpp"

#include "platform/text.hpp"
#include "sync/replica/held_edits.hpp"
#include "sync/replica/row_json.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::NetEdit;
using wire::EditCode;

constexpr std::size_t kShownFailures = 3;

bool is(const wire::EditResult& result, EditCode code) {
    return result.code == static_cast<std::int64_t>(code);
}

/// Of a service that speaks Rhumb: nobody refuses the edit, its maker should see more first.
constexpr std::int64_t kChangedMeanwhile = 409;
bool is_changed_meanwhile(const wire::EditResult& result) {
    return result.code == kChangedMeanwhile;
}

/// Not every service has a code for it.
bool is_there_already(const wire::EditResult& result) {
    if (is(result, EditCode::NotUnique)) return true;
    const std::string words = lowered(result.reason);
    const bool denied = words.find("not exist") != std::string::npos;
    return (words.find("exist") != std::string::npos && !denied) ||
           words.find("duplicate") != std::string::npos;
}

}  // namespace

RejectedEdit rejected_edit(const geodb::Geodatabase& geodatabase, geodb::LayerId layer,
                           NetEdit::Kind kind, const wire::EditResult& result) {
    RejectedEdit edit;
    edit.layer = layer;
    if (result.feature) edit.feature = *result.feature;
    edit.kind = kind;
    edit.code = result.code;
    edit.reason = result.reason;
    edit.at_ms = geodatabase.now_ms();
    return edit;
}

void Rejections::take(geodb::LayerId layer, NetEdit::Kind kind, const wire::Json& result,
                      bool has_seen) {
    if (result.object() == nullptr) return;
    wire::EditResult read = wire::read_edit_result(result);
    const bool deleted = kind == NetEdit::Kind::Update && is(read, EditCode::ObjectMissing);
    if (deleted && !has_seen) read.code = kChangedMeanwhile;
    if (!read.success) failures_.push_back({layer, kind, std::move(read)});
}

std::set<LayerFeature> Rejections::inserts_there_already() const {
    std::set<LayerFeature> inserts;
    for (const Failure& failure : failures_) {
        if (failure.kind != NetEdit::Kind::Insert || !failure.result.feature) continue;
        if (is_there_already(failure.result))
            inserts.insert({failure.layer, *failure.result.feature});
    }
    return inserts;
}

void Rejections::forgive_inserts(const std::function<bool(const LayerFeature&)>& has_arrived) {
    const std::set<LayerFeature> inserts = inserts_there_already();
    std::erase_if(failures_, [&](const Failure& failure) {
        if (failure.kind != NetEdit::Kind::Insert || !failure.result.feature) return false;
        const LayerFeature insert{failure.layer, *failure.result.feature};
        return inserts.count(insert) > 0 && has_arrived(insert);
    });
}

std::int64_t Rejections::changed_meanwhile() const {
    return std::count_if(failures_.begin(), failures_.end(), [](const Failure& failure) {
        return is_changed_meanwhile(failure.result);
    });
}

bool Rejections::rolled_back() const {
    return std::any_of(failures_.begin(), failures_.end(), [](const Failure& failure) {
        return is(failure.result, EditCode::RolledBack) ||
               is(failure.result, EditCode::OtherEditFailed);
    });
}

std::string Rejections::sentence(const geodb::Geodatabase& geodatabase) const {
    std::string text;
    std::size_t shown = 0;
    for (const Failure& failure : failures_) {
        // The others failed because of the one that counts.
        if (is(failure.result, EditCode::RolledBack)) continue;
        if (is(failure.result, EditCode::OtherEditFailed)) continue;
        if (shown++ == kShownFailures) break;
        text +=
            (text.empty() ? "layer '" : "; layer '") + geodatabase.layer(failure.layer).name + "'";
        if (failure.result.feature) text += ", " + failure.result.feature->value.braced();
        text +=
            ": " + failure.result.reason + " (code " + std::to_string(failure.result.code) + ")";
    }
    return text;
}

RefusedUpload Rejections::refused_upload(geodb::Geodatabase& geodatabase,
                                         const ReplicaStore::Batch& batch) const {
    RefusedUpload refused{sentence(geodatabase), 0, std::nullopt};
    for (const Failure& failure : failures_) {
        if (!failure.result.feature) continue;
        if (is(failure.result, EditCode::RolledBack)) continue;
        if (is(failure.result, EditCode::OtherEditFailed)) continue;
        refused.failing = failing_edit(geodatabase, batch, *failure.result.feature);
        if (!refused.failing) continue;
        refused.failing->code = failure.result.code;
        refused.failing->reason = failure.result.reason;
        break;
    }
    return refused;
}

std::vector<RejectedEdit> Rejections::park(geodb::Geodatabase& geodatabase, ReplicaStore& store,
                                           const ReplicaStore::Batch& batch) const {
    std::map<geodb::LayerId, Failures> by_layer;
    std::vector<RejectedEdit> parked;
    for (const Failure& failure : failures_) {
        if (failure.result.feature) {
            by_layer[failure.layer][*failure.result.feature] = &failure;
        } else {
            parked.push_back(
                rejected_edit(geodatabase, failure.layer, failure.kind, failure.result));
        }
    }
    for (auto& [layer, failures] : by_layer) {
        park_layer(geodatabase, batch, layer, std::move(failures), parked);
    }
    for (RejectedEdit& edit : parked) edit.number = store.park(edit);
    return parked;
}

void Rejections::note_accepted(geodb::Geodatabase& geodatabase, ReplicaStore& store,
                               const ReplicaStore::Batch& batch) const {
    std::map<geodb::LayerId, std::map<geodb::GlobalId, RejectedEdit>> sent;
    for (RejectedEdit& edit : store.rejected()) {
        if (edit.state != RejectedEdit::State::Pending) continue;
        sent[edit.layer].emplace(edit.feature, std::move(edit));
    }
    for (const Failure& failure : failures_) {
        if (failure.result.feature) sent[failure.layer].erase(*failure.result.feature);
    }
    const auto accept = [&](std::map<geodb::GlobalId, RejectedEdit>& edits, const NetEdit& found) {
        const auto accepted = edits.find(found.feature);
        if (accepted == edits.end()) return;
        accepted->second.state = RejectedEdit::State::Accepted;
        accepted->second.decided_ms = geodatabase.now_ms();
        store.save_rejected(accepted->second);
    };
    for (auto& [layer, edits] : sent) {
        if (edits.empty()) continue;
        geodb::NetEdits(geodatabase.database(), geodatabase.layer(layer))
            .each({{0}, batch.generation}, [&, &edits = edits](NetEdit&& e) { accept(edits, e); });
    }
}

void Rejections::take_up_again(geodb::Geodatabase& geodatabase, const ReplicaStore::Batch& batch,
                               const geodb::Layer& layer, Failures& failures, PendingLog& log) {
    std::vector<NetEdit> there;
    geodb::NetEdits(geodatabase.database(), layer).each({{0}, batch.generation}, [&](NetEdit&& e) {
        const auto failure = failures.find(e.feature);
        if (failure == failures.end() || e.kind != NetEdit::Kind::Insert) return;
        if (is(failure->second->result, EditCode::NotUnique)) there.push_back(std::move(e));
    });
    for (const NetEdit& edit : there) {
        if (log.take_up_again(edit.oid, batch.generation)) failures.erase(edit.feature);
    }
}

void Rejections::park_layer(geodb::Geodatabase& geodatabase, const ReplicaStore::Batch& batch,
                            geodb::LayerId id, Failures failures,
                            std::vector<RejectedEdit>& out) const {
    const geodb::Layer& layer = geodatabase.layer(id);
    PendingLog log(geodatabase.database(), layer);
    take_up_again(geodatabase, batch, layer, failures, log);
    std::vector<NetEdit> refused, waiting;
    const auto park_edit = [&](NetEdit&& edit) {
        const auto failure = failures.find(edit.feature);
        if (failure == failures.end()) return;
        if (is_changed_meanwhile(failure->second->result)) {
            failures.erase(failure);
            waiting.push_back(std::move(edit));
            return;
        }
        out.push_back(rejected_edit(geodatabase, id, edit.kind, failure->second->result));
        // The service may call an edit otherwise than we sent it: the GlobalID decides.
        out.back().values = edit_json(layer, edit);
        out.back().keeping = RejectedEdit::Keeping::Log;
        refused.push_back(std::move(edit));
        failures.erase(failure);
    };
    const std::size_t first = out.size();
    geodb::NetEdits(geodatabase.database(), layer).each({{0}, batch.generation}, park_edit);
    for (const auto& [feature, failure] : failures) {  // not of this batch: told all the same
        out.push_back(rejected_edit(geodatabase, id, failure->kind, failure->result));
    }
    HeldEdits held(geodatabase.database(), layer);
    for (const NetEdit& edit : waiting) {
        if (log.carry_forward(edit.oid, batch.generation)) continue;
        held.hold(edit, batch.generation);
        held.release(edit.oid, {batch.generation.value + 1});
    }
    for (std::size_t i = 0; i < refused.size(); ++i) {
        const bool edited_since = log.carry_forward(refused[i].oid, batch.generation);
        if (edited_since) {
            out[first + i].state = RejectedEdit::State::Pending;
        } else {
            held.hold(refused[i], batch.generation);
        }
    }
}

}  // namespace rhumb::sync
