// SPDX-License-Identifier: Apache-2.0
#include "sync/client/rollback_refusal.hpp"

#include "platform/number.hpp"
#include "sync/replica/pending_log.hpp"
#include "sync/replica/row_json.hpp"
#include "sync/wire/edit_result.hpp"

#include <set>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::GlobalId;
using geodb::NetEdit;

constexpr std::size_t kUuidLength = 36;  // without braces

std::set<GlobalId> features_in(const std::string& text) {
    std::set<GlobalId> features;
    for (std::size_t i = 0; i + kUuidLength <= text.size(); ++i) {
        if (text[i + 8] != '-' || text[i + 13] != '-') continue;
        if (const auto uuid = Uuid::parse(text.substr(i, kUuidLength))) features.insert({*uuid});
    }
    return features;
}

/// "… failed (1022): …", as a Rhumb writes it.
std::optional<std::int64_t> code_in(const std::string& text) {
    constexpr std::string_view kBefore = "failed (";
    const std::size_t at = text.find(kBefore);
    if (at == std::string::npos) return std::nullopt;
    const std::size_t begin = at + kBefore.size();
    const std::size_t end = text.find(')', begin);
    if (end == std::string::npos) return std::nullopt;
    return parse_integer(std::string_view(text).substr(begin, end - begin));
}

std::optional<RefusedUpload::Failing> find(geodb::Geodatabase& geodatabase,
                                           const ReplicaStore::Batch& batch,
                                           const std::set<GlobalId>& features) {
    std::optional<RefusedUpload::Failing> found;
    if (features.empty()) return found;
    for (const ReplicaLayer& agreed : ReplicaStore(geodatabase).load().layers) {
        geodb::NetEdits(geodatabase.database(), geodatabase.layer(agreed.id))
            .each({{0}, batch.generation}, [&](NetEdit&& edit) {
                if (found || features.count(edit.feature) == 0) return;
                found = RefusedUpload::Failing{agreed.id, std::move(edit), 0, ""};
            });
    }
    return found;
}

}  // namespace

std::optional<RefusedUpload::Failing> failing_edit(geodb::Geodatabase& geodatabase,
                                                   const ReplicaStore::Batch& batch,
                                                   const GlobalId& feature) {
    return find(geodatabase, batch, {feature});
}

RefusedUpload refused_upload(geodb::Geodatabase& geodatabase, const ReplicaStore::Batch& batch,
                             const wire::ServiceError& error) {
    RefusedUpload refused{error.sentence(), error.code, std::nullopt};
    refused.failing = find(geodatabase, batch, features_in(refused.sentence));
    if (!refused.failing) return refused;
    refused.failing->code = code_in(refused.sentence).value_or(error.code);
    refused.failing->reason = error.details.empty() ? error.message : error.details.front();
    return refused;
}

bool put_right(geodb::Geodatabase& geodatabase, const ReplicaStore::Batch& batch,
               const RefusedUpload& refused) {
    if (!refused.failing || refused.failing->edit.kind != NetEdit::Kind::Insert) return false;
    if (refused.failing->code != static_cast<std::int64_t>(wire::EditCode::NotUnique)) return false;
    PendingLog log(geodatabase.database(), geodatabase.layer(refused.failing->layer));
    return log.take_up_again(refused.failing->edit.oid, batch.generation);
}

void note_refused_upload(geodb::Geodatabase& geodatabase, ReplicaStore& store,
                         RefusedUpload& refused) {
    if (!refused.failing) return;
    const RefusedUpload::Failing& failing = *refused.failing;
    const geodb::Layer& layer = geodatabase.layer(failing.layer);
    RejectedEdit edit;
    edit.layer = failing.layer;
    edit.feature = failing.edit.feature;
    edit.kind = failing.edit.kind;
    edit.code = failing.code;
    edit.reason = failing.reason;
    edit.at_ms = geodatabase.now_ms();
    edit.values = edit_json(layer, failing.edit);
    edit.state = RejectedEdit::State::Pending;
    edit.keeping = RejectedEdit::Keeping::Log;
    const std::int64_t number = store.park(edit);
    refused.sentence = std::string(name_of(edit.kind)) + " of feature " +
                       edit.feature.value.braced() + " in layer '" + layer.name +
                       "': " + edit.reason + " (code " + std::to_string(edit.code) +
                       "); mend it, or park rejected edit " + std::to_string(number) +
                       " so that the others can go";
    refused.code = edit.code;
}

}  // namespace rhumb::sync
