// SPDX-License-Identifier: Apache-2.0
#include "sync/client/synchronize_request.hpp"

#include "sync/delta/delta_header.hpp"
#include "sync/wire/json_writer.hpp"
#include "sync/wire/layer_json.hpp"

#include <algorithm>

namespace rhumb::sync {
namespace {

bool is_number(const std::string& text) {
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string sync_layers(const Replica& replica, const LayerDirections& directions) {
    std::string text;
    wire::JsonWriter writer(text);
    writer.begin_array();
    for (const ReplicaLayer& layer : replica.layers) {
        const auto direction = directions.of(layer.id);
        if (!layer.stopped.empty() || !direction) continue;
        writer.begin_object().key("id").integer(layer.id.value);
        if (layer.server_generation) {
            const std::string& generation = layer.server_generation->value;
            writer.key("serverGen");
            if (is_number(generation)) {
                writer.raw(generation);
            } else {
                writer.string(generation);
            }
        }
        writer.key("syncDirection").string(wire::name_of(*direction)).end_object();
    }
    writer.end_array();
    return text;
}

std::string agreed_schemas(const Replica& replica) {
    wire::AgreedSchemas agreed;
    for (const ReplicaLayer& layer : replica.layers) agreed.add(layer.id, layer.fingerprint);
    return agreed.digest();
}

}  // namespace

std::string known_batches(const Replica& replica, const std::vector<Uuid>& waiting) {
    if (!replica.speaks_rhumb || !replica.last_batch) return "";
    std::string text = replica.last_batch->empty() ? "none" : *replica.last_batch;
    for (const Uuid& batch : waiting) text += "," + batch.braced();
    return text;
}

http::NameValues synchronize_form(const Replica& replica, const SynchronizeRequest& request) {
    // A service that speaks Rhumb spools a long answer and takes a repeated batch for what it is,
    // so the answer itself costs one request less than a link to it.
    const auto transport =
        replica.speaks_rhumb ? wire::TransportType::Embedded : wire::TransportType::Url;
    http::NameValues form{
        {"f", "json"},
        {"replicaID", replica.id.value_or("")},
        {"syncDirection", std::string(wire::name_of(request.directions.common()))},
        {"transportType", std::string(wire::name_of(transport))},
        {"dataFormat", request.as_delta ? "sqlite" : "json"}};
    // What is false when it is not said need not travel where that is certain.
    if (request.async || !replica.speaks_rhumb) {
        form.emplace_back("async", request.async ? "true" : "false");
    }
    if (replica.speaks_rhumb) {
        form.emplace_back("rhumbFormat", "1");
    } else {
        form.emplace_back("returnIdsForAdds", "false");
        form.emplace_back("closeReplica", "false");
    }
    // Who does not know it sends a plain one.
    if (request.as_delta) {
        form.emplace_back("rhumbPackedDelta", std::to_string(delta::kPackedFormat));
    }
    // ArcGIS REST, synchronizeReplica: under perReplica one replicaServerGen covers all layers.
    if (replica.model == wire::SyncModel::PerLayer) {
        form.emplace_back("syncLayers", sync_layers(replica, request.directions));
    } else if (replica.server_generation) {
        form.emplace_back("replicaServerGen", replica.server_generation->value);
    }
    if (!request.known_batches.empty())
        form.emplace_back("rhumbKnownBatches", request.known_batches);
    const bool downloads = request.directions.any_downloads();
    if (downloads && replica.speaks_rhumb && !replica.history.empty()) {
        form.emplace_back("rhumbHistory", replica.history);
    }
    if (request.tells_agreed) form.emplace_back("rhumbAgreed", agreed_schemas(replica));
    if (request.edits.empty() && request.item.empty()) return form;
    form.emplace_back("rollbackOnFailure", request.rollback_on_failure ? "true" : "false");
    if (request.batch && replica.speaks_rhumb)
        form.emplace_back("rhumbBatchId", request.batch->braced());
    using Guard = SynchronizeRequest::Guard;
    if (request.guard != Guard::None) {
        form.emplace_back("rhumbUnlessChanged", request.guard == Guard::Each ? "each" : "true");
    }
    if (request.item.empty()) {
        form.emplace_back("edits", request.edits);
    } else {
        form.emplace_back("editsUploadId", request.item);
        form.emplace_back("editsUploadFormat", request.item_is_delta ? "sqlite" : "json");
    }
    return form;
}

}  // namespace rhumb::sync
