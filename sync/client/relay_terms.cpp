// SPDX-License-Identifier: Apache-2.0
#include "sync/client/relay_terms.hpp"

#include "platform/text.hpp"
#include "sync/client/answer_facts.hpp"
#include "sync/wire/json_parameter.hpp"
#include "sync/wire/json_writer.hpp"

#include <algorithm>

namespace rhumb::sync {
namespace {

using wire::Json;
using wire::SyncModel;

/// ArcGIS REST: layerServerGens of replicas/<id> is text that holds JSON, elsewhere an array.
Json layer_list(const Json& info) {
    const Json* list = info.find_any_case("layerServerGens");
    if (list == nullptr) return Json(Json::Array{});
    if (list->text() == nullptr) return *list;
    if (trimmed(*list->text()).empty()) return Json(Json::Array{});
    return wire::parse_json(*list->text(), "layerServerGens");
}

RelayGenerations read_generations(const Json& info, SyncModel model, const char* of_replica,
                                  const char* of_layer) {
    RelayGenerations out;
    if (model == SyncModel::PerReplica) {
        if (const auto one = generation_of(info.find_any_case(of_replica))) out[kAllLayers] = *one;
        return out;
    }
    const Json list = layer_list(info);
    if (list.array() == nullptr) return out;
    for (const Json& entry : *list.array()) {
        const auto id = wire::layer_id_of(entry.find_any_case("id"));
        const auto generation = generation_of(entry.find_any_case(of_layer));
        if (id && generation) out[*id] = *generation;
    }
    return out;
}

/// Generations go back as they came: numbers, or text.
void write_generation(wire::JsonWriter& writer, const ServerGeneration& generation) {
    const std::string& text = generation.value;
    const bool number = !text.empty() && std::all_of(text.begin(), text.end(),
                                                     [](char c) { return c >= '0' && c <= '9'; });
    if (number) {
        writer.raw(text);
    } else {
        writer.string(text);
    }
}

std::string sync_layers(const RelayGenerations& generations, const char* member,
                        const char* direction) {
    std::string text;
    wire::JsonWriter writer(text);
    writer.begin_array();
    for (const auto& [layer, generation] : generations) {
        writer.begin_object().key("id").integer(layer.value).key(member);
        write_generation(writer, generation);
        writer.key("syncDirection").string(direction).end_object();
    }
    writer.end_array();
    return text;
}

}  // namespace

RelayEnd read_relay_end(const Json& info) {
    RelayEnd end;
    const auto text = [&](const char* name) {
        return wire::text_or_empty(info.find_any_case(name));
    };
    end.model = wire::sync_model_of(text("syncModel")).value_or(SyncModel::PerReplica);
    end.direction =
        wire::sync_direction_of(text("syncDirection")).value_or(wire::SyncDirection::Bidirectional);
    end.for_services = wire::target_type_of(text("targetType")) == wire::TargetType::Server;
    end.own = read_generations(info, end.model, "replicaServerGen", "serverGen");
    end.sibling = read_generations(info, end.model, "replicaServerSibGen", "serverSibGen");
    return end;
}

RelayGenerations relay_generations_of(const Json& answer, SyncModel model) {
    return read_generations(answer, model, "replicaServerGen", "serverGen");
}

Json facts_of(const RelayGenerations& generations) {
    Json facts{Json::Array{}};
    for (const auto& [layer, generation] : generations) {
        facts.push(Json::Object{{"id", layer.value}, {"generation", generation.value}});
    }
    return facts;
}

RelayGenerations relay_generations_in(const Json* facts) {
    RelayGenerations out;
    if (facts == nullptr || facts->array() == nullptr) return out;
    for (const Json& entry : *facts->array()) {
        const auto id = wire::to_int64(entry.find("id")).value_or(kAllLayers.value);
        out[{static_cast<std::int32_t>(id)}] = {
            std::string(wire::text_or_empty(entry.find("generation")))};
    }
    return out;
}

void add_relay_download(http::NameValues& form, SyncModel model, const RelayGenerations& base) {
    if (model == SyncModel::PerLayer) {
        form.emplace_back("syncLayers", sync_layers(base, "serverGen", "download"));
    } else {
        form.emplace_back("replicaServerGen", base.at(kAllLayers).value);
    }
}

void add_relay_upload(http::NameValues& form, SyncModel model, const RelayGenerations& reached) {
    if (model == SyncModel::PerLayer) {
        form.emplace_back("syncLayers", sync_layers(reached, "serverSibGen", "upload"));
    } else {
        form.emplace_back("replicaServerSibGen", reached.at(kAllLayers).value);
    }
}

}  // namespace rhumb::sync
