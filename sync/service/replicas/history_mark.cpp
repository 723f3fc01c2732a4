// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/history_mark.hpp"

#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"

namespace rhumb::service {
namespace {

/// Of a changeset's id: the mark travels with every synchronization.
std::string beginning_of(const std::string& id) {
    constexpr std::size_t kEnough = 16;
    return id.substr(0, kEnough);
}

}  // namespace

std::string history_mark(StoreSnapshot& snapshot) {
    const auto id = snapshot.changeset_id(snapshot.head());
    return id ? std::to_string(snapshot.head().value) + "-" + beginning_of(*id) : "";
}

bool is_of_this_history(StoreSnapshot& snapshot, std::string_view mark) {
    const std::size_t dash = mark.find('-');
    const auto generation = parse_integer(mark.substr(0, dash));
    if (!generation || dash == std::string_view::npos || dash == 0) {
        throw Error(Status::InvalidArgument,
                    "'rhumbHistory' is '" + excerpt(mark, 60) + "', no mark of a history");
    }
    if (Generation{*generation} > snapshot.head()) return false;
    const auto id = snapshot.changeset_id({*generation});
    return !id || beginning_of(*id) == mark.substr(dash + 1);
}

}  // namespace rhumb::service
