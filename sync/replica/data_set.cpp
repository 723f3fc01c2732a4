// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/data_set.hpp"

#include "sync/wire/json.hpp"

namespace rhumb::sync {

std::optional<DataSet> data_set_of(const Replica& replica) {
    if (replica.agreement.empty()) return std::nullopt;
    const wire::Json wishes = wire::parse_json(replica.agreement, "rhumb_replica.agreement");
    const auto text = [&](const char* name) { return wire::text_or_empty(wishes.find(name)); };
    if (wire::target_type_of(text("target")) != wire::TargetType::Server) return std::nullopt;
    DataSet set;
    if (const auto direction = wire::sync_direction_of(text("direction"))) {
        set.direction = *direction;
    }
    return set;
}

}  // namespace rhumb::sync
