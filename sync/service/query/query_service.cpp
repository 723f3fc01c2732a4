// SPDX-License-Identifier: Apache-2.0
#include "sync/service/query/query_service.hpp"

#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/query/query_answer.hpp"
#include "sync/wire/json.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace rhumb::service {
namespace {

using wire::Json;

constexpr const char* kParameter = "layerDefs";
constexpr std::size_t kShownBytes = 60;

[[noreturn]] void refuse(const std::string& problem) {
    throw Error(Status::InvalidArgument, "'layerDefs': " + problem);
}

LayerId layer_id(std::string_view text) {
    const auto number = parse_integer(text);
    if (!number || *number < 0 || *number > std::numeric_limits<std::int32_t>::max()) {
        refuse("'" + excerpt(text, kShownBytes) + "' is no layer's id");
    }
    return {static_cast<std::int32_t>(*number)};
}

std::string text_of(const Json* value) {
    if (value == nullptr || value->is_null()) return {};
    if (value->text() != nullptr) return *value->text();
    if (value->array() == nullptr) refuse("a text is expected, not " + wire::to_text(*value));
    return wire::to_text(*value);  // outFields as an array
}

using Definitions = std::map<LayerId, LayerDefinition>;

void add(Definitions& all, LayerId id, LayerDefinition definition) {
    if (!all.emplace(id, std::move(definition)).second) {
        refuse("layer " + std::to_string(id.value) + " is there twice");
    }
}

void read_object(const Json& json, Definitions& all) {
    for (const Json::Member& member : *json.object()) {
        const LayerId id = layer_id(member.name);
        if (member.value.object() != nullptr) {
            add(all, id,
                {text_of(member.value.find_any_case("where")),
                 text_of(member.value.find_any_case("outFields"))});
        } else {
            add(all, id, {text_of(&member.value), {}});
        }
    }
}

void read_list(const Json& json, Definitions& all) {
    for (const Json& element : *json.array()) {
        const auto id = wire::to_int64(element.find_any_case("layerId"));
        if (!id) refuse("an element lacks layerId");
        add(all, layer_id(std::to_string(*id)),
            {text_of(element.find_any_case("where")), text_of(element.find_any_case("outFields"))});
    }
}

/// `0:KIND=1;2:NAME='a;b'`: a semicolon in quotes ends nothing.
void read_plain(std::string_view text, Definitions& all) {
    while (!trimmed(text).empty()) {
        const std::size_t colon = text.find(':');
        if (colon == std::string_view::npos) refuse("expected id:where;id:where or JSON");
        bool quoted = false;
        std::size_t end = colon + 1;
        for (; end < text.size() && (quoted || text[end] != ';'); ++end) {
            if (text[end] == '\'') quoted = !quoted;
        }
        add(all, layer_id(trimmed(text.substr(0, colon))),
            {std::string(trimmed(text.substr(colon + 1, end - colon - 1))), {}});
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

/// The call as if the layer had been asked by itself.
http::Parameters parameters_for(const Call& call, const LayerDefinition& definition) {
    http::Parameters parameters = call.parameters;
    parameters.set("where", definition.where.empty() ? "1=1" : definition.where);
    if (!definition.out_fields.empty()) parameters.set("outFields", definition.out_fields);
    return parameters;
}

std::int64_t write_layer(wire::JsonWriter& writer, Spool& spool, StoreSnapshot& snapshot,
                         const Call& call, LayerId id, const LayerDefinition& definition) {
    const Layer& layer = call.store.layer(id);
    const http::Parameters parameters = parameters_for(call, definition);
    const Call of_layer = with_parameters(call, parameters);
    const QueryPlan plan = read_query_plan(of_layer, layer);
    writer.begin_object().key("id").integer(id.value);
    const std::int64_t rows = write_query_answer(writer, spool, snapshot, plan);
    writer.end_object();
    return rows;
}

}  // namespace

Definitions read_layer_definitions(std::string_view text, const wire::JsonLimits& limits) {
    text = trimmed(text);
    Definitions all;
    if (text.empty()) refuse("is missing");
    if (text.front() == '{' || text.front() == '[') {
        const Json json = in_parameter(
            kParameter, [&] { return wire::parse_json_relaxed(text, "JSON", limits); });
        json.object() != nullptr ? read_object(json, all) : read_list(json, all);
    } else {
        read_plain(text, all);
    }
    if (all.empty()) refuse("names no layer");
    return all;
}

http::Response query_service(const Call& call) {
    query_format(call.parameters, false);
    const auto definitions =
        read_layer_definitions(call.parameters.get(kParameter), call.limits.input.json);
    const auto snapshot = call.store.snapshot();
    snapshot->end_after(call.limits.statement_time_ms);
    Spool spool(call.results.temporary());
    wire::JsonWriter writer(spool.buffer());
    writer.begin_object().key("layers").begin_array();
    for (const auto& [id, definition] : definitions) {
        try {
            const std::int64_t rows = write_layer(writer, spool, *snapshot, call, id, definition);
            if (rows >= 0) call.facts.rows = std::max<std::int64_t>(call.facts.rows, 0) + rows;
        } catch (const Error& error) {
            throw error.within("'layerDefs' of layer " + std::to_string(id.value));
        }
    }
    writer.end_array().end_object();
    return answer_spooled(call.parameters, spool);
}

}  // namespace rhumb::service
