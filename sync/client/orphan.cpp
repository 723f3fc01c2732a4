// SPDX-License-Identifier: Apache-2.0
#include "sync/client/orphan.hpp"

#include <string_view>

namespace rhumb::sync {
namespace {

bool is_our_name(std::string_view name, const std::string& wished) {
    if (name.substr(0, wished.size()) != wished) return false;
    name.remove_prefix(wished.size());
    return name.empty() || (name.front() == '_' &&
                            name.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

}  // namespace

std::optional<std::string> orphan_in(const wire::Json& list, const std::string& wished) {
    const wire::Json* replicas = list.array() != nullptr ? &list : list.find_any_case("replicas");
    if (replicas == nullptr || replicas->array() == nullptr) return std::nullopt;
    for (const wire::Json& entry : *replicas->array()) {
        const auto name = wire::text_or_empty(entry.find_any_case("replicaName"));
        if (!is_our_name(name, wished)) continue;
        return std::string(wire::text_or_empty(entry.find_any_case("replicaID")));
    }
    return std::nullopt;
}

}  // namespace rhumb::sync
