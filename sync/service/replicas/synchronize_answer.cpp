// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/synchronize_answer.hpp"

#include "sync/service/replicas/delta_answer.hpp"
#include "sync/service/replicas/history_mark.hpp"
#include "sync/service/replicas/replica_answer.hpp"
#include "sync/service/replicas/replica_attachments.hpp"
#include "sync/wire/feature_json.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {
namespace {

using wire::Json;
using wire::JsonWriter;
using wire::SyncDirection;

constexpr const char* kEdits = "esriReplicaResponseTypeEdits";
constexpr const char* kNoEdits = "esriReplicaResponseTypeNoEdits";
constexpr const char* kReplacement = "esriReplicaResponseTypeReplacementData";
constexpr const char* kEditsAndData = "esriReplicaResponseTypeEditsAndData";

/// As JSON about as long as the smallest delta, and one request less.
constexpr std::int64_t kMostEmbeddedChanges = 50;

/// Net changes of one layer, by kind. Adds go straight out; the others wait their turn.
struct LayerChanges {
    explicit LayerChanges(const Call& call)
        : updates(call.results.temporary()), deletes(call.results.temporary()) {}
    Spool updates;
    Spool deletes;
    bool any = false;
};

void write_changes(JsonWriter& writer, Spool& spool, const Call& call, StoreSnapshot& snapshot,
                   const ReplicaView& view, const ReplicaRecord& replica, const LayerSync& sync,
                   LayerChanges& changes, AttachmentChanges* attachments) {
    const Layer& layer = call.store.layer(sync.layer);
    wire::FeatureJsonWriter features(layer, wire::json_columns(layer), replica_style());
    features.project_with(view.transform(layer.id));
    // Projected there and back a geometry is not quite what it was: one that nobody moved stays.
    wire::FeatureJsonWriter::Style unmoved_style = replica_style();
    unmoved_style.geometry = view.transform(layer.id) == nullptr;
    const wire::FeatureJsonWriter unmoved(layer, wire::json_columns(layer), unmoved_style);
    JsonWriter updates(changes.updates.buffer());
    JsonWriter deletes(changes.deletes.buffer());
    const auto on_change = [&](const ReplicaChange& change) {
        changes.any = true;
        if (change.kind == ReplicaChange::Kind::Delete) {
            deletes.string(change.feature.value.braced());
            changes.deletes.settle();
            return;
        }
        const bool add = change.kind == ReplicaChange::Kind::Add;
        if (add && attachments != nullptr) attachments->take_parent(change.feature, change.oid);
        const auto& feature_writer = change.moved ? features : unmoved;
        feature_writer.write(
            add ? writer : updates, change.oid,
            [&](std::size_t column) -> const Value& { return (*change.row)[column]; });
        add ? spool.settle() : changes.updates.settle();
    };
    snapshot.changes(view.scope(), layer.id, sync.base, replica.id, on_change);
    if (attachments == nullptr) return;
    attachments->take(view.scope(), {sync.base, std::nullopt}, replica.id);
}

/// `{"id":…,"features":{…},"attachments":{…}}`; true when there is anything in it.
bool write_layer_edits(JsonWriter& writer, Spool& spool, const Call& call, StoreSnapshot& snapshot,
                       const ReplicaView& view, const ReplicaRecord& replica, const LayerSync& sync,
                       const LayerResults& results, bool by_url) {
    LayerChanges changes(call);
    AttachmentChanges attachments(call, snapshot, sync.layer, by_url);
    writer.begin_object().key("id").integer(sync.layer.value).key("features").begin_object();
    writer.key("adds").begin_array();
    if (sync.downloads()) {
        write_changes(writer, spool, call, snapshot, view, replica, sync, changes,
                      replica.attachments.downloads() ? &attachments : nullptr);
    }
    writer.end_array();
    const auto put = [&](const char* name, Spool& list) {
        writer.key(name).raw("[");
        spool.append(list);
        spool.append("]");
    };
    put("updates", changes.updates);
    put("deleteIds", changes.deletes);
    write_results(writer, results);
    writer.end_object();
    writer.key("attachments").begin_object();
    const bool attached = attachments.any();
    attachments.write(writer, spool);
    write_results(writer, results.attachments);
    writer.end_object().end_object();
    return changes.any || attached || !results.empty();
}

/// Writes the answer; gives back which kind it became.
std::string write_answer(const Call& call, const ReplicaRecord& replica, const SyncCall& asked,
                         StoreSnapshot& snapshot, UploadResults& results,
                         const AnswerGenerations& generations, Spool& spool) {
    ReplicaView view(call.store, replica);
    if (call.parameters.get("rhumbFormat") != "1") view.tell_defaults();
    const bool whole = std::any_of(asked.layers.begin(), asked.layers.end(), [](const auto& sync) {
        return sync.direction == SyncDirection::Snapshot;
    });
    bool any = false;
    Spool edits(call.results.temporary());
    JsonWriter edit_writer(edits.buffer());
    edit_writer.begin_array();
    for (const LayerSync& sync : asked.layers) {
        if (sync.direction == SyncDirection::Snapshot) continue;
        any |= write_layer_edits(edit_writer, edits, call, snapshot, view, replica, sync,
                                 results[sync.layer], asked.attachments_by_url);
    }
    edit_writer.end_array();
    const std::string kind = whole ? (any ? kEditsAndData : kReplacement) : any ? kEdits : kNoEdits;
    JsonWriter writer(spool.buffer());
    begin_replica_answer(writer, replica, asked.transport, kind);
    write_generations(writer, generations, replica);
    if (any) {
        writer.key("edits").raw("");
        spool.append(edits);
    }
    if (whole) {
        writer.key("layers").begin_array();
        for (const LayerSync& sync : asked.layers) {
            if (sync.direction != SyncDirection::Snapshot) continue;
            write_whole_layer(writer, spool, call, snapshot, view, *replica.layer(sync.layer),
                              replica.attachments);
        }
        writer.end_array();
    }
    writer.end_object();
    return kind;
}

http::Response json_answer(const Call& call, const ReplicaRecord& replica, const SyncCall& asked,
                           StoreSnapshot& snapshot, UploadResults& results,
                           const AnswerGenerations& generations) {
    Spool spool(call.results.temporary());
    const std::string kind =
        write_answer(call, replica, asked, snapshot, results, generations, spool);
    // Nothing to give back: no link and no file.
    const auto transport = kind == kNoEdits ? wire::TransportType::Embedded : asked.transport;
    return finish_replica_answer(call, replica, transport, kind, generations, spool);
}

/// The same as a delta: the answer holds the results and a link to the file.
http::Response delta_answer(const Call& call, const ReplicaRecord& replica, const SyncCall& asked,
                            StoreSnapshot& snapshot, UploadResults& results,
                            const AnswerGenerations& generations) {
    std::vector<DeltaPart> parts;
    bool whole = false;
    for (const LayerSync& sync : asked.layers) {
        const bool snapshot_of = sync.direction == SyncDirection::Snapshot;
        whole = whole || snapshot_of;
        if (snapshot_of || sync.downloads()) parts.push_back({sync.layer, snapshot_of, sync.base});
    }
    // Our extension: few changes come at once and as JSON to a client that takes them so.
    const bool embeds = asked.transport == wire::TransportType::Embedded && call.job == nullptr;
    const DeltaResult delta =
        write_delta(call, replica, parts, generations, snapshot, embeds ? kMostEmbeddedChanges : 0);
    if (delta.few && delta.changes > 0) {
        return json_answer(call, replica, asked, snapshot, results, generations);
    }
    const bool any = delta.changes > 0 || std::any_of(results.begin(), results.end(),
                                                      [](auto& of) { return !of.second.empty(); });
    const char* kind = whole ? (any ? kEditsAndData : kReplacement) : any ? kEdits : kNoEdits;
    return answer_with_delta(call, replica, kind, generations, delta, results);
}

/// An upload alone must not advance the download position.
AnswerGenerations answer_generations(const ReplicaRecord& replica, const SyncCall& asked,
                                     Generation head) {
    AnswerGenerations generations{replica.model, head, {}, {}};
    for (const LayerSync& sync : asked.layers) {
        const bool stays = sync.direction == SyncDirection::Upload;
        const Generation generation = stays ? sync.base : head;
        generations.layers.emplace_back(sync.layer, generation);
        if (stays) generations.replica = sync.base;
    }
    return generations;
}

/// What the replica says it has: history below may go one day.
void acknowledge(StoreTransaction& transaction, std::int64_t now_ms, const Uuid& id,
                 const SyncCall& asked) {
    const auto stored = transaction.replica(id);
    if (!stored) return;  // unregistered meanwhile: it stays so
    ReplicaRecord replica = asked.siblings.with(*stored);
    for (const LayerSync& sync : asked.layers) {
        if (!sync.downloads()) continue;
        replica.acknowledged = sync.base;
        for (LayerFilter& filter : replica.layers) {
            if (filter.layer == sync.layer) filter.acknowledged = sync.base;
        }
    }
    replica.last_sync_ms = now_ms;
    if (asked.close_replica) {
        transaction.remove_replica(replica.id);
    } else {
        transaction.save_replica(replica);
    }
}

/// Content as base64, and the attachments of a whole layer, are told in JSON alone.
bool needs_json(const ReplicaRecord& replica, const SyncCall& asked, StoreSnapshot& snapshot) {
    if (asked.format != DataFormat::Sqlite) return true;
    if (!replica.attachments.downloads()) return false;
    return std::any_of(asked.layers.begin(), asked.layers.end(), [&](const LayerSync& sync) {
        if (sync.direction == SyncDirection::Upload) return false;
        const bool whole = sync.direction == SyncDirection::Snapshot;
        return (whole || !asked.attachments_by_url) && snapshot.attachments().any(sync.layer);
    });
}

}  // namespace

http::Response sync_answer(const Call& call, const ReplicaRecord& before, const SyncCall& asked,
                           UploadResults& results) {
    const ReplicaRecord replica = asked.siblings.with(before);
    const auto snapshot = call.store.snapshot();
    auto generations = answer_generations(replica, asked, snapshot->head());
    generations.history = mark_for(call, *snapshot);
    http::Response response =
        needs_json(replica, asked, *snapshot)
            ? json_answer(call, replica, asked, *snapshot, results, generations)
            : delta_answer(call, replica, asked, *snapshot, results, generations);
    const auto transaction = call.store.write();
    acknowledge(*transaction, call.store.now_ms(), replica.id, asked);
    if (call.job != nullptr) call.job->complete(*transaction, response.text());
    transaction->commit({});
    return response;
}

}  // namespace rhumb::service
