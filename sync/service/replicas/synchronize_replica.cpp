// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/synchronize_replica.hpp"

#include "platform/date_time.hpp"
#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/service/edits/edit_rules.hpp"
#include "sync/service/replicas/busy_replicas.hpp"
#include "sync/service/replicas/copied_replica.hpp"
#include "sync/service/replicas/delta_answer.hpp"
#include "sync/service/replicas/history_mark.hpp"
#include "sync/service/replicas/replica_answer.hpp"
#include "sync/service/replicas/replica_attachments.hpp"
#include "sync/service/replicas/replica_terms.hpp"
#include "sync/service/replicas/sibling_generations.hpp"
#include "sync/service/replicas/upload.hpp"
#include "sync/wire/feature_json.hpp"
#include "sync/wire/json_parameter.hpp"
#include "sync/wire/layer_json.hpp"

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

/// What is to happen with one layer.
struct LayerSync {
    LayerId layer;
    SyncDirection direction;
    Generation base;

    bool uploads() const {
        return direction == SyncDirection::Upload || direction == SyncDirection::Bidirectional;
    }
    bool downloads() const {
        return direction == SyncDirection::Download || direction == SyncDirection::Bidirectional;
    }
};

struct Asked {
    std::vector<LayerSync> layers;
    UploadOptions upload;
    std::unique_ptr<EditsSource> edits;
    Siblings siblings;
    wire::TransportType transport = wire::TransportType::Url;
    DataFormat format = DataFormat::Json;
    bool close_replica = false;
    bool attachments_by_url = true;
};

std::vector<LayerSync> read_sync_layers(const Call& call, const ReplicaRecord& replica,
                                        SyncDirection direction) {
    const std::string& text = call.parameters.get("syncLayers");
    std::vector<LayerSync> layers;
    if (text.empty()) {
        // Without the list, every layer goes on from what the service knows of it.
        for (const LayerFilter& filter : replica.layers) {
            layers.push_back({filter.layer, direction, filter.acknowledged});
        }
        return layers;
    }
    const Json list = wire::parse_json_parameter(text, "'syncLayers'", call.limits.input.json);
    for (const Json& json : list.as_array("syncLayers")) {
        const Json* number = json.find_any_case("id");
        const auto id = wire::layer_id_of(number);
        const LayerFilter* filter = id ? replica.layer(*id) : nullptr;
        if (filter == nullptr) {
            const std::string said = number == nullptr ? "(none)" : wire::to_text(*number);
            throw Error(Status::InvalidArgument, "'syncLayers' names layer " + excerpt(said, 40) +
                                                     ", which is not in the replica");
        }
        const bool again = std::any_of(layers.begin(), layers.end(), [&](const LayerSync& sync) {
            return sync.layer == filter->layer;
        });
        if (again) {
            throw Error(Status::InvalidArgument,
                        "'syncLayers' names layer " + std::to_string(id->value) + " twice");
        }
        LayerSync layer{filter->layer, direction, filter->acknowledged};
        if (const auto own = wire::text_member(json, "syncDirection", "syncLayers")) {
            layer.direction = agreed_direction(replica, *own, "syncLayers.syncDirection");
        }
        if (const auto base = wire::integer_member(json, "serverGen", "syncLayers")) {
            layer.base = {*base};
        }
        layers.push_back(layer);
    }
    return layers;
}

std::vector<LayerSync> read_layers(const Call& call, const ReplicaRecord& replica) {
    const auto direction =
        agreed_direction(replica, call.parameters.get("syncDirection"), "syncDirection");
    if (replica.model == wire::SyncModel::PerLayer) {
        return read_sync_layers(call, replica, direction);
    }
    const auto base = integer_parameter(call.parameters, "replicaServerGen");
    std::vector<LayerSync> layers;
    for (const LayerFilter& filter : replica.layers) {
        layers.push_back(
            {filter.layer, direction, base ? Generation{*base} : replica.acknowledged});
    }
    return layers;
}

/// Our extension: a client that did not look at the layers says what it takes them for.
void check_agreed(const Call& call, const ReplicaRecord& replica) {
    const std::string& told = call.parameters.get("rhumbAgreed");
    if (told.empty()) return;
    wire::AgreedSchemas agreed;
    for (const LayerFilter& filter : replica.layers) {
        agreed.add(filter.layer, wire::schema_fingerprint(call.store.layer(filter.layer)));
    }
    if (told == agreed.digest()) return;
    throw Error(Status::InvalidArgument,
                "'rhumbAgreed': the layers are not as they were agreed on any more");
}

/// Our extension: which edits are not wanted, because they would overwrite what their maker has not
/// seen. Where the history of that is not kept any more nothing is known to be unchanged.
void read_guard(const Call& call, Asked& asked) {
    const std::string& text = call.parameters.get("rhumbUnlessChanged");
    asked.upload.unless_changed_each = equal_ignoring_case(trimmed(text), "each");
    const bool whole = !asked.upload.unless_changed_each &&
                       boolean_parameter(call.parameters, "rhumbUnlessChanged", false);
    if (!whole && !asked.upload.unless_changed_each) return;
    const Generation kept = call.store.snapshot()->oldest_kept();
    for (const LayerSync& sync : asked.layers) {
        asked.upload.unless_changed_since[sync.layer] =
            sync.base < kept ? EditRules::kUnknown : sync.base;
    }
}

Asked read_call(const Call& call, const ReplicaRecord& replica) {
    check_agreed(call, replica);
    const auto& parameters = call.parameters;
    Asked asked;
    asked.format = data_format_parameter(parameters);
    asked.layers = read_layers(call, replica);
    asked.transport = transport_parameter(parameters);
    asked.close_replica = boolean_parameter(parameters, "closeReplica", false);
    asked.attachments_by_url = by_url_parameter(parameters, replica.attachments.by_url);
    // ArcGIS REST is silent about the default; SDKs send false.
    asked.upload.rollback_on_failure = boolean_parameter(parameters, "rollbackOnFailure", false);
    asked.upload.return_ids_for_adds = boolean_parameter(parameters, "returnIdsForAdds", false);
    const std::string& batch = parameters.get("rhumbBatchId");
    if (!batch.empty()) {
        asked.upload.batch = Uuid::parse(batch);
        if (!asked.upload.batch) {
            throw Error(Status::InvalidArgument, "'rhumbBatchId' is no GUID");
        }
    }
    read_guard(call, asked);
    if (!asked.upload.batch && call.job != nullptr) asked.upload.batch = call.job->effect;
    asked.edits = edits_of(call);
    check_edits_allowed(call, replica, asked.edits->kinds());
    asked.siblings = read_siblings(call, replica);
    asked.upload.record = asked.siblings.with(replica);
    return asked;
}

void check_not_expired(const Asked& asked, const ReplicaRecord& replica) {
    if (!replica.expired_ms) return;
    const bool gives_back =
        std::any_of(asked.layers.begin(), asked.layers.end(),
                    [](const auto& sync) { return sync.direction != SyncDirection::Upload; });
    if (!gives_back) return;
    throw Error(Status::GenerationExpired,
                "Replica expired on " + format_date(*replica.expired_ms) +
                    ": it was not synchronized for too long. It may still upload; create a new "
                    "replica to download.");
}

/// Our extension: what the client has must be of this timeline, or it would miss edits unseen.
void check_history(const Call& call, const Asked& asked, StoreSnapshot& snapshot) {
    const std::string& mark = call.parameters.get("rhumbHistory");
    const bool gives_back =
        std::any_of(asked.layers.begin(), asked.layers.end(),
                    [](const auto& sync) { return sync.direction != SyncDirection::Upload; });
    if (mark.empty() || !gives_back || is_of_this_history(snapshot, mark)) return;
    throw Error(Status::GenerationExpired,
                "Generation " + mark.substr(0, mark.find('-')) +
                    " is no longer available: the service was restored from a backup or replaced "
                    "since; create a new replica.");
}

void check_generations(const Asked& asked, const StoreSnapshot& snapshot) {
    for (const LayerSync& layer : asked.layers) {
        if (!layer.downloads()) continue;
        if (layer.base > snapshot.head() || layer.base.value < 0) {
            throw Error(Status::InvalidArgument,
                        "Generation " + std::to_string(layer.base.value) + " is unknown.");
        }
        if (layer.base < snapshot.oldest_kept()) {
            throw Error(Status::GenerationExpired,
                        "Generation " + std::to_string(layer.base.value) +
                            " is no longer available; create a new replica.");
        }
    }
}

/// Edits that nobody would tell the outcome of: their maker would take them for accepted.
void check_is_listed(const ReplicaRecord& replica, const Asked& asked, const Json& entry) {
    const auto id = wire::layer_id_of(entry.find_any_case("id"));
    if (!id || replica.layer(*id) == nullptr) return;  // refused as such later
    const bool rows = asked.edits->has_rows() || kinds_in(Json(Json::Array{entry})).any();
    if (!rows) return;
    throw Error(Status::InvalidArgument, "'edits' names layer " + std::to_string(id->value) +
                                             ", which is not among 'syncLayers'");
}

/// Edits of layers that do not upload are ignored, as the protocol says; those of a sibling
/// generation that is in already are not applied again.
Json uploadable(const ReplicaRecord& replica, const Asked& asked, const Json& all) {
    Json edits = Json(Json::Array{});
    for (const Json& entry : all.as_array("edits")) {
        const auto number = wire::to_int64(entry.find_any_case("id"));
        const auto layer = std::find_if(
            asked.layers.begin(), asked.layers.end(),
            [&](const LayerSync& sync) { return number && sync.layer.value == *number; });
        const bool named = layer != asked.layers.end();
        if (!named) check_is_listed(replica, asked, entry);
        if (named && asked.siblings.repeats(replica, layer->layer)) continue;
        if (!named || layer->uploads()) edits.push(entry);
    }
    return edits;
}

std::vector<LayerId> uploading_layers(const ReplicaRecord& replica, const Asked& asked) {
    std::vector<LayerId> layers;
    for (const LayerSync& sync : asked.layers) {
        const bool is_in = asked.siblings.repeats(replica, sync.layer);
        if (sync.uploads() && !is_in) layers.push_back(sync.layer);
    }
    return layers;
}

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
std::string write_answer(const Call& call, const ReplicaRecord& replica, const Asked& asked,
                         StoreSnapshot& snapshot, UploadResults& results,
                         const AnswerGenerations& generations, Spool& spool) {
    const ReplicaView view(call.store, replica);
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

http::Response json_answer(const Call& call, const ReplicaRecord& replica, const Asked& asked,
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
http::Response delta_answer(const Call& call, const ReplicaRecord& replica, const Asked& asked,
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
AnswerGenerations answer_generations(const ReplicaRecord& replica, const Asked& asked,
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
                 const Asked& asked) {
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

/// A delta tells no attachments.
bool tells_attachments(const Call& call, const ReplicaRecord& replica, const Asked& asked,
                       StoreSnapshot& snapshot) {
    if (!replica.attachments.downloads()) return false;
    const ReplicaView view(call.store, replica);
    return std::any_of(asked.layers.begin(), asked.layers.end(), [&](const LayerSync& sync) {
        if (sync.direction == SyncDirection::Upload) return false;
        if (snapshot.attachments().any(sync.layer)) return true;
        bool changed = false;
        snapshot.attachments().changes(view.scope(), sync.layer, sync.base, replica.id,
                                       [&](const AttachmentChange&) { changed = true; });
        return changed;
    });
}

/// The download is read after the upload was committed, from one state of the data.
http::Response answer(const Call& call, const ReplicaRecord& before, const Asked& asked,
                      UploadResults& results) {
    const ReplicaRecord replica = asked.siblings.with(before);
    const auto snapshot = call.store.snapshot();
    auto generations = answer_generations(replica, asked, snapshot->head());
    generations.history = mark_for(call, *snapshot);
    http::Response response =
        asked.format == DataFormat::Sqlite && !tells_attachments(call, replica, asked, *snapshot)
            ? delta_answer(call, replica, asked, *snapshot, results, generations)
            : json_answer(call, replica, asked, *snapshot, results, generations);
    const auto transaction = call.store.write();
    acknowledge(*transaction, call.store.now_ms(), replica.id, asked);
    if (call.job != nullptr) call.job->complete(*transaction, response.text());
    transaction->commit({});
    return response;
}

bool any_failed(const UploadResults& results) {
    return std::any_of(results.begin(), results.end(), [](const auto& layer) {
        const LayerResults& of = layer.second;
        const auto failed = [](const wire::EditResult& result) { return !result.success; };
        return std::any_of(of.adds.begin(), of.adds.end(), failed) || !of.updates.empty() ||
               !of.deletes.empty() ||
               std::any_of(of.attachments.adds.begin(), of.attachments.adds.end(), failed) ||
               !of.attachments.updates.empty() || !of.attachments.deletes.empty();
    });
}

http::Response synchronize(const Call& call, const ReplicaRecord& replica) {
    const Asked asked = read_call(call, replica);
    check_not_expired(asked, replica);
    {
        const auto snapshot = call.store.snapshot();
        check_history(call, asked, *snapshot);
        check_generations(asked, *snapshot);
    }
    check_not_a_copy(call, replica, asked.upload.batch);
    UploadResults results;
    if (uploadable(replica, asked, asked.edits->outline()).array()->empty()) {
        // Of a sibling's edits that are in already their carrier may not have heard.
        results = stored_outcome(call, replica, asked.upload.batch);
        return answer(call, replica, asked, results);
    }
    require_any_edit(call);  // of a delta, and of attachments, nobody has looked at the kinds
    const EditPieces pieces = [&](const OnEdits& on_edits) {
        asked.edits->each_piece(
            [&](const Json& piece) { on_edits(uploadable(replica, asked, piece)); });
    };
    if (call.job != nullptr) {
        call.job->check_wanted();
        call.job->stage("ImportChanges", 10);
    }
    results = asked.edits->has_rows()
                  ? apply_rows(
                        call, replica,
                        [&](RowTaker& taker) {
                            PermittedRows rows(call, taker);
                            asked.edits->each_row(replica, uploading_layers(replica, asked), rows);
                        },
                        asked.upload)
                  : apply_upload(call, replica, pieces, asked.upload);
    if (call.job != nullptr) {
        call.job->stage("ExportChanges", 60);
        call.job->edits_failed = any_failed(results);
    }
    try {
        return answer(call, replica, asked, results);
    } catch (const Error& error) {
        if (error.status() == Status::Busy) throw;
        // Whatever went wrong, the caller must not take its edits for refused.
        throw Error(Status::Internal,
                    "The edits were applied, but the answer could not be made: " + error.message());
    }
}

}  // namespace

bool is_for(const Call& call, const ReplicaRecord& replica) {
    return replica.terms.owner.empty() || call.who.may_see(replica.terms.owner);
}

ReplicaRecord find_replica(const Call& call, std::string_view id) {
    const auto uuid = Uuid::parse(id);
    if (uuid) {
        for (ReplicaRecord& replica : call.store.snapshot()->replicas()) {
            if (replica.id == *uuid && is_for(call, replica)) return std::move(replica);
        }
    }
    throw Error(Status::InvalidArgument, "Replica does not exist: " + excerpt(id, 60));
}

http::Response synchronize_replica(const Call& call) {
    const std::string& id = call.parameters.get("replicaID");
    if (id.empty()) throw Error(Status::InvalidArgument, "'replicaID' is missing");
    const Uuid found = find_replica(call, id).id;
    const BusyReplicas::Turn turn(call.busy, found);
    // As it is now that nobody else synchronizes it.
    return synchronize(call, find_replica(call, id));
}

}  // namespace rhumb::service
