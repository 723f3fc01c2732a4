// SPDX-License-Identifier: Apache-2.0
//
// rhumb status: what a replica is of, how far it agrees with its service, what is still to be sent.

#include "geodb/geodatabase.hpp"
#include "platform/date_time.hpp"
#include "platform/error.hpp"
#include "platform/number.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/replica_file.hpp"
#include "runtime/tools/session.hpp"
#include "sync/replica/replica_store.hpp"

#include <algorithm>

namespace rhumb::tool {
namespace {

using wire::Json;

struct Facts {
    std::filesystem::path file;
    ReplicaState state = ReplicaState::Ready;
    sync::Replica replica;
    std::vector<sync::PendingCount> pending;
    bool batch_under_way = false;  ///< sent, its outcome not known yet
    std::int64_t rejected = 0;
    std::int64_t conflicts = 0;

    const sync::PendingCount* pending_of(geodb::LayerId layer) const {
        const auto found = std::find_if(pending.begin(), pending.end(),
                                        [&](const auto& count) { return count.layer == layer; });
        return found != pending.end() ? &*found : nullptr;
    }
    std::int64_t pending_total() const {
        std::int64_t total = 0;
        for (const auto& count : pending) total += count.total();
        return total;
    }
};

Facts gather(geodb::Geodatabase& file) {
    const sync::ReplicaStore store(file);
    Facts facts;
    facts.file = file.path();
    facts.state = replica_state(file);
    if (store.exists()) {
        facts.replica = store.load();
        facts.batch_under_way = store.batch().has_value();
        // Before it is whole there are no layers that could have been edited.
        if (facts.state != ReplicaState::HalfMade) facts.pending = store.pending();
    } else {
        facts.replica.service_url = half_made_url(file);
    }
    facts.rejected = static_cast<std::int64_t>(store.rejected().size());
    facts.conflicts = static_cast<std::int64_t>(store.conflicts().size());
    return facts;
}

std::string state_text(const Facts& facts) {
    switch (facts.state) {
        case ReplicaState::HalfMade:
            return "half-made";
        case ReplicaState::Closed:
            return "unregistered";
        case ReplicaState::Ready:
        case ReplicaState::None:
            break;
    }
    return facts.batch_under_way ? "sent, outcome not known yet" : "ready";
}

std::string extent_text(const geodb::Envelope& extent) {
    std::string text;
    for (const double side : {extent.min_x, extent.min_y, extent.max_x, extent.max_y}) {
        if (!text.empty()) text += ',';
        append_double(text, side);
    }
    return text;
}

std::string layer_name(geodb::Geodatabase& file, geodb::LayerId id) {
    for (const geodb::Layer& layer : file.layers()) {
        if (layer.id == id) return layer.name;
    }
    return "?";  // half-made: nothing is here but its number
}

std::string pending_text(const sync::PendingCount* count) {
    if (count == nullptr) return "nothing pending";
    return "pending: " + counted(count->inserts, "insert") + ", " +
           counted(count->updates, "update") + ", " + counted(count->deletes, "delete");
}

void report(const Facts& facts, geodb::Geodatabase& file) {
    const sync::Replica& replica = facts.replica;
    Table table;
    table.add({"service", replica.service_url});
    table.add({"replica", replica.id.value_or("none yet") + " (" + replica.name + ")"});
    table.add({"state", state_text(facts)});
    if (!replica.stopped.empty()) table.add({"stopped", replica.stopped});
    table.add({"sync model", std::string(wire::name_of(replica.model))});
    if (replica.server_generation) table.add({"generation", replica.server_generation->value});
    if (replica.extent) {
        const std::string crs =
            replica.extent_epsg ? " (EPSG:" + std::to_string(*replica.extent_epsg) + ")" : "";
        table.add({"extent", extent_text(*replica.extent) + crs});
    }
    table.add(
        {"last sync", replica.last_sync_ms ? format_date_time(*replica.last_sync_ms) : "never"});
    table.add({"pending edits", std::to_string(facts.pending_total())});
    table.add({"rejected edits", std::to_string(facts.rejected)});
    table.add({"conflicts", std::to_string(facts.conflicts)});
    print(facts.file.string());
    table.print();

    Table layers;
    for (const sync::ReplicaLayer& layer : replica.layers) {
        std::vector<std::string> cells{"layer " + std::to_string(layer.id.value),
                                       layer_name(file, layer.id),
                                       pending_text(facts.pending_of(layer.id))};
        if (layer.server_generation)
            cells.push_back("generation " + layer.server_generation->value);
        if (!layer.where.empty()) cells.push_back("where " + layer.where);
        layers.add(std::move(cells));
    }
    layers.print();
}

Json optional_text(const std::optional<std::string>& text) {
    return text ? Json(*text) : Json();
}

Json generation_json(const std::optional<sync::ServerGeneration>& generation) {
    return generation ? Json(generation->value) : Json();
}

Json layer_json(const Facts& facts, const sync::ReplicaLayer& layer, geodb::Geodatabase& file) {
    const sync::PendingCount none;
    const sync::PendingCount* found = facts.pending_of(layer.id);
    const sync::PendingCount& count = found != nullptr ? *found : none;
    Json pending = Json::Object{
        {"inserts", count.inserts}, {"updates", count.updates}, {"deletes", count.deletes}};
    return Json::Object{{"id", layer.id.value},
                        {"name", layer_name(file, layer.id)},
                        {"where", layer.where.empty() ? Json() : Json(layer.where)},
                        {"generation", generation_json(layer.server_generation)},
                        {"pending", std::move(pending)}};
}

void report_json(const Facts& facts, geodb::Geodatabase& file) {
    const sync::Replica& replica = facts.replica;
    Json layers = Json::Array{};
    for (const auto& layer : replica.layers) layers.push(layer_json(facts, layer, file));
    Json extent;
    if (replica.extent) {
        const auto& box = *replica.extent;
        extent = Json::Array{box.min_x, box.min_y, box.max_x, box.max_y};
    }
    print_json(Json::Object{
        {"file", facts.file.string()},
        {"service", replica.service_url},
        {"replicaId", optional_text(replica.id)},
        {"name", replica.name},
        {"state", state_text(facts)},
        {"stopped", replica.stopped.empty() ? Json() : Json(replica.stopped)},
        {"model", wire::name_of(replica.model)},
        {"generation", generation_json(replica.server_generation)},
        {"extent", std::move(extent)},
        {"extentCrs", replica.extent_epsg ? Json(*replica.extent_epsg) : Json()},
        {"lastSync", replica.last_sync_ms ? Json(format_date_time(*replica.last_sync_ms)) : Json()},
        {"pending", facts.pending_total()},
        {"rejected", facts.rejected},
        {"conflicts", facts.conflicts},
        {"layers", std::move(layers)}});
}

}  // namespace

int run(const StatusArguments& arguments, Session& session) {
    auto file =
        geodb::Geodatabase::open(arguments.file, session.world(), geodb::Geodatabase::Access::Read);
    if (replica_state(file) == ReplicaState::None) require_ready(file);
    const Facts facts = gather(file);
    if (session.json()) {
        report_json(facts, file);
    } else {
        report(facts, file);
    }
    return kDone;
}

}  // namespace rhumb::tool
