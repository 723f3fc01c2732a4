// SPDX-License-Identifier: Apache-2.0
#include "sync/client/answer_facts.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/wire/json_parameter.hpp"

#include <algorithm>
#include <initializer_list>

namespace rhumb::sync {
namespace {

using wire::Json;

std::optional<std::string> first_text(const Json& answer,
                                      std::initializer_list<const char*> names) {
    for (const char* name : names) {
        const std::string_view text = wire::text_or_empty(answer.find_any_case(name));
        if (!trimmed(text).empty()) return std::string(trimmed(text));
    }
    return std::nullopt;
}

/// "Completed With Errors" and "COMPLETED_WITH_ERRORS" are one word.
std::string folded(std::string_view word) {
    std::string out = lowered(word);
    std::erase_if(out, [](char c) { return c == ' ' || c == '_' || c == '-'; });
    return out;
}

void read_layer_generations(const Json& list, Generations& out) {
    if (list.array() == nullptr) return;
    for (const Json& entry : *list.array()) {
        const auto id = wire::layer_id_of(entry.find_any_case("id"));
        const auto generation = generation_of(entry.find_any_case("serverGen"));
        if (!id || !generation) continue;  // odd answers hold null entries
        out.layers[*id] = *generation;
    }
}

}  // namespace

std::optional<std::string> result_link(const Json& answer) {
    return first_text(answer, {"resultUrl", "responseUrl", "URL"});
}

std::optional<std::string> status_link(const Json& answer) {
    return first_text(answer, {"statusUrl"});
}

JobState job_state(const Json& answer) {
    JobState state;
    state.word = wire::text_or_empty(answer.find_any_case("status"));
    const std::string word = folded(state.word);
    if (word.find("completed") != std::string::npos ||
        word.find("succeeded") != std::string::npos) {
        state.kind = JobState::Kind::Completed;
    } else if (word.find("failed") != std::string::npos || word == "cancelled") {
        state.kind = JobState::Kind::Failed;
    }
    return state;
}

std::optional<ServerGeneration> generation_of(const Json* value) {
    if (value == nullptr) return std::nullopt;
    if (value->text() != nullptr) {
        const std::string_view text = trimmed(*value->text());
        return text.empty() ? std::nullopt : std::optional(ServerGeneration{std::string(text)});
    }
    if (!value->is_number()) return std::nullopt;
    return ServerGeneration{wire::to_text(*value)};
}

Generations generations_of(const Json& answer) {
    Generations out;
    out.replica = generation_of(answer.find_any_case("replicaServerGen"));
    out.history = wire::text_or_empty(answer.find_any_case("rhumbHistory"));
    const Json* list = answer.find_any_case("layerServerGens");
    if (list == nullptr) return out;
    if (list->text() == nullptr) {
        read_layer_generations(*list, out);
    } else if (!trimmed(*list->text()).empty()) {
        read_layer_generations(wire::parse_json(*list->text(), "layerServerGens"), out);
    }
    return out;
}

void take_generations(Replica& replica, const Generations& generations,
                      const std::function<bool(geodb::LayerId)>& moves) {
    const auto layer_moves = [&](const ReplicaLayer& layer) { return moves(layer.id); };
    if (std::none_of(replica.layers.begin(), replica.layers.end(), layer_moves)) return;
    if (!generations.history.empty()) replica.history = generations.history;
    if (replica.model == wire::SyncModel::PerReplica) {
        if (generations.replica) replica.server_generation = generations.replica;
        return;
    }
    for (ReplicaLayer& layer : replica.layers) {
        if (!layer_moves(layer)) continue;
        const auto found = generations.layers.find(layer.id);
        if (found != generations.layers.end()) {
            layer.server_generation = found->second;
        } else if (generations.layers.empty() && generations.replica) {
            layer.server_generation = generations.replica;  // one number for all of them
        }
    }
}

}  // namespace rhumb::sync
