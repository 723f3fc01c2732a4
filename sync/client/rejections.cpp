// SPDX-License-Identifier: Apache-2.0
#include "sync/client/rejections.hpp"

#include "platform/text.hpp"
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

/// The service may call an edit otherwise than we sent it: the GlobalID decides.
std::string as_sent(const geodb::Layer& layer, const NetEdit& edit) {
    return row_json(layer, edit.feature,
                    edit.kind == NetEdit::Kind::Delete ? edit.before : edit.after);
}

}  // namespace

void Rejections::take(geodb::LayerId layer, NetEdit::Kind kind, const wire::Json& result) {
    if (result.object() == nullptr) return;
    wire::EditResult read = wire::read_edit_result(result);
    if (!read.success) failures_.push_back({layer, kind, std::move(read)});
}

void Rejections::forgive_repeated_inserts() {
    std::erase_if(failures_, [](const Failure& failure) {
        return failure.kind == NetEdit::Kind::Insert && is(failure.result, EditCode::NotUnique);
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
    for (RejectedEdit& edit : parked) edit.number = store.add_rejected(edit);
    return parked;
}

void Rejections::retire_accepted(geodb::Geodatabase& geodatabase, ReplicaStore& store,
                                 const ReplicaStore::Batch& batch) const {
    std::map<geodb::LayerId, std::set<geodb::GlobalId>> parked;
    for (const RejectedEdit& edit : store.rejected()) {
        if (edit.kind == NetEdit::Kind::Insert) parked[edit.layer].insert(edit.feature);
    }
    for (const Failure& failure : failures_) {
        if (failure.result.feature) parked[failure.layer].erase(*failure.result.feature);
    }
    for (const auto& [layer, features] : parked) {
        if (features.empty()) continue;
        geodb::NetEdits(geodatabase.database(), geodatabase.layer(layer))
            .each({{0}, batch.generation}, [&, id = layer, &wanted = features](NetEdit&& edit) {
                if (wanted.count(edit.feature) > 0) store.forget_rejected_insert(id, edit.feature);
            });
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
    std::vector<geodb::ObjectId> refused;
    const auto park_edit = [&](NetEdit&& edit) {
        const auto failure = failures.find(edit.feature);
        if (failure == failures.end()) return;
        out.push_back(rejected_edit(geodatabase, id, edit.kind, failure->second->result));
        out.back().values = as_sent(layer, edit);
        refused.push_back(edit.oid);
        failures.erase(failure);
    };
    geodb::NetEdits(geodatabase.database(), layer).each({{0}, batch.generation}, park_edit);
    for (const auto& [feature, failure] : failures) {  // not of this batch: told all the same
        out.push_back(rejected_edit(geodatabase, id, failure->kind, failure->result));
    }
    for (const geodb::ObjectId feature : refused) log.carry_forward(feature, batch.generation);
}

}  // namespace rhumb::sync
