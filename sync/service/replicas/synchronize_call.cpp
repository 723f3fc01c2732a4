// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/synchronize_call.hpp"

#include "platform/date_time.hpp"
#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/service/edits/edit_rules.hpp"
#include "sync/service/replicas/history_mark.hpp"
#include "sync/service/replicas/replica_attachments.hpp"
#include "sync/service/replicas/replica_terms.hpp"
#include "sync/wire/json_parameter.hpp"
#include "sync/wire/layer_json.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {
namespace {

using wire::Json;
using wire::SyncDirection;

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
void read_guard(const Call& call, SyncCall& asked) {
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

/// Edits that nobody would tell the outcome of: their maker would take them for accepted.
void check_is_listed(const ReplicaRecord& replica, const SyncCall& asked, const Json& entry) {
    const auto id = wire::layer_id_of(entry.find_any_case("id"));
    if (!id || replica.layer(*id) == nullptr) return;  // refused as such later
    const bool rows = asked.edits->has_rows() || kinds_in(Json(Json::Array{entry})).any();
    if (!rows) return;
    throw Error(Status::InvalidArgument, "'edits' names layer " + std::to_string(id->value) +
                                             ", which is not among 'syncLayers'");
}

}  // namespace

SyncCall read_sync_call(const Call& call, const ReplicaRecord& replica) {
    check_agreed(call, replica);
    const auto& parameters = call.parameters;
    SyncCall asked;
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

void check_not_expired(const SyncCall& asked, const ReplicaRecord& replica) {
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

void check_history(const Call& call, const SyncCall& asked, StoreSnapshot& snapshot) {
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

void check_generations(const SyncCall& asked, const StoreSnapshot& snapshot) {
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

Json uploadable(const ReplicaRecord& replica, const SyncCall& asked, const Json& all) {
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

std::vector<LayerId> uploading_layers(const ReplicaRecord& replica, const SyncCall& asked) {
    std::vector<LayerId> layers;
    for (const LayerSync& sync : asked.layers) {
        const bool is_in = asked.siblings.repeats(replica, sync.layer);
        if (sync.uploads() && !is_in) layers.push_back(sync.layer);
    }
    return layers;
}

}  // namespace rhumb::service
