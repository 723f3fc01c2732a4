// SPDX-License-Identifier: Apache-2.0
#include "sync/client/layer_definitions.hpp"

#include "platform/number.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::sync {

using geodb::LayerId;
using wire::Json;

void LayerDefinitions::begin(const ServiceDescription& service) {
    all_.clear();
    missing_.clear();
    one_by_one_ = false;
    for (const ServiceDescription::Entry& entry : service.layers) {
        if (entry.synchronizable) missing_.push_back(entry.id);
    }
    std::reverse(missing_.begin(), missing_.end());
}

std::string LayerDefinitions::address() const {
    if (!one_by_one_ || missing_.empty()) return "/layers?f=json";
    return "/" + std::to_string(missing_.back().value) + "?f=json";
}

bool LayerDefinitions::take(const Answer& answer, const std::string& what) {
    if (!one_by_one_) {
        if (answer.kind == Answer::Kind::Good) all_ = layer_definitions(answer.root);
        one_by_one_ = all_.empty();
        return !one_by_one_ || missing_.empty();
    }
    if (answer.kind == Answer::Kind::Refused) throw_refused(what, answer.error);
    const LayerId id = missing_.back();
    missing_.pop_back();
    Json definition = answer.root;
    if (definition.find("id") == nullptr) definition.set("id", std::int64_t{id.value});
    all_[id] = std::move(definition);
    return missing_.empty();
}

ReadOnlyFields read_only_fields(const std::map<LayerId, Json>& definitions) {
    ReadOnlyFields out;
    for (const auto& [id, definition] : definitions) {
        const Json* fields = definition.find_any_case("fields");
        if (fields == nullptr || fields->array() == nullptr) continue;
        for (const Json& field : *fields->array()) {
            if (wire::to_bool(field.find_any_case("editable")).value_or(true)) continue;
            out[id].insert(lowered(wire::text_or_empty(field.find_any_case("name"))));
        }
    }
    return out;
}

Json to_json(const ReadOnlyFields& fields) {
    Json out{Json::Object{}};
    for (const auto& [id, names] : fields) {
        out.set(std::to_string(id.value), Json(Json::Array(names.begin(), names.end())));
    }
    return out;
}

ReadOnlyFields read_only_fields_of(const Json* stored) {
    ReadOnlyFields out;
    if (stored == nullptr || stored->object() == nullptr) return out;
    for (const Json::Member& member : *stored->object()) {
        const auto id = parse_integer(member.name);
        if (!id || member.value.array() == nullptr) continue;
        for (const Json& name : *member.value.array()) {
            out[{static_cast<std::int32_t>(*id)}].insert(std::string(wire::text_or_empty(&name)));
        }
    }
    return out;
}

}  // namespace rhumb::sync
