// SPDX-License-Identifier: Apache-2.0
//
// A data set that was made with targetType server: not a device's, but to be published as a service
// that follows the one it came from and has a replica of the same id.

#pragma once

#include "sync/replica/replica.hpp"
#include "sync/wire/wire_names.hpp"

#include <optional>

namespace rhumb::sync {

struct DataSet {
    /// Seen from the service it came from: download gives that one's edits away.
    wire::SyncDirection direction = wire::SyncDirection::Bidirectional;
};

/// None for a device's replica.
std::optional<DataSet> data_set_of(const Replica& replica);

}  // namespace rhumb::sync
