// SPDX-License-Identifier: Apache-2.0
//
// Parameters that are JSON. What cannot be read is the caller's fault, and named: a value that is
// there and makes no sense is refused, never taken for one that is absent.

#pragma once

#include "geodb/ids.hpp"
#include "sync/wire/json.hpp"

namespace rhumb::wire {

/// Throws Error(InvalidArgument) beginning with `what`, which names the parameter: "'layers'".
Json parse_json_parameter(std::string_view text, std::string_view what,
                          const JsonLimits& limits = {});
/// As parse_json_relaxed() reads.
Json parse_relaxed_parameter(std::string_view text, std::string_view what,
                             const JsonLimits& limits = {});

// Members of an object, in any letter case; nullopt when they are absent, null or "". Anything
// else that is not of the kind throws Error(InvalidArgument) beginning with "<path>.<name>".
std::optional<bool> bool_member(const Json& object, std::string_view name, std::string_view path);
std::optional<std::int64_t> integer_member(const Json& object, std::string_view name,
                                           std::string_view path);
std::optional<std::string> text_member(const Json& object, std::string_view name,
                                       std::string_view path);

/// The number of a foreign service's layer, which is not called by another number if it is beyond
/// what we keep: throws Protocol naming layer and number. `name`: "" when it is not known.
geodb::LayerId kept_layer_id(std::int64_t number, std::string_view name);

/// nullopt for what no layer can have as its number.
std::optional<geodb::LayerId> layer_id_of(std::int64_t number);
std::optional<geodb::LayerId> layer_id_of(const Json* number);

}  // namespace rhumb::wire
