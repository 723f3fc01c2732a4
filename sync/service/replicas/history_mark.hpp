// SPDX-License-Identifier: Apache-2.0
//
// Our extension: how a client notices that a service was restored from a backup, or its file
// replaced. Generations go back then and are made again, with other edits in them, so a number
// alone does not tell. A mark names a point of the timeline by the id of its changeset, which
// depends on all before it.

#pragma once

#include "sync/service/store/store.hpp"

#include <string>
#include <string_view>

namespace rhumb::service {

/// "<generation>-<id>" of the last generation; "" when no changeset of it is recorded.
std::string history_mark(StoreSnapshot& snapshot);

/// False when the mark names a point that this timeline never passed. One whose changeset is not
/// recorded is taken for ours. Throws InvalidArgument when it is no mark.
bool is_of_this_history(StoreSnapshot& snapshot, std::string_view mark);

}  // namespace rhumb::service
