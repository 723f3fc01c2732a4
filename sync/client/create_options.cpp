// SPDX-License-Identifier: Apache-2.0
#include "sync/client/create_options.hpp"

#include "platform/error.hpp"
#include "platform/http/url.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"

namespace rhumb::sync {

using wire::Json;

namespace {

Json facts_of(const LayerWish& wish) {
    Json facts{Json::Object{}};
    if (wish.option) facts.set("option", wire::name_of(*wish.option));
    if (wish.use_geometry) facts.set("use_geometry", *wish.use_geometry);
    if (wish.include_related) facts.set("include_related", *wish.include_related);
    return facts;
}

LayerWish wish_of(const Json& facts) {
    return {wire::query_option_of(wire::text_or_empty(facts.find("option"))),
            wire::to_bool(facts.find("use_geometry")),
            wire::to_bool(facts.find("include_related"))};
}

}  // namespace

Json facts_of(const CreateOptions& options) {
    Json facts{Json::Object{}};
    facts.set("url", service_address(options.service_url));
    facts.set("name", options.name);
    if (options.layers) {
        Json layers{Json::Array{}};
        for (const geodb::LayerId id : *options.layers) layers.push(id.value);
        facts.set("layers", std::move(layers));
    }
    Json where{Json::Object{}};
    for (const auto& [id, clause] : options.where) where.set(std::to_string(id.value), clause);
    facts.set("where", std::move(where));
    Json policies{Json::Object{}};
    for (const auto& [id, policy] : options.policies) {
        policies.set(std::to_string(id.value), name_of(policy));
    }
    facts.set("policies", std::move(policies));
    if (options.extent) {
        const geodb::Envelope& box = *options.extent;
        facts.set("extent", Json::Array{box.min_x, box.min_y, box.max_x, box.max_y});
    }
    if (options.extent_epsg) facts.set("extent_epsg", *options.extent_epsg);
    facts.set("attachments", static_cast<int>(options.attachments));
    if (options.async) facts.set("async", *options.async);
    if (!options.area.empty()) facts.set("area", options.area);
    if (options.replica_epsg) facts.set("replica_epsg", *options.replica_epsg);
    Json wishes{Json::Object{}};
    for (const auto& [id, wish] : options.layer_wishes) {
        wishes.set(std::to_string(id.value), facts_of(wish));
    }
    facts.set("layer_wishes", std::move(wishes));
    if (options.model) facts.set("model", wire::name_of(*options.model));
    if (options.target == wire::TargetType::Server) {
        facts.set("target", wire::name_of(options.target));
        facts.set("direction",
                  wire::name_of(options.direction.value_or(wire::SyncDirection::Bidirectional)));
    }
    return facts;
}

CreateOptions create_options_of(const Json& facts) {
    CreateOptions options;
    options.service_url = wire::text_or_empty(facts.find("url"));
    options.name = wire::text_or_empty(facts.find("name"));
    if (const Json* layers = facts.find("layers")) {
        options.layers.emplace();
        for (const Json& id : layers->as_array("layers")) {
            options.layers->push_back({static_cast<std::int32_t>(id.as_int64("layers[]"))});
        }
    }
    for (const Json::Member& member : facts.require("where", "facts").as_object("where")) {
        const auto id = parse_integer(member.name).value_or(0);
        options.where[{static_cast<std::int32_t>(id)}] = member.value.as_string("where");
    }
    const Json* policies = facts.find("policies");  // not there in rungs of older versions
    if (policies != nullptr && policies->object() != nullptr) {
        for (const Json::Member& member : *policies->object()) {
            const auto id = parse_integer(member.name).value_or(0);
            const auto policy = merge_policy_of(wire::text_or_empty(&member.value));
            if (policy) options.policies[{static_cast<std::int32_t>(id)}] = *policy;
        }
    }
    if (const Json* box = facts.find("extent")) {
        const Json::Array& side = box->as_array("extent");
        if (side.size() != 4) throw Error(Status::CorruptData, "rhumb_rung: extent has no 4 sides");
        options.extent = geodb::Envelope{side[0].as_double("extent"), side[1].as_double("extent"),
                                         side[2].as_double("extent"), side[3].as_double("extent")};
    }
    if (const auto epsg = wire::to_int64(facts.find("extent_epsg"))) {
        options.extent_epsg = static_cast<std::int32_t>(*epsg);
    }
    if (const auto policy = wire::to_int64(facts.find("attachments"))) {
        options.attachments = static_cast<AttachmentPolicy>(*policy);
    }
    options.async = wire::to_bool(facts.find("async"));
    options.area = wire::text_or_empty(facts.find("area"));
    if (const auto epsg = wire::to_int64(facts.find("replica_epsg"))) {
        options.replica_epsg = static_cast<std::int32_t>(*epsg);
    }
    if (const Json* wishes = facts.find("layer_wishes")) {
        for (const Json::Member& member : wishes->as_object("layer_wishes")) {
            const auto id = parse_integer(member.name).value_or(0);
            options.layer_wishes[{static_cast<std::int32_t>(id)}] = wish_of(member.value);
        }
    }
    options.model = wire::sync_model_of(wire::text_or_empty(facts.find("model")));
    options.target = wire::target_type_of(wire::text_or_empty(facts.find("target")))
                         .value_or(wire::TargetType::Client);
    options.direction = wire::sync_direction_of(wire::text_or_empty(facts.find("direction")));
    return options;
}

CreateOptions wishes_of(const Replica& replica) {
    CreateOptions wishes;
    if (!replica.agreement.empty()) {
        wishes = create_options_of(wire::parse_json(replica.agreement, "rhumb_replica.agreement"));
    }
    for (const ReplicaLayer& layer : replica.layers) {
        if (!layer.where.empty()) wishes.where[layer.id] = layer.where;
    }
    return wishes;
}

std::string service_address(const std::string& url) {
    std::string_view text = trimmed(url);
    while (!text.empty() && text.back() == '/') text.remove_suffix(1);
    http::Url parsed = http::parse_url(text);
    if (!parsed.query.empty()) {
        throw Error(Status::InvalidArgument,
                    "the address of a service has no '?': '" + excerpt(text, 200) + "'");
    }
    return std::string(text);
}

}  // namespace rhumb::sync
