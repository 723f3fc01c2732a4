// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/json_parameter.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"

#include <limits>
#include <utility>

namespace rhumb::wire {
namespace {

template <class Parse>
Json of_caller(Parse parse, std::string_view text, std::string_view what,
               const JsonLimits& limits) {
    try {
        return parse(text, what, limits);
    } catch (const Error& error) {
        if (error.status() != Status::CorruptData) throw;
        throw Error(Status::InvalidArgument, error.message());
    }
}

const Json* member(const Json& object, std::string_view name) {
    const Json* found = object.find_any_case(name);
    if (found == nullptr || found->is_null()) return nullptr;
    const bool is_empty = found->text() != nullptr && trimmed(*found->text()).empty();
    return is_empty ? nullptr : found;
}

std::string joined(std::string_view path, std::string_view name) {
    return std::string(path) + "." + std::string(name);
}

}  // namespace

Json parse_json_parameter(std::string_view text, std::string_view what, const JsonLimits& limits) {
    return of_caller(parse_json, text, what, limits);
}

Json parse_relaxed_parameter(std::string_view text, std::string_view what,
                             const JsonLimits& limits) {
    return of_caller(parse_json_relaxed, text, what, limits);
}

std::optional<bool> bool_member(const Json& object, std::string_view name, std::string_view path) {
    const Json* found = member(object, name);
    if (found == nullptr) return std::nullopt;
    return found->as_bool(joined(path, name));
}

std::optional<std::int64_t> integer_member(const Json& object, std::string_view name,
                                           std::string_view path) {
    const Json* found = member(object, name);
    if (found == nullptr) return std::nullopt;
    return found->as_int64(joined(path, name));
}

std::optional<std::string> text_member(const Json& object, std::string_view name,
                                       std::string_view path) {
    const Json* found = member(object, name);
    if (found == nullptr) return std::nullopt;
    return found->as_string(joined(path, name));
}

geodb::LayerId kept_layer_id(std::int64_t number, std::string_view name) {
    if (const auto id = layer_id_of(number)) return *id;
    const std::string layer = name.empty() ? "a layer" : "the layer '" + excerpt(name, 60) + "'";
    throw Error(Status::Protocol, "the service has " + layer + " with the number " +
                                      std::to_string(number) + ", which is not one from 0 to " +
                                      std::to_string(std::numeric_limits<std::int32_t>::max()));
}

std::optional<geodb::LayerId> layer_id_of(std::int64_t number) {
    if (number < 0 || !std::in_range<std::int32_t>(number)) return std::nullopt;
    return geodb::LayerId{static_cast<std::int32_t>(number)};
}

std::optional<geodb::LayerId> layer_id_of(const Json* number) {
    const auto integer = to_int64(number);
    return integer ? layer_id_of(*integer) : std::nullopt;
}

}  // namespace rhumb::wire
