// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/options.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/wire/geometry_parameter.hpp"

#include <array>
#include <limits>

namespace rhumb::tool {
namespace {

[[noreturn]] void refuse(const std::string& option, const std::string& text,
                         const std::string& wanted) {
    throw UsageError(option + " '" + excerpt(text, 80) + "': " + wanted);
}

std::int32_t whole_number(const std::string& option, const std::string& text) {
    const auto number = parse_integer(text);
    if (!number || *number < 0 || *number > std::numeric_limits<std::int32_t>::max()) {
        refuse(option, text, "a layer is named by its number in the service, such as 0");
    }
    return static_cast<std::int32_t>(*number);
}

/// "LAYER=WORD" taken apart; the word is "" when there is no "=".
std::pair<std::string, std::string> layer_and_word(const std::string& text) {
    const std::size_t equals = text.find('=');
    const std::string layer(trimmed(text.substr(0, equals)));
    if (equals == std::string::npos) return {layer, ""};
    return {layer, std::string(trimmed(std::string_view(text).substr(equals + 1)))};
}

}  // namespace

geodb::Envelope read_extent(const std::string& text) {
    const std::vector<std::string> pieces = split(text, ',');
    std::array<double, 4> sides{};
    bool sound = pieces.size() == sides.size();
    for (std::size_t i = 0; sound && i < sides.size(); ++i) {
        const auto side = parse_double(pieces[i]);
        sound = side.has_value();
        if (sound) sides[i] = *side;
    }
    if (!sound) refuse("--extent", text, "four numbers are wanted, xmin,ymin,xmax,ymax");
    if (sides[0] > sides[2] || sides[1] > sides[3]) {
        refuse("--extent", text, "the order is xmin,ymin,xmax,ymax, and this box is turned round");
    }
    return {sides[0], sides[1], sides[2], sides[3]};
}

std::int32_t read_crs(const std::string& option, const std::string& text) {
    const bool prefixed = equal_ignoring_case(std::string_view(text).substr(0, 5), "EPSG:");
    const auto code = parse_integer(prefixed ? text.substr(5) : text);
    if (!code || *code <= 0 || *code > std::numeric_limits<std::int32_t>::max()) {
        refuse(option, text, "an EPSG code is wanted, such as 4326");
    }
    return static_cast<std::int32_t>(*code);
}

std::optional<std::int32_t> crs_if_given(const std::string& option, const std::string& text) {
    if (text.empty()) return std::nullopt;
    return read_crs(option, text);
}

std::vector<geodb::LayerId> read_layer_ids(const std::string& option, const std::string& text) {
    std::vector<geodb::LayerId> ids;
    for (const std::string& piece : split(text, ',')) {
        ids.push_back({whole_number(option, piece)});
    }
    return ids;
}

std::map<std::string, std::string> read_named_filters(const std::vector<std::string>& texts) {
    std::map<std::string, std::string> filters;
    for (const std::string& text : texts) {
        const std::size_t equals = text.find('=');
        const std::string layer(trimmed(text.substr(0, equals)));
        const std::string where(
            trimmed(equals == std::string::npos ? "" : text.substr(equals + 1)));
        if (layer.empty() || where.empty()) {
            refuse("--where", text, "LAYER=CONDITION is wanted, such as \"0=DBH > 3\"");
        }
        if (!filters.emplace(layer, where).second) {
            refuse("--where", text, "layer " + layer + " has a condition already");
        }
    }
    return filters;
}

std::map<geodb::LayerId, std::string> read_filters(const std::vector<std::string>& texts) {
    std::map<geodb::LayerId, std::string> filters;
    for (const auto& [layer, where] : read_named_filters(texts)) {
        filters[{whole_number("--where", layer)}] = where;
    }
    return filters;
}

std::map<std::string, sync::MergePolicy> read_named_policies(
    const std::vector<std::string>& texts) {
    std::map<std::string, sync::MergePolicy> policies;
    for (const std::string& text : texts) {
        const auto [layer, word] = layer_and_word(text);
        const auto policy = sync::merge_policy_of(word);
        if (layer.empty() || !policy) {
            refuse("--policy", text, "LAYER=POLICY is wanted: last, service, device or ask");
        }
        if (!policies.emplace(layer, *policy).second) {
            refuse("--policy", text, "layer " + layer + " has a policy already");
        }
    }
    return policies;
}

std::map<geodb::LayerId, sync::MergePolicy> read_policies(const std::vector<std::string>& texts) {
    std::map<geodb::LayerId, sync::MergePolicy> policies;
    for (const auto& [layer, policy] : read_named_policies(texts)) {
        policies[{whole_number("--policy", layer)}] = policy;
    }
    return policies;
}

std::int64_t read_number(const std::string& what, const std::string& text) {
    const auto number = parse_integer(text);
    if (!number || *number <= 0)
        refuse("the number of " + what, text, "a number of the list is wanted");
    return *number;
}

std::map<geodb::LayerId, wire::QueryOption> read_query_options(
    const std::vector<std::string>& texts) {
    std::map<geodb::LayerId, wire::QueryOption> options;
    for (const std::string& text : texts) {
        const std::size_t equals = text.find('=');
        const std::string word = equals == std::string::npos ? "" : text.substr(equals + 1);
        const auto option = wire::query_option_of(word);
        if (!option) {
            refuse("--query-option", text, "LAYER=useFilter, LAYER=all or LAYER=none is wanted");
        }
        options[{whole_number("--query-option", text.substr(0, equals))}] = *option;
    }
    return options;
}

std::string read_area(const std::string& text) {
    const std::string area = text.starts_with('@') ? read_file(text.substr(1)) : text;
    try {
        if (wire::read_geometry_parameter(area)) return area;
    } catch (const Error& error) {
        refuse("--area", text, error.message());
    }
    refuse("--area", text, "a shape as Esri JSON is wanted, or @FILE that holds one");
}

sync::AttachmentPolicy read_attachment_policy(const std::string& text) {
    if (const auto policy = sync::attachment_policy_of(text)) return *policy;
    throw UsageError("--attachments '" + text + "' is not none, on-demand or all");
}

wire::SyncModel read_sync_model(const std::string& text) {
    const auto model = wire::sync_model_of(text);
    if (!model || *model == wire::SyncModel::None) {
        refuse("--model", text, "perReplica or perLayer is wanted");
    }
    return *model;
}

wire::TargetType read_target_type(const std::string& text) {
    const auto target = wire::target_type_of(text);
    if (!target) refuse("--target", text, "client or server is wanted");
    return *target;
}

std::map<std::string, std::optional<wire::SyncDirection>> read_layer_directions(
    const std::vector<std::string>& texts) {
    std::map<std::string, std::optional<wire::SyncDirection>> directions;
    for (const std::string& text : texts) {
        const auto [layer, word] = layer_and_word(text);
        const auto direction = wire::sync_direction_of(word);
        if (layer.empty() || (!direction && !equal_ignoring_case(word, "none"))) {
            refuse("--layer-direction", text,
                   "LAYER=DIRECTION is wanted: bidirectional, download, upload, snapshot or none");
        }
        if (!directions.emplace(layer, direction).second) {
            refuse("--layer-direction", text, "layer " + layer + " has a direction already");
        }
    }
    return directions;
}

wire::SyncDirection read_sync_direction(const std::string& text) {
    const auto direction = wire::sync_direction_of(text);
    if (!direction) {
        refuse("--direction", text, "bidirectional, download, upload or snapshot is wanted");
    }
    return *direction;
}

}  // namespace rhumb::tool
